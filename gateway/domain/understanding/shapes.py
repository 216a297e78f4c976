"""Shapes of words: what is left of a spelling when its vowels and its habits are taken off.

Romanised Bengali and Hindi have no fixed spelling (kultoli, kultali, kooltali); Bengali script
has two letters where people hear one.  A skeleton keeps the consonants as they sound, so that
spellings of one word meet, in whichever script.
"""

from __future__ import annotations

import re
from functools import lru_cache

_PAIRS = (
    ("chh", "c"), ("ksh", "k"), ("sh", "s"), ("ch", "c"), ("kh", "k"), ("gh", "g"), ("ph", "f"),
    ("bh", "b"), ("dh", "d"), ("th", "t"), ("jh", "j"), ("rh", "r"), ("ck", "k"), ("q", "k"),
    ("z", "j"), ("v", "b"), ("w", "b"), ("x", "ks"),
)  # fmt: skip
_SOUNDS = {
    **dict.fromkeys("কখকখक ख", "k"), **dict.fromkeys("গঘगघ", "g"), **dict.fromkeys("ঙঞণনংঁङञणनंँ", "n"),
    **dict.fromkeys("চছचछ", "c"), **dict.fromkeys("জঝযजझय", "j"), **dict.fromkeys("টঠতথৎटठतथ", "t"),
    **dict.fromkeys("ডঢদধडढदध", "d"), "প": "p", "प": "p", "ফ": "f", "फ": "f", **dict.fromkeys("বভबभव", "b"),
    "ম": "m", "म": "m", **dict.fromkeys("রড়ঢ়रड़ढ़", "r"), "ল": "l", "ल": "l", **dict.fromkeys("শষসशषस", "s"),
    "হ": "h", "ह": "h", "খ": "k", "ख": "k",
}  # fmt: skip
_VOWELS = re.compile("[aeiouy]+")
_DOUBLED = re.compile(r"(.)\1+")
_NOT_LETTERS = re.compile("[^a-z]+")

#: endings that Bengali (in both scripts) hangs on words
_ENDINGS = (
    "গুলোকে", "গুলো", "দেরকে", "টাকে", "টিকে", "েরা", "দের", "কে", "ের", "েই", "টা", "টি", "রা", "তে", "র", "ে", "ও", "ই", "য়", "য়",
    "gulo", "derke", "take", "tike", "der", "ke", "er", "ta", "ti", "ra", "te", "r", "e", "o", "i", "y",
)  # fmt: skip
_SHORTEST_STEM = 3


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
        text = "".join(_SOUNDS.get(char, "") for char in word)
    return _DOUBLED.sub(r"\1", text)


def stem(word: str) -> list[str]:
    """The word without each ending it may carry, the longest ending first."""
    return [
        word[: -len(ending)]
        for ending in _ENDINGS
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM
    ]
