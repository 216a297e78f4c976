"""Ages in texts: which number is somebody's age, and whose.

A report may tell of several: the child's, a groom's, an agent's, the sender's.  A groom's, a
stranger's and a duration are set aside; of the others the youngest child's is the one it is about.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from gateway.domain.text import DIGIT, runs
from gateway.domain.triage import ADULT_AT
from gateway.domain.understanding.hints import Hints
from gateway.domain.understanding.patterns import ENDS, START, beginnings, by_role, endings, one_of

OLDEST = 110
#: under this age a child is told of with whom the report is about, as a rule
_INFANT = 5
#: «ladki 5 ko» is on the fifth
_CHILD = 6
_YOUNG_OF_AGE, _OLD_OF_AGE = 3, 80
#: a number by itself that may be a child's age: the other one is a groom's, then
_CHILDS_AGE = re.compile(r"(?<![\d/.\-])(?:[89]|1[0-7])(?=\s*(?:[,;/|#*.)]|\s-|$))(?![/.\-]\d)")
#: «8-12»: from how old to how old
_FROM_TO = re.compile(
    r"(?<!\d)(?<!\d[/.\-])([5-9]|1[0-7])\s*[-/]\s*([6-9]|1\d)(?!\d|\s*[/.\-]\s*\d)"
)
_WIDEST = 6
#: letters before a number that tell what it is
_NEAR = 40
#: so old a grown-up is at least, in two digits
_GROWN_NUMBER = r"(?:1[89]|[2-9]\d)"
_MAY_BE_OLD, _YEAR = re.compile(_GROWN_NUMBER), re.compile(r"(?:19|20)\d\d")
#: where a number ends a thought
_SIGN = r"[,;.:।!?)]"
#: a word and a number right behind it: so many there are
_COUNTS = re.compile(r"^\S+\s+\d+$")
#: lists of words that stand behind their number
_BEHIND = frozenset({"years", "counts", "counted", "measures", "no_years", "sums"})
_IN_WORDS_BEFORE = frozenset({"en", "sw"})


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
    #: a man's who may be a groom or take somebody: the one told of only if he himself goes away
    man: int | None = None


class AgeReader:
    """Reads the ages of a text; made of the words of lexicon/ages.toml."""

    def __init__(self, words: Mapping[str, Sequence[str]], hints: type[Hints] = Hints) -> None:
        w = by_role(words, _BEHIND)
        years = w["years"]
        self._units = re.compile(years)
        since = rf"(?!\s*(?:{w['since']}|{w['from_then']}(?!\s*{w['less']})))"
        not_since = "".join(rf"(?<!\b{re.escape(word)} )" for word in words["since_before"])
        in_class = "".join(rf"(?<!{re.escape(word)} )" for word in words["class"])
        about = rf"(?:\s*(?:{w['about']}|[:=\-ঃ]))*"
        # letters of one's own script are run together with them: «নামরিনাবয়স১৬»
        own_script = one_of(word for word in words["age"] if not word.isascii())
        self._age = re.compile(
            rf"(?:{START}{w['age']}|{own_script}){about}\s*(\d{{1,3}})(?!\d|\s*{w['counts']})"
            # «16 boyos», but «class 8 boyos 14»
            rf"|(?<![\d/.\-]){in_class}(\d{{1,2}})\s+{w['age_behind']}(?!(?:{about}|\s+{w['age_goes_on']})\s*\d)"
            rf"|(?=\d){not_since}(?<![\d/])(\d{{1,3}})\s*(?:[-/]\s*\d{{1,2}})?(?:\s*-?\s*{years}{since}|y{ENDS})"
        )
        #: «31 ka hai», «20 की,», «14 lagta»: nothing but an age
        self._of_age = re.compile(
            rf"(?<![\d/.\-+])(\d{{1,2}})\s*(?:{w['of']}\s*(?={w['is']}|[,.;।!?]|$)|(?={w['looks']}))"
        )
        #: «10/11 hobe», «14-15 ki hogi»: about how old
        self._of_about = re.compile(
            rf"(?<![\d/.\-+])(\d{{1,2}})\s*(?:[/\-]|{w['or']})\s*\d{{1,2}}"
            rf"\s*{one_of(words['of'], words['of_several'])}?\s*{one_of(words['looks'], words['like'])}"
        )
        #: «mote 12», «mkubwa ana 11»: so young, or so much years has the one told of
        self._so_young = re.compile(
            rf"{START}(?:{w['so_young']}|({w['has']}))\s+(\d{{1,2}})(?=\s*(?:{_SIGN}|\s-|{w['so_young_behind']}|$))"
        )
        #: «she is 15 only», «am Okello 22», «kid about 7 …»: whose age it is stands before it
        self._she_is = re.compile(
            rf"{START}(?:{w['who']}|{w['i_am']}(?: [a-z]+)?)(?:'s)?(?: {w['is_so_old']})?,?"
            rf"(?:(?P<nearly> {w['nearly']})| {w['just']})? (?P<age>\d{{1,2}})(?![.,]\d)"
            rf"(?(nearly)(?!\d|[/\-]\d|\s*(?:{w['counted']}|{w['measures']}|{w['counts']}))"
            rf"|(?=\s*(?:[,.;:)!]|{w['behind_it']}|$)))"
        )
        #: «ladki 16 ko», «meye 9 ke»: whose age it is stands before it, and what is done to her behind
        self._her_whom = re.compile(
            rf"{START}{w['her']}\s+(\d{{1,2}})\s*{w['whom']}(?!\s*{w['sums']})"
        )
        #: «a girl of 9», «mtoto wa 7»: so old is a child
        self._child_of = re.compile(
            rf"{START}{w['child']} {w['of_before']} (?P<age>\d{{1,2}})(?![\d/]|[.\-]\d|\s*{w['measures']})"
        )
        #: «they say 18, asole 16»: what is so, whatever else is said
        self._really = re.compile(
            rf"{START}{w['really']}\s*{one_of(words['age'], words['really_of'])}?\s*(\d{{1,2}})"
            rf"(?=\s*(?:{_SIGN}|{w['really_behind']}|$)|\s*{years})"
        )
        self._look_for_others(words, w)
        self._look_for_children(words, w)
        #: «y/o», which no run of letters holds
        self._in_signs = [
            word for word in words["years"] if len(runs(word)) > 1 and " " not in word
        ]
        self._hints = hints({
            "age": beginnings(
                words["age"], words["age_behind"], set(words["years"]).difference(self._in_signs)
            ),
            "young": beginnings(words["so_young"], words["has"]),
            "really": beginnings(words["really"]),
            "nobody's": endings(words["no_child"]),
            "elder's": endings(words["grown"]),
        })  # fmt: skip

    def _look_for_others(self, words: Mapping[str, Sequence[str]], w: Mapping[str, str]) -> None:
        """What tells that an age is nobody's whom a report would be about."""
        #: words between whom an age belongs to and the age
        its = rf"(?:\s*(?:{START}{one_of(words['its'], words['age'])}|[:=\-'’()]|,\s*(?={w['its_apart']})|'s))*"
        old = rf"({_GROWN_NUMBER})(?!\d|[/.\-]\d|\s*{w['counted']})"
        self._nobodys = re.compile(
            rf"{START}{w['no_child']}{its}\s*{old}"
            rf"|(?<![\d/.\-]){old}\s*(?:\+|-)?\s*{w['years']}?(?:\s*-?\s*{w['old']})?"
            rf"\s*(?:{w['old_of']}\s+){{0,2}}{w['no_child']}"
        )
        self._grooms = re.compile(rf"{START}{w['boy']}{its}\s*{old}")
        self._elders = re.compile(rf"{START}{w['grown']}{its}\s*{old}")
        bride, groom = f"{START}{w['bride_part']}", f"{START}{w['groom_part']}"
        #: in the text of a wedding, a boy beside a bride is her groom
        self._wedding = re.compile(rf"{w['wedding']}|{bride}.*{groom}")
        self._bride_and_groom = re.compile(rf"{bride}\s*[:ঃ=\-].*{groom}\s*[:ঃ=\-]", re.DOTALL)

    def _look_for_children(self, words: Mapping[str, Sequence[str]], w: Mapping[str, str]) -> None:
        """What tells that somebody is a child, or of a child that is not the first told of."""
        years, also = w["years"], w["also"]
        #: «18 hoyni», «under 18», «atharah se kam»: no age, but a child
        self._under_age = re.compile(
            rf"{START}{w['turns']}\s+18(?!\d)|{START}{w['under']}\s+18(?!\d|\s*{w['no_years']})"
            rf"|(?<!\d)18\s*{years}?\s*{also}?\s*{one_of(words['not_yet'], words['will_be'], words['below'])}"
        )
        #: «17 hoyni»: not seventeen yet
        self._not_yet = re.compile(rf"(?<!\d)(1[0-7])\s*{years}?\s*{also}?\s*{w['not_yet']}")
        #: behind so few years somebody has been away, unless they are a small child's
        self._infant_behind = re.compile(rf"[\s\-]*{w['infant_behind']}")
        self._infant_before = re.compile(
            rf"(?:[,;:/|(#*]\s*|^\s*|{w['infant_before']}\W{{0,3}}(?:\w+\W+)?)$"
        )
        self._of_years = tuple(words["of_years"])
        #: «aged 16 and 14»: the age of one more
        self._and_another = re.compile(
            rf"\s*{w['and']}\s*(\d{{1,2}})(?=\s*(?:[,;:)!।]|\.(?!\d)|$|{w['and_behind']}|{years}))"
        )
        #: «born 2011», «DOB 12/05/2010»; «18 hote 3 bochor baki», «2 years short of 18»
        self._born = re.compile(
            rf"{START}{w['born']}[^\d,;।]{{0,20}}(?:\d{{1,2}}[/.\-]\d{{1,2}}[/.\-])?((?:19|20)\d\d)(?!\d)"
        )
        self._short_of_18 = re.compile(
            rf"(?<!\d)18(?!\d)[^\d,.;।]{{0,24}}?(\d{{1,2}})\s*{years}\s*{w['left']}"
            rf"|(?<!\d)(\d{{1,2}})\s*{years}\s*{w['to_go']}\s*18(?!\d)"
        )

    def is_unit(self, word: str) -> bool:
        """Whether a word stands for years."""
        return self._units.fullmatch(word) is not None

    def born(self, text: str, today: date) -> tuple[int, tuple[int, int]] | None:
        """The age by the year of birth or by the years to 18, and where it is told."""
        year = self._born.search(text) if _YEAR.search(text) else None
        if year is not None and 0 < (age := today.year - int(year[1])) < OLDEST:
            return age, year.span()
        short = self._short_of_18.search(text) if "18" in text else None
        if short is not None and 0 < (age := ADULT_AT - int(short[1] or short[2])) < ADULT_AT:
            return age, short.span()
        return None

    def told(self, text: str, language: str) -> Told:
        """The ages of a text (case-folded, digits for number words)."""
        if DIGIT.search(text) is None:
            return Told(None, None, (), None, under_age=False)
        may = self._hints.of(text)
        others: list[tuple[int, int]] = []
        under = self._under_age.search(text) if "18" in text else None
        if under is not None:
            at = text.index("18", under.start())
            others.append((at, at + 2))
        not_yet = self._not_yet.search(text)
        if not_yet is not None:
            return Told(int(not_yet[1]) - 1, not_yet.span(1), tuple(others), None, under_age=True)
        elders, man, groom = (
            self._others(text, may, others) if _MAY_BE_OLD.search(text) else (None, None, False)
        )
        found = self._found(_without(text, others), language, may)
        if not found:
            return Told(None, None, tuple(others), elders, under is not None, groom, man)
        found.sort(key=lambda each: each[1])
        best = _whose(found)
        others += [
            (start, end) for _, start, end in found if not (start < best[2] and best[1] < end)
        ]
        return Told(best[0], best[1:], tuple(others), elders, under is not None, groom, man)

    def _others(
        self, text: str, may: frozenset[str], others: list[tuple[int, int]]
    ) -> tuple[int | None, int | None, bool]:
        """An elder's age, a man's, and whether a groom's is told beside a bride; all are added to ``others``."""
        wed = self._wedding.search(text) is not None or _CHILDS_AGE.search(text) is not None
        groom = (
            self._bride_and_groom.search(text) is not None and self._grooms.search(text) is not None
        )
        for pattern in (
            *([self._nobodys] if "nobody's" in may else []), *([self._grooms] if wed else []),
        ):  # fmt: skip
            others += [
                each.span(group)
                for each in pattern.finditer(text)
                for group in range(1, pattern.groups + 1)
                if each[group]
            ]
        # «lok 27» are twenty-seven people
        mans = list(self._nobodys.finditer(text)) if "nobody's" in may else []
        man = next((int(each[1] or each[2]) for each in mans if not _COUNTS.search(each[0])), None)
        elders: int | None = None
        for elder in self._elders.finditer(text) if "elder's" in may else ():
            if elder.span(1) not in others:
                elders = elders or int(elder[1])
                others.append(elder.span(1))
        return elders, man, groom

    def _found(self, text: str, language: str, may: frozenset[str]) -> list[tuple[int, int, int]]:
        """Every age with a word for it, and where it stands."""
        found: list[tuple[int, int, int]] = []
        aged = "age" in may or any(each in text for each in self._in_signs)
        for age in self._age.finditer(text) if aged else ():
            if language in _IN_WORDS_BEFORE and age[0].startswith("boys"):
                continue  # «2 boys - 11» is no «boyos 11»
            group = next(at for at in (1, 2, 3) if age[at])
            if group == 3 and self._goes_on(text, age):
                continue
            found.append((int(age[group]), *age.span()))
        if language in _IN_WORDS_BEFORE:
            found += [
                (int(age["age"]), *age.span("age"))
                for pattern in (self._she_is, self._child_of)
                for age in pattern.finditer(text)
                if _INFANT <= int(age["age"]) <= _OLD_OF_AGE
            ]
        else:
            found += [
                (int(age[1]), *age.span())
                for pattern in (self._of_age, self._of_about)
                for age in pattern.finditer(text)
                if _YOUNG_OF_AGE <= int(age[1]) <= _OLD_OF_AGE
                and not (int(age[1]) >= ADULT_AT and _CHILDS_AGE.search(text))
            ]
            found += [
                (int(age[1]), *age.span(1))
                for age in self._her_whom.finditer(text)
                if _CHILD <= int(age[1]) < ADULT_AT
            ]
        found += [
            (int(age[2]), *age.span())
            for age in (self._so_young.finditer(text) if "young" in may else ())
            if _INFANT <= int(age[2]) <= (ADULT_AT if age[1] else _OLD_OF_AGE)
        ]
        found += [
            (int(age[1]), *age.span(1))
            for age in (self._really.finditer(text) if "really" in may else ())
            if _CHILD <= int(age[1]) <= _OLD_OF_AGE
        ]
        for _, _, end in tuple(found):
            another = self._and_another.match(text, end)
            if another is not None and _INFANT <= int(another[1]) < ADULT_AT:
                found.append((int(another[1]), *another.span(1)))
        return found

    def _goes_on(self, text: str, age: re.Match[str]) -> bool:
        """«gone 2 years»: so long somebody is away, and no small child's age."""
        return (
            int(age[3]) < _INFANT
            and self._infant_behind.match(text, age.end()) is None
            and not age[0].endswith(self._of_years)
            and self._infant_before.search(text[max(0, age.start() - _NEAR) : age.start()]) is None
        )


def _whose(found: list[tuple[int, int, int]]) -> tuple[int, int, int]:
    """Of several ages the youngest child's; else the first that is no small child's at the side."""
    children = [each for each in found if _INFANT <= each[0] < ADULT_AT]
    if children:
        return min(children, key=lambda each: each[0])
    return next((each for each in found if each[0] >= _INFANT), found[0])


def range_of(text: str) -> re.Match[str] | None:
    """«8-12», where a day is told beside it: from how old to how old."""
    found = _FROM_TO.search(text) if "-" in text or "/" in text else None
    return found if found and 0 < int(found[2]) - int(found[1]) <= _WIDEST else None


def _without(text: str, spans: list[tuple[int, int]]) -> str:
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text
