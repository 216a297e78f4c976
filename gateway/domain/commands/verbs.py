"""The verbs staff and committee members text, and reading them.

Verb first, in any case and any script, then what it needs with any separator.  A verb is well
formed or it is not: only what is well formed goes before a report, so that no cry for help is
taken for a command that was mistyped.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapidfuzz.distance import OSA

from gateway.domain import phones
from gateway.domain.cases import serial_of
from gateway.domain.text import LETTER, ascii_digits, plain

#: who may, each including those before; officers stand with members
RANKS = ("member", "staff", "coordinator")
_RANK_OF_ROLE = {"member": 0, "officer": 0, "staff": 1, "coordinator": 2}
GUARDS = ("number", "window", "pin", "code")
_TYPES = frozenset({"case", "alias", "hours", "days", "page", "word", "text", "more"})
#: what a PIN has become before a text is stored
WEAK_PIN = "~weak"
_SEALED_PIN = re.compile(r"~[0-9a-f]{32}(?![0-9a-f])")
_DIGITS = re.compile(r"(?<![\w+])\d{4,6}(?!\w)")
_LAST_DIGITS = re.compile(r"(?<![\w+])\d{4,6}(?=[\s.,;:!?।]*$)")
_SEPARATORS = " \t\n,;:|*#.!/\\-_=()[]<>'\"।"
_VERB = re.compile(rf"\W*((?:(?!\d){LETTER})+|\?)")
_FUZZY_FROM = 3
_HOURS_OF = {"h": 1, "d": 24, "w": 168}
_MOST_HOURS = 99 * 24


@dataclass(frozen=True, slots=True)
class Verb:
    """One row of the table (gateway/lexicon/commands.toml)."""

    name: str
    rank: int
    guard: str
    args: tuple[str, ...]
    syntax: str
    open: bool
    words: Mapping[str, tuple[str, ...]]

    @property
    def plain(self) -> bool:
        """Whether the bare verb can only be meant as one: HELP may be a cry."""
        return self.name != "MENU"

    def allows(self, role: str) -> bool:
        """Whether a contact with this role may."""
        return _RANK_OF_ROLE.get(role, -1) >= self.rank


@dataclass(frozen=True, slots=True)
class Typed:
    """A verb as somebody typed it.

    ``args`` are by type: "case" and "case2" are case numbers as typed, "hours" and "days" are
    numbers, a choice stands under "choice".  ``fault`` says what is missing or too much; "" if
    it is well formed.  ``pin`` is a PIN as it was sealed before the text was stored, ``rest``
    the text without it.  ``near``: the verb was misspelt.
    """

    verb: Verb
    args: Mapping[str, str]
    pin: str = ""
    rest: str = ""
    fault: str = ""
    near: bool = False

    @property
    def case_id(self) -> int | None:
        """The serial of the case named; None if none is, or its number is mistyped."""
        return serial_of(self.args.get("case", ""))

    @property
    def guard(self) -> str:
        """What proves the sender: a phone is looked up, and another's PIN ended, by code only."""
        by_code = (self.verb.name == "FIND" and phones.looks_like(self.args.get("text", ""))) or (
            self.verb.name == "PIN" and "alias" in self.args
        )
        return "code" if by_code else self.verb.guard


class Verbs:
    """The table, ready to read with."""

    def __init__(self, verbs: Sequence[Verb]) -> None:
        self.all = tuple(verbs)
        self._by_word = {
            word: verb for verb in self.all for words in verb.words.values() for word in words
        } | {verb.name.casefold(): verb for verb in self.all}

    def __getitem__(self, name: str) -> Verb:
        return self._by_word[name.casefold()]

    def named(self, word: str) -> Verb | None:
        """The verb that somebody asks about, also misspelt."""
        found = self._lookup(word.casefold())
        return found[0] if found is not None else None

    def read(self, text: str) -> Typed | None:
        """The verb a text begins with, also misspelt; None if it begins with none."""
        clean = ascii_digits(plain(text)).strip()
        opened = _VERB.match(clean)
        found = self._lookup(opened[1].casefold()) if opened is not None else None
        return None if opened is None or found is None else _typed(clean, opened, *found)

    def exactly(self, clean: str) -> Typed | None:
        """The verb a text (ASCII digits) begins with, spelt right; None if it begins with none."""
        opened = _VERB.match(clean)
        verb = self._by_word.get(opened[1].casefold()) if opened is not None else None
        return None if opened is None or verb is None else _typed(clean, opened, verb, near=False)

    def _lookup(self, word: str) -> tuple[Verb, bool] | None:
        exact = self._by_word.get(word)
        if exact is not None:
            return exact, False
        if len(word) < _FUZZY_FROM:
            return None
        close = [
            verb
            for known, verb in self._by_word.items()
            if len(known) > _FUZZY_FROM and OSA.distance(known, word, score_cutoff=1) <= 1
        ]
        return (close[0], True) if close else None

    def mask(self, text: str, seal: Callable[[str], str]) -> str:
        """The text with its PIN sealed, so that nobody reads it in what is stored.

        ``seal`` makes 32 hexadecimal digits of a PIN.  No PIN looks like a case number (see
        :func:`is_weak`), so a number with a right check digit is never taken for one.
        """
        if not any(map(str.isdigit, text)):
            return text
        clean = ascii_digits(plain(text)).strip()

        def put(match: re.Match[str]) -> str:
            return match[0] if serial_of(match[0]) is not None else f"~{seal(match[0])}"

        def choose(match: re.Match[str]) -> str:
            return WEAK_PIN if is_weak(match[0]) else f"~{seal(match[0])}"

        if (bare := _DIGITS.fullmatch(clean.strip(_SEPARATORS))) is not None:
            return put(bare)
        opened = _VERB.match(clean)
        found = self._lookup(opened[1].casefold()) if opened is not None else None
        if opened is None or found is None or "PIN" not in found[0].syntax:
            return text
        chooses = found[0].name == "PIN" and "@" not in clean
        pattern, put = (_DIGITS, choose) if chooses else (_LAST_DIGITS, put)
        rest = clean[opened.end() :]
        spaced = rest if rest[:1] in _SEPARATORS else f" {rest}"
        masked = pattern.sub(put, spaced)
        return text if masked == spaced else clean[: opened.end()] + masked


