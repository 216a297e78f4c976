"""Ages in texts: which number is somebody's age, and whose.

A report may tell of several: the child's, a groom's, an agent's, the sender's.  A groom's, a
stranger's and a duration are set aside; of the others the youngest child's is the one it is about.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from gateway.domain.text import DIGIT, LETTER
from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding.hints import Hints

OLDEST = 110
#: under this age a child is told of with whom the report is about, as a rule
_INFANT = 5
#: «ladki 5 ko» is on the fifth
_CHILD = 6
_YOUNG_OF_AGE, _OLD_OF_AGE = 3, 80
YEARS = (
    r"yrs?|years?|y/?o|বছর(?:ের|ে)?|বৎসর|bo?ch?h?o?r(?:er|e)?|bosh?or(?:er)?|bachar(?:er)?|bocharer|bosorer|sal ki|sal ka|bocor|bochr|saa?l(?:er)?|"
    r"साल|वर्ष|varsh|baras"
)
_AGO = (
    r"(?!\s*(?:ago\b|back\b|contract|age\b|agey|dhore|dhoira|pehle|pahle|holo|hoilo|hoye|hoi\b|hote|hua\b|hue\b|por\b|আগে|ধরে|হলো|হল|হয়ে|হয়ে|পরে|পর\b|पहले|से\b|हुए|हो गए|"
    r"se\b(?!\s*(?:kam|chhot|chot|neech|niche))|baad|zilizopita|jail))"
)
#: «after 2 yrs»: no age
_NOT_SINCE = "".join(
    rf"(?<!\b{word} )" for word in ("after", "for", "since", "last", "past", "in", "every", "of")
)
#: words between a word for the age and the number
_ABOUT = (
    r"(?:\s*(?:is|hai|holo|wa|wake|yake|ni|kama|about|abt|around|approx\.?|maybe|only|just|mote|sobe|prai|pray|"
    r"প্রায়|প্রায়|মাত্র|মোটে|আনুমানিক|করীব|करीब|लगभग|[:=\-ঃ]))*"
)
_NO_YEARS = r"(?!\d|\s*t[ai]\b|\s*(?:bar|mas|din|soptaho|ghonta|months?|weeks?|days?|hajar|hazar|hajaar|taka|tk|k|lakh)\b|\s*(?:হাজার|টাকা|মাস|দিন))"
_AGE_WORDS = "এজ|एज|বয়স|বয়স|বয়েস|উমর|उम्र|उमर|उमिर|आयु|miaka"
#: in which word an age is told, if there is one
_OF_AN_AGE = re.compile(f"age|boy|bay|um|{_AGE_WORDS}|yo|{YEARS}")
_AGE = re.compile(
    rf"(?=[abumএएবউउआ\d])(?:"  # most letters begin none
    rf"(?:\b(?:ages?|aged|boyo?s(?:h)?|boyesh?|bayes|bayos|umr?a?r?|umor|umer|umri(?: wa)?)|{_AGE_WORDS}|umri wa miaka)"
    rf"{_ABOUT}\s*(\d{{1,3}}){_NO_YEARS}"
    # «16 boyos», but «class 8 boyos 14»
    rf"|(?<![\d/.\-])(?<!class )(\d{{1,2}})\s+boy[eo]s(?:i|er|e)?\b(?!(?:{_ABOUT}|\s+(?:matro|kori))\s*\d)"
    rf"|(?=\d){_NOT_SINCE}(?<![\d/])(\d{{1,3}})\s*(?:[-/]\s*\d{{1,2}})?\s*-?\s*(?:{YEARS})(?!{LETTER}){_AGO}"
    r")"
)
#: «31 ka hai», «20 की,», «14 lagta»: nothing but an age
_OF_AGE = re.compile(
    r"(?<![\d/.\-+])(\d{1,2})\s*(?:(?:k[aie]?|kaa|का|की|के)\s*(?=hai|h\b|hain|hu\b|hoon|tha\b|thi\b|ho\b|hog[ai]|aas|lag|है|हैं|हूं|हूँ|था|थी|हो|लग|[,.;।!?]|$)"
    r"|(?=lagta|lagti|lagche|hobe\b|hog[ai]\b|লাগে|হবে|होगा|होगी|लगता|लगती))"
)
#: «10/11 hobe», «14-15 ki hogi»: about how old
_OF_ABOUT = re.compile(
    r"(?<![\d/.\-+])(\d{1,2})\s*(?:[/\-]|ba|or|ya|বা|या)\s*\d{1,2}\s*(?:k[aie]?\b|er\b|এর|का|की|के)?\s*(?:hobe\b|hoibo\b|hog[aie]\b|lagche|lagta|lagti|moto\b|mato\b|হবে|হইব|মতো|মত\b|লাগে|होगा|होगी|लगता|लगती)"
)
#: «mote 12», «sirf 13», «mkubwa ana 11»: so young, or so much years has the one told of
_SO_YOUNG = "mote|sobe|shobe|barely|hardly|merely|smallest|youngest|eldest|oldest|mayb|maybe|bo?ro ta|chh?oto ta|sura ya|মোটে|সবে|ana|anao|mkubwa ana|wa kwanza ana|kariban"
_NO_MORE_THAN = re.compile(
    rf"(?<!{LETTER})(?:{_SO_YOUNG})\s+(\d{{1,2}})(?=\s*(?:[,.;:।!?)]|\s-|hivi|tu\b|only|hobe|$))"
)
#: «she is 15 only», «am Okello 22»: whose age it is stands before it
_SHE_IS = re.compile(
    r"\b(?:she|he|girl|boy|daughter|son|cuz|cousin|sister|brother|niece|nephew|kid|child|(?:i am|im|i'm|am|naitwa|mimi ni)(?: [a-z]+)?)(?:'s|s)?(?: is| was| am| m)?,?"
    r"(?: only| just| about| barely| like| hardly| around| almost| now)? (\d{1,2})(?=\s*(?:only|from|[,.;:)!]|and\b|but\b|n\b|not\b|$))(?![.,]\d)"
)
#: «ladki 16 ko», «meye 9 ke»: whose age it is stands before it, and what is done to her behind
_HER_WHOM = re.compile(
    rf"(?<!{LETTER})(?:l[ad][dr]ki|ladka|larka|bet[ia]|bac?h?ch?[ia]|bitiya|meye(?:ta)?|chh?ele(?:ta)?|bon|bhai|beh[ae]n|bhagn[ie]|nat[in]i?|bhatij[ia]|"
    rf"মেয়ে(?:টা)?|ছেলে(?:টা)?|বোন|ভাই|ভাগ্নি|নাতনি|लड़की|लड़का|बेटी|बेटा|बच्ची|बहन|भाई)\s+(\d{{1,2}})\s*(?:ko|ke|k|কে|को)(?!{LETTER})(?!\s*(?:hajar|hazar|taka))"
)
#: «a girl of 9», «mtoto wa 7»: so old is a child
_CHILD_OF = re.compile(
    r"\b(?:girl|boy|child|kid|daughter|son|baby|mtoto|msichana|mvulana|binti) (?:of|wa) (\d{1,2})(?![\d/]|[.\-]\d|\s*(?:ft|feet|kg|months?|weeks?|days?|miezi|wiki|siku))"
)
#: «they say 18, asole 16»: what is so, whatever else is said
_REALLY = re.compile(
    rf"(?<!{LETTER})(?:aso?le|as[ao]l (?:e|me|mein)|asli|darasal|actually|really|in fact|in truth|আসলে|असल में|असली|दरअसल|ukweli|kiukweli|kumbe)"
    rf"\s*(?:ages?|boyos|boyosh|umar|umr|umor|ana|miaka|is|বয়স|उम्र)?\s*(\d{{1,2}})(?=\s*(?:[,.;:।!?)]|er\b|ki\b|ka\b|এর|की|का|$)|\s*(?:{YEARS}))"
)
#: a number by itself that may be a child's age: the other one is a groom's, then
_CHILDS_AGE = re.compile(r"(?<![\d/.\-])(?:[89]|1[0-7])(?=\s*(?:[,;/|#*.)]|\s-|$))(?![/.\-]\d)")
#: words between whom an age belongs to and the age
_ITS = (
    rf"(?:\s*(?:(?<!{LETTER})(?:ka|ki|ke|kaa|er|r|to|toh|age|aged|is|was|about|abt|around|almost|nearly|of|boyos|boyosh|boyes|umar|umr|umra|umri|wa|wake|yake|"
    r"miaka|ana|mwenye|hai|holo|hobe|prai|pray|kareeb|wali|wala|এর|বয়স|বয়স|প্রায়|का|की|के|बयस|उम्र|करीब|लगभग)(?!"
    rf"{LETTER})|[:=\-'’()]|,\s*(?=boyos|age|um[ar])|'s))*"
)
_OLD = (
    r"((?:1[89]|[2-9]\d))(?!\d|[/.\-]\d|\s*(?:tarikh|tarekh|তারিখ|तारीख|jon\b|log\b|girls|boys|people|children|hajar|hazar|thousand|lakh|km\b|k\b|taka|rs\b|din\b|"
    r"days|hours|dec|nov|jan|%|জন|টাকা|হাজার|দিন|हजार|हज़ार|लोग|लड़क|बच्च))"
)
#: who is no child: whom a child is to marry, or who takes or harms one
_NO_CHILD = (
    "groom|bridegroom|fiance|fiancee|suitor|oldman|old man|man|men|guy|uncle|fellow|widower|stranger|agent|contractor|broker|driver|"
    "dulha|duha|dulh|dulhe|damad|patro|patrer|pali|bor|borer|jamai|buro|burho|budha|buddha|buddhe|budhe|burha|burhe|aadmi|admi|adami|"
    "lok|lokta|loktar|lokti|loker|dalal|mzee|mwanaume|jamaa|bwana|mchumba|"
    "বর|বরের|পাত্র|পাত্রের|জামাই|জামাইয়ের|লোক|লোকটা|লোকটার|লোকের|বুড়ো|বুড়োর|বুইড়া|দালাল|दूल्हा|दूल्हे|दामाद|आदमी|बूढ़ा|बूढ़े|बुड्ढा|बुड्ढे|अधेड़"
)
#: who is as likely the one whom a report is about, if it tells of no child
_GROWN = (
    "father|mother|mum|mom|dad|stepfather|stepmother|grandmother|grandfather|granny|guardian|parents|owner|boss|teacher|"
    "baba|babar|bap|baper|maa?|mayer|kaka|kaku|mama|mami|mashi|pisi|dida|thakuma|thamma|dadu|malik|"
    "pita|baap|papa|mummy|chacha|chachi|dadi|nani|nana|"
    "mjomba|shangazi|mlezi|nyanya|bibi|babu|mamake|babake|"
    "বাবা|বাবার|মা|মায়ের|কাকা|মামা|মাসি|দিদা|ঠাকুমা|মালিক|पिता|बाप|पापा|मां|माँ|मम्मी|चाचा|मामा|दादी|नानी|नाना"
)
_BOY = "ladka|ladke|boy|chele|cheler|chheler|chhele|mvulana|kijana|boyfriend|ছেলে|ছেলের|लड़का|लड़के|mume|husband|pati|swami|पति|স্বামী"
#: in the text of a wedding, a boy beside a bride is her groom
_WED = re.compile(
    "marri|marry|wedd|groom|bride|biy[ea]|bie\\b|nikah|shaa?di|sadi\\b|shaddi|byah|vivah|dahej|lagan|sagai|ndoa|oza|olew|harusi|বিয়ে|বিয়ে|নিকা|শাদি|বিবাহ|শাদী"
    "|शादी|निकाह|ब्याह|विवाह|सगाई|दहेज|ladki.*ladka|meye.*chele"
)
_BRIDE_AND_GROOM = re.compile(
    r"\b(?:ladki|meye|girl|bride|patri|dulhan)\s*[:=\-].*\b(?:ladka|chele|boy|groom|patro|dulha)\s*[:=\-]|(?:লড়কি|মেয়ে|মেয়ে|পাত্রী)\s*[:ঃ=\-].*(?:ছেলে|পাত্র|বর)\s*[:ঃ=\-]"
    r"|(?:लड़की|दुल्हन)\s*[:=\-].*(?:लड़का|दूल्हा)\s*[:=\-]",
    re.DOTALL,
)
_MAY_BE_OLD = re.compile(_OLD)
_NOBODYS = re.compile(
    rf"(?<!{LETTER})(?:{_NO_CHILD})(?!{LETTER}){_ITS}\s*{_OLD}"
    rf"|(?<![\d/.\-]){_OLD}\s*(?:\+|-)?\s*(?:{YEARS})?(?:\s*-?\s*old)?\s*(?:(?:ka|ki|ke|er|ek|wala|का|के|এর|এক)\s+){{0,2}}(?:{_NO_CHILD})(?!{LETTER})"
)
_GROOMS = re.compile(rf"(?<!{LETTER})(?:{_BOY})(?!{LETTER}){_ITS}\s*{_OLD}")
_ELDERS = re.compile(rf"(?<!{LETTER})(?:{_GROWN})(?!{LETTER}){_ITS}\s*{_OLD}")
_NOT_YET_OLD = (
    "hoy ?ni|hoi ?ni|hoy ?nai|hoini|hoyni|hoyeni|hoy na|pure ?ni|pero(?:y|i) ?ni|perono hoyni|bhore ?ni|nahi hu[ia]|nhi hu[ia]|nahi hai|nahi pahunchi|"
    "poore nahi|pura nahi|ki nahi|ka nahi|হয়নি|হয় নি|হয়নি|হয় নি|হয় নাই|হয়নাই|পেরোয়নি|পেরোয়নি|পার হয়নি|পোরেনি|পুরে নাই|পুরেনি|পূর্ণ হয়নি|"
    "नहीं हुई|नहीं हुआ|की नहीं|का नहीं|पूरे नहीं|पूरी नहीं"
)
#: «18 hoyni», «under 18», «atharah se kam»: no age, but a child
_UNDER_AGE = re.compile(
    r"(?:turns|turning|will be|becomes)\s+18\b|(?:under|below|less than|younger than|not yet|not even|isnt|not|chini ya(?: miaka)?|hajafika(?: miaka)?|hajafikisha(?: miaka)?|hana(?: miaka)?|bado(?: hajafika)?(?: miaka)?)\s+(?:age\s+)?18\b(?!\s*(?:km|days?|hours?|people|girls|rs))"
    r"|(?<!\d)18\s*(?:bochor|bochhor|bosor|saal|sal|years?|yrs?|বছর|বৎসর|साल)?\s*(?:er|r|o|ও|এর|ের|ki|ka|ke|की|का|के|bhi|भी)?\s*"
    rf"(?:{_NOT_YET_OLD}|hobe (?:agami|samner|porer|pore)|hog[ai] agle|next (?:month|year)|হবে (?:আগামী|সামনের|পরের)|होगी अगले|niche|nicher|nichey|kom\b|kam\b|se kam|se neeche|se niche|se chhot[aie]|se chot[aie]|নিচে|নীচে|কম|से कम|से नीचे|से छोटी|से छोटा)"
)
#: «17 hoyni»: not seventeen yet
_NOT_YET = re.compile(
    rf"(?<!\d)(1[0-7])\s*(?:bochor|saal|বছর|साल)?\s*(?:o|ও|bhi|भी)?\s*(?:{_NOT_YET_OLD})"
)
#: behind so few years somebody has been away, unless they are a small child's
_OF_AN_INFANT = re.compile(
    r"\s*(?:er|ের|ka|ki|ke|का|की|के|[\-\s]*old|of age|wala|wali|hai|h\b|baby|child|girl|boy|son|daughter)"
)
_BEFORE_AN_INFANT = re.compile(
    r"(?:[,;:/|(#*]\s*|^\s*|(?:baby|child|girl|boy|son|daughter|kid|infant|toddler|meye|chele|baccha|bachcha|shishu|beti|beta|bachch?[ia]|ladki|ladka|nati|natni|mtoto|umri|age|aged|boyos|"
    r"umar|মেয়ে|ছেলে|বাচ্চা|শিশু|নাতি|নাতনি|বয়স|बच्ची|बच्चा|बेटी|बेटा|उम्र)\W{0,3}(?:\w+\W+)?)$"
)
#: «aged 16 and 14»: the age of one more
_AND_ANOTHER = re.compile(
    r"\s*(?:and|&|n|ar|aar|aur|na|ও|আর|और)\s*(\d{1,2})(?=\s*(?:[,;:)!।]|\.(?!\d)|$|were\b|are\b|yrs?\b|years?\b|boch|saal|er\b|ki\b|ka\b|বছর|এর|के|की|साल))"
)
#: «8-12»: from how old to how old
_FROM_TO = re.compile(
    r"(?<!\d)(?<!\d[/.\-])([5-9]|1[0-7])\s*[-/]\s*([6-9]|1\d)(?!\d|\s*[/.\-]\s*\d)"
)
_WIDEST = 6
#: letters before a number that tell what it is
_NEAR = 40


@dataclass(frozen=True, slots=True)
class Told:
    """The age that is told with a word for it, where, and what else of the kind is said."""

    age: int | None
    #: where it stands; None: nowhere
    span: tuple[int, int] | None
    #: ages of others, and numbers that only say «not yet eighteen»: to be read no more
    others: tuple[tuple[int, int], ...]
    #: an adult's, who may be the one told of if there is no child
    elders: int | None
    #: «18 hoyni»
    under_age: bool
    #: a groom's age is told, beside a bride
    groom: bool = False


_ENDS_NO_CHILD = tuple(each.split()[-1] for each in _NO_CHILD.split("|"))
#: the patterns that a word may be part of
HINTS = Hints({
    "age": _OF_AN_AGE.search,
    "young": re.compile("|".join(each.split()[0] for each in _SO_YOUNG.split("|"))).search,
    "really": re.compile("asl|as[ao]l|actually|really|fact|truth|আসল|असल|ukweli|kumbe").search,
    "nobody's": lambda word: word.endswith(_ENDS_NO_CHILD),
    "elder's": re.compile(_GROWN).fullmatch,
})  # fmt: skip


#: «born 2011», «DOB 12/05/2010», «জন্ম ২০১১ সালে»; «18 hote 3 bochor baki», «2 years short of 18»
_BORN = re.compile(
    r"(?:\b(?:born|birth|d\.?o\.?b|jonmo|janm|amezaliwa|alizaliwa|kuzaliwa)|জন্ম|जन्म|जनम)[^\d,;।]{0,20}(?:\d{1,2}[/.\-]\d{1,2}[/.\-])?((?:19|20)\d\d)(?!\d)"
)
_SHORT_OF_18 = re.compile(
    rf"(?<!\d)18(?!\d)[^\d,.;।]{{0,24}}?(\d{{1,2}})\s*(?:{YEARS})\s*(?:baki|baaki|bachi|bache|kom|kam|left|বাকি|বাকী|কম|बाकी|कम)"
    rf"|(?<!\d)(\d{{1,2}})\s*(?:{YEARS})\s*(?:short of|to go to|less than|till|until|baki)\s*18(?!\d)"
)


def born(text: str, today: date) -> tuple[int, tuple[int, int]] | None:
    """The age by the year of birth or by the years to 18, and where it is told."""
    year = _BORN.search(text) if _YEAR.search(text) else None
    if year is not None and 0 < (age := today.year - int(year[1])) < OLDEST:
        return age, year.span()
    short = _SHORT_OF_18.search(text) if "18" in text else None
    if short is not None and 0 < (age := ADULT_AT - int(short[1] or short[2])) < ADULT_AT:
        return age, short.span()
    return None


_YEAR = re.compile(r"(?:19|20)\d\d")
_UNIT = re.compile(YEARS)


def is_unit(word: str) -> bool:
    """Whether a word stands for years."""
    return _UNIT.fullmatch(word) is not None


def told(text: str, language: str, hints: Hints = HINTS) -> Told:
    """The ages of a text (case-folded, digits for number words)."""
    if DIGIT.search(text) is None:
        return Told(None, None, (), None, under_age=False)
    may = hints.of(text)
    others: list[tuple[int, int]] = []
    elders: int | None = None
    groom = False
    under = _UNDER_AGE.search(text) if "18" in text else None
    if under is not None:
        at = text.index("18", under.start())
        others.append((at, at + 2))
    not_yet = _NOT_YET.search(text)
    if not_yet is not None:
        return Told(int(not_yet[1]) - 1, not_yet.span(1), tuple(others), None, under_age=True)
    if _MAY_BE_OLD.search(text):
        wed = _WED.search(text) is not None or _CHILDS_AGE.search(text) is not None
        patterns = [*([_NOBODYS] if "nobody's" in may else []), *([_GROOMS] if wed else [])]
        groom = _BRIDE_AND_GROOM.search(text) is not None and _GROOMS.search(text) is not None
        for pattern in patterns:
            others += [
                each.span(group)
                for each in pattern.finditer(text)
                for group in range(1, pattern.groups + 1)
                if each[group]
            ]
        for elder in _ELDERS.finditer(text) if "elder's" in may else ():
            if elder.span(1) not in others:
                elders = elders or int(elder[1])
                others.append(elder.span(1))
    blank = _without(text, others)
    found: list[tuple[int, int, int]] = []
    for age in _AGE.finditer(blank) if "age" in may or "y/o" in blank else ():
        if language in {"en", "sw"} and age[0].startswith("boys"):
            continue  # «2 boys - 11» is no «boyos 11»
        group = next(at for at in (1, 2, 3) if age[at])
        if group == 3 and _goes_on(blank, age):
            continue
        found.append((int(age[group]), *age.span()))
    if language not in {"en", "sw"}:
        for pattern in (_OF_AGE, _OF_ABOUT):
            found += [
                (int(age[1]), *age.span())
                for age in pattern.finditer(blank)
                if _YOUNG_OF_AGE <= int(age[1]) <= _OLD_OF_AGE
                and not (int(age[1]) >= ADULT_AT and _CHILDS_AGE.search(blank))
            ]
    if language not in {"en", "sw"}:
        found += [
            (int(age[1]), *age.span(1))
            for age in _HER_WHOM.finditer(blank)
            if _CHILD <= int(age[1]) < ADULT_AT
        ]
    if language in {"en", "sw"}:
        found += [
            (int(age[1]), *age.span(1))
            for pattern in (_SHE_IS, _CHILD_OF)
            for age in pattern.finditer(blank)
            if _INFANT <= int(age[1]) <= _OLD_OF_AGE
        ]
    found += [
        (int(age[1]), *age.span())
        for age in (_NO_MORE_THAN.finditer(blank) if "young" in may else ())
        if _INFANT
        <= int(age[1])
        <= (ADULT_AT if age[0].startswith(("ana", "kari")) else _OLD_OF_AGE)
    ]
    found += [
        (int(age[1]), *age.span(1))
        for age in (_REALLY.finditer(blank) if "really" in may else ())
        if _CHILD <= int(age[1]) <= _OLD_OF_AGE
    ]
    for _, _, end in tuple(found):
        another = _AND_ANOTHER.match(blank, end)
        if another is not None and _INFANT <= int(another[1]) < ADULT_AT:
            found.append((int(another[1]), *another.span(1)))
    if not found:
        return Told(None, None, tuple(others), elders, under is not None, groom)
    found.sort(key=lambda each: each[1])
    best = _whose(found)
    others += [(start, end) for _, start, end in found if not (start < best[2] and best[1] < end)]
    return Told(best[0], best[1:], tuple(others), elders, under is not None, groom)


def _whose(found: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Of several ages the youngest child's; else the first that is no small child's at the side."""
    children = [each for each in found if _INFANT <= each[0] < ADULT_AT]
    if children:
        return min(children, key=lambda each: each[0])
    return next((each for each in found if each[0] >= _INFANT), found[0])


def _goes_on(text: str, age: re.Match[str]) -> bool:
    """«gone 2 years»: so long somebody is away, and no small child's age."""
    return (
        int(age[3]) < _INFANT
        and _OF_AN_INFANT.match(text, age.end()) is None
        and not age[0].endswith(("er", "ের", " ki", " ka"))
        and _BEFORE_AN_INFANT.search(text[max(0, age.start() - _NEAR) : age.start()]) is None
    )


def range_of(text: str) -> re.Match[str] | None:
    """«8-12», where a day is told beside it: from how old to how old."""
    found = _FROM_TO.search(text) if "-" in text or "/" in text else None
    return found if found and 0 < int(found[2]) - int(found[1]) <= _WIDEST else None


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
