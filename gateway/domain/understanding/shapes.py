"""Shapes of words: what is left of a spelling when its vowels and its habits are taken off.

Romanised Bengali and Hindi have no fixed spelling (kultoli, kultali, kooltali); Bengali script
has two letters where people hear one.  A skeleton keeps the consonants as they sound, so that
spellings of one word meet, in whichever script.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

_PAIRS = (
    ("chh", "c"), ("ksh", "k"), ("sh", "s"), ("ch", "c"), ("kh", "k"), ("gh", "g"), ("ph", "f"),
    ("bh", "b"), ("dh", "d"), ("th", "t"), ("jh", "j"), ("rh", "r"), ("ck", "k"), ("q", "k"),
    ("z", "j"), ("v", "b"), ("w", "b"), ("x", "ks"),
)  # fmt: skip
#: letters with a dot below, as Unicode takes them apart, by what they sound like
_DOTTED = (("ড\u09bc", "র"), ("ঢ\u09bc", "র"), ("ड\u093c", "र"), ("ढ\u093c", "र"), ("য\u09bc", "य"))
_DOTS = re.compile("[\u09bc\u093c]")
_SOUNDS = {
    **dict.fromkeys("কখकख", "k"), **dict.fromkeys("গঘगघ", "g"), **dict.fromkeys("ঙঞণনংঁङञणनंँ", "n"),
    **dict.fromkeys("চছचछ", "c"), **dict.fromkeys("জঝযजझ", "j"), **dict.fromkeys("টঠতথৎटठतथ", "t"),
    **dict.fromkeys("ডঢদধडढदध", "d"), **dict.fromkeys("পप", "p"), **dict.fromkeys("ফफ", "f"),
    **dict.fromkeys("বভबभव", "b"), **dict.fromkeys("মम", "m"), **dict.fromkeys("রर", "r"), **dict.fromkeys("লल", "l"),
    **dict.fromkeys("শষসशषस", "s"), **dict.fromkeys("হह", "h"),
}  # fmt: skip
_VOWELS = re.compile("[aeiouy]+")
_DOUBLED = re.compile(r"(.)\1+")


def _once(doubled: re.Match[str]) -> str:
    return doubled[1]


_NOT_LETTERS = re.compile("[^a-z]+")

#: endings that Bengali (in both scripts) hangs on words
_ENDINGS = frozenset([
    "গুলোকে", "গুলো", "দেরকে", "টাকে", "টিকে", "েরা", "দের", "কে", "ের", "েই", "টা", "টি", "রা", "তে", "র", "ে", "ও", "ই", "য়", "য়",
    "gulo", "derke", "take", "tike", "der", "ke", "er", "ta", "ti", "ra", "te", "r", "e", "o", "i", "y",
])  # fmt: skip
_ENDING_LENGTHS = tuple(sorted({len(ending) for ending in _ENDINGS}, reverse=True))
_SHORTEST_STEM = 3

#: letters of both scripts in Latin ones; the vowel that is not written is left out
_LATIN = _SOUNDS | {
    **dict.fromkeys("অআাअआा", "a"), **dict.fromkeys("ইঈিীइईिी", "i"), **dict.fromkeys("উঊুূउऊुू", "u"),
    **dict.fromkeys("এেঐৈएऐेैॅ", "e"), **dict.fromkeys("ওঔোৌओऔोौॉऑ", "o"), "य": "y",
    **dict.fromkeys("ঋৃऋृ", "ri"),
}  # fmt: skip
_INNER = re.compile("(?<=.)[ao](?=.)")
_LONG = (("aa", "a"), ("ee", "i"), ("oo", "u"), ("ou", "o"), ("au", "o"), ("ai", "e"))
_HEARD = (*_LONG, *_PAIRS)


@lru_cache(maxsize=50_000)
def skeleton(word: str) -> str:
    """The consonants of a word as they sound; "" for one without."""
    if word.isascii():
        text = word
        for pair, sound in _PAIRS:
            text = text.replace(pair, sound)
        head = "a" if text[:1] in "aeiou" else ""
        text = head + _VOWELS.sub("", _NOT_LETTERS.sub("", text))
    else:
        text = "".join(_SOUNDS.get(char, "") for char in _undotted(word))
    return _DOUBLED.sub(_once, text)


@lru_cache(maxsize=50_000)
def sound(word: str) -> str:
    """How a name sounds, in whichever script it is written: Tilajala, তিলজলা and तिलजला are one.

    Nearer than a skeleton: the vowels that scripts and spellings agree on are kept.
    """
    if word.isascii():
        text = word
        for pair, heard in _HEARD:
            text = text.replace(pair, heard)
        text = _NOT_LETTERS.sub("", text)
    else:
        text = "".join(_LATIN.get(char, "") for char in _undotted(word))
    return _INNER.sub("", _DOUBLED.sub(_once, text.replace("iy", "y").replace("ia", "ya")))


#: habits of writing that make no other word, in Latin letters and in the two scripts
_LATIN_HABITS = (
    ("chh", "c"), ("ch", "c"), ("sh", "s"), ("ph", "f"), ("bh", "b"), ("v", "b"), ("w", "o"), ("z", "j"), ("q", "k"),
    ("aa", "a"), ("ee", "i"), ("oo", "u"), ("iy", "i"), ("ay", "ai"), ("ey", "e"), ("ei", "e"), ("yi", "i"), ("ye", "e"),
)  # fmt: skip
_HABITS = (
    *_LATIN_HABITS,
    ("ँ", ""), ("ं", ""), ("न्", ""), ("यी", "ई"), ("ये", "ए"), ("ी", "ि"), ("ू", "ु"), ("ष", "श"), ("स", "श"),
    ("ঁ", ""), ("ী", "ি"), ("ূ", "ু"), ("ণ", "ন"), ("ষ", "স"), ("শ", "স"), ("ৎ", "ত"), ("জ", "য"), ("ঙ", "ং"),
)  # fmt: skip


@lru_cache(maxsize=50_000)
def spelling(word: str) -> str:
    """The word without what people write now so, now so: bhaai, vai and bhai are one."""
    word = _DOTS.sub("", word)
    for habit, plainer in _LATIN_HABITS if word.isascii() else _HABITS:
        word = word.replace(habit, plainer)
    return _DOUBLED.sub(_once, word)


def _undotted(word: str) -> str:
    for pair, letter in _DOTTED:
        word = word.replace(pair, letter)
    return _DOTS.sub("", word)


@lru_cache(maxsize=50_000)
def stem(word: str) -> tuple[str, ...]:
    """The word without each ending it may carry, the longest ending first."""
    return tuple(
        word[:-length]
        for length in _ENDING_LENGTHS
        if len(word) - length >= _SHORTEST_STEM and word[-length:] in _ENDINGS
    )


def with_ending(stem: str) -> Iterator[str]:
    """The word, and with each ending that it may carry."""
    yield stem
    if len(stem) >= _SHORTEST_STEM:
        for ending in _ENDINGS:
            yield stem + ending


#: how letters of both scripts are written in the names of places
_WRITTEN = {
    **dict.fromkeys("কक", "k"), **dict.fromkeys("খख", "kh"), **dict.fromkeys("গग", "g"), **dict.fromkeys("ঘघ", "gh"),
    **dict.fromkeys("ঙঞণনঁঙङञणनँ", "n"), "ং": "ng", "ं": "n", **dict.fromkeys("চच", "ch"), **dict.fromkeys("ছछ", "chh"),
    **dict.fromkeys("জযज", "j"), **dict.fromkeys("ঝझ", "jh"), **dict.fromkeys("টতটटत", "t"), "ৎ": "t",
    **dict.fromkeys("ঠথठथ", "th"), **dict.fromkeys("ডদडद", "d"), **dict.fromkeys("ঢধढध", "dh"), **dict.fromkeys("পप", "p"),
    **dict.fromkeys("ফफ", "f"), **dict.fromkeys("বब", "b"), "व": "w", **dict.fromkeys("ভभ", "bh"), **dict.fromkeys("মम", "m"),
    **dict.fromkeys("রर", "r"), **dict.fromkeys("লल", "l"), **dict.fromkeys("শষशष", "sh"), **dict.fromkeys("সस", "s"),
    **dict.fromkeys("হह", "h"), "य": "y",
}  # fmt: skip
_SIGNS = {
    **dict.fromkeys("াा", "a"), **dict.fromkeys("িীिी", "i"), **dict.fromkeys("ুূुू", "u"), **dict.fromkeys("েे", "e"),
    **dict.fromkeys("ৈै", "ai"), **dict.fromkeys("োोॉ", "o"), **dict.fromkeys("ৌौ", "au"), **dict.fromkeys("ৃृ", "ri"),
}  # fmt: skip
_OPEN = {
    **dict.fromkeys("আआ", "a"), **dict.fromkeys("অअ", "a"), **dict.fromkeys("ইঈइई", "i"), **dict.fromkeys("উঊउऊ", "u"),
    **dict.fromkeys("এए", "e"), **dict.fromkeys("ঐऐ", "ai"), **dict.fromkeys("ওओ", "o"), **dict.fromkeys("ঔऔ", "au"),
    **dict.fromkeys("ঋऋ", "ri"),
}  # fmt: skip
#: «gaṛh»: a fort, in the names of many places; ḍh with a dot below, for which maps write rh
_GARH = ("গড\u09bc", "गड\u093c")
_RH_BN, _RH_HI = ("ঢ\u09bc", "র্হ"), ("ढ\u093c", "र्ह")
_JOINS = "্्"
_NASAL = "ঁंँং"
#: glides as they are written in names: «iya» is ia, «oya» wa, «ay» before a consonant ai
_GLIDES = (
    (re.compile("([ie])ya"), r"\1a"), (re.compile("oya"), "wa"), (re.compile("ay(?=[^aeiou]|$)"), "ai"),
    (re.compile("n(?=[pbm])"), "m"), (re.compile("anw$"), "aon"),
)  # fmt: skip


@lru_cache(maxsize=5_000)
def latin(word: str) -> str:
    """A name in the Latin letters that maps would write it in, as near as rules come."""
    if word.isascii():
        return word
    garh = "h" if word.endswith(_GARH) else ""
    word = _undotted(word.replace(*_RH_HI).replace(*_RH_BN))
    #: what is heard one after the other: [letter, its vowel; None: not written, "": none]
    heard: list[list[str | None]] = []
    for char in word:
        if char in _SIGNS and heard:
            heard[-1][1] = _SIGNS[char]
        elif char in _JOINS and heard:
            heard[-1][1] = ""
        elif char in _OPEN:
            heard.append(["", _OPEN[char]])
        elif char in _NASAL:
            heard.append([_WRITTEN.get(char, "n"), ""])
        elif char in _WRITTEN:
            joined = char == "য" and heard and heard[-1][1] == ""
            heard.append(["y" if joined else _WRITTEN[char], None])
    out = ""
    for at, (letter, told) in enumerate(heard):
        vowel = told
        if vowel is None:
            last = at == len(heard) - 1
            before = out[-1:] in tuple("aeiou")
            behind = (
                not last
                and heard[at + 1][0] != ""
                and heard[at + 1][1] != ""
                and (heard[at + 1][1] is not None or at + 2 < len(heard))
            )
            vowel = "" if last or (before and behind and at) else "a"
        out += f"{letter}{vowel}"
    for glide, written in _GLIDES:
        out = glide.sub(written, out)
    out += garh
    return "v" + out[1:] if out.startswith("w") else out