def sealed_pins(text: str) -> list[str]:
    """The sealed PINs in a text, in their order."""
    return [each[1:] for each in _SEALED_PIN.findall(text)]


def is_weak(pin: str) -> bool:
    """Whether these digits are no good PIN.

    They look like a case number, or are what is guessed first: two digits at the most, or a row
    up or down.
    """
    steps = {int(b) - int(a) for a, b in itertools.pairwise(pin)}
    return len(set(pin)) <= 2 or steps in ({1}, {-1}) or serial_of(pin) is not None  # noqa: PLR2004


def read_verbs(data: Mapping[str, Any]) -> Verbs:
    """The table out of its file's data.

    Raises:
        ValueError: telling everything that is wrong with it.
    """
    faults, verbs = [], []
    seen: dict[str, str] = {}
    for name, row in data.items():
        if row["who"] not in RANKS:
            faults.append(f"{name}: who is one of {', '.join(RANKS)}")
        if row["guard"] not in GUARDS:
            faults.append(f"{name}: guard is one of {', '.join(GUARDS)}")
        faults += [
            f"{name}: {arg} is nothing a verb takes"
            for told in row["args"]
            for arg in told.rstrip("?").split("|")
            if arg not in _TYPES and not arg.isupper()
        ]
        words = {
            language: tuple(plain(word.casefold()) for word in known)
            for language, known in row["words"].items()
        }
        for word in {each for known in words.values() for each in known}:
            if seen.setdefault(word, name) != name:
                faults.append(f"{name}: the word {word} means {seen[word]} already")
        verbs.append(
            Verb(
                name=name,
                rank=RANKS.index(row["who"]) if row["who"] in RANKS else 0,
                guard=row["guard"],
                args=tuple(row["args"]),
                syntax=row["syntax"],
                open=row.get("open", False),
                words=words,
            )
        )
    if faults:
        raise ValueError("; ".join(faults))
    return Verbs(verbs)


def _typed(clean: str, opened: re.Match[str], verb: Verb, near: bool) -> Typed:  # noqa: FBT001
    rest = clean[opened.end() :]
    sealed = _SEALED_PIN.findall(rest)
    pin = sealed[-1][1:] if sealed else ""
    chooses = verb.name == "PIN" and "@" not in rest
    bare = rest if chooses else _SEALED_PIN.sub(" ", rest)
    args, fault = _arguments(verb, bare.strip(_SEPARATORS))
    if chooses:
        fault = ""  # the PINs are read where they are checked
    return Typed(verb, args, pin, f"{opened[1]} {bare}".strip(), fault, near)


def _arguments(verb: Verb, rest: str) -> tuple[dict[str, str], str]:
    """What follows the verb, and what is wrong with it."""
    args: dict[str, str] = {}
    for each in verb.args:
        optional, kind = each.endswith("?"), each.rstrip("?")
        if kind == "more":
            kind = "text" if "case" in args else ""
        taken = _take(kind, rest)
        if taken is None:
            if not optional:
                return args, f"missing {kind}"
            continue
        key, value, rest = taken
        args[key if key not in args else f"{key}2"] = value
        rest = rest.strip(_SEPARATORS)
    return args, f"too much: {rest}" if rest else ""


def _take(kind: str, rest: str) -> tuple[str, str, str] | None:
    """(key, value, what is left) of an argument at the beginning of a text; None without it."""
    for each in kind.split("|"):
        if each == "text":
            return ("text", rest, "") if rest else None
        if each == "case" and (match := re.match(r"(\d{4,18})(?!\w)", rest)):
            return "case", match[1], rest[match.end() :]
        if each == "alias" and (match := re.match(rf"@?((?:{LETTER})+)", rest)):
            return "alias", match[1], rest[match.end() :]
        if each == "page" and (match := re.match(r"(\d{1,2})(?!\w)", rest)):
            return "page", match[1], rest[match.end() :]
        if each == "word" and (match := re.match(r"[^\s,;|]+", rest)):
            return "word", match[0], rest[match.end() :]
        if each in ("hours", "days") and (match := _SPAN.match(rest)):
            hours = int(match[1]) * _HOURS_OF[match[2].casefold()]
            if 0 < hours <= _MOST_HOURS:
                value = hours if each == "hours" else max(1, hours // 24)
                return each, str(value), rest[match.end() :]
        if each.isupper() and (match := re.match(rf"((?:{LETTER})+)", rest)):
            said = match[1].upper()
            if said == each or (len(each) == 1 and _LEVELS.get(said) == each):
                return "choice", each, rest[match.end() :]
    return None


_SPAN = re.compile(r"(\d{1,3})\s*([hdwHDW])\w*")
_LEVELS = {"URGENT": "U", "HIGH": "H", "NORMAL": "N"}
