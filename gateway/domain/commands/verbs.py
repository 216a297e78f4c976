"""The verbs staff and committee members text, and reading them.

Verb first, in any case and any script, then what it needs with any separator; the case's number may
stand before its verb («1007 ack»).  A verb is well
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

from gateway.domain import phones, receipt
from gateway.domain.cases import serial_of
from gateway.domain.text import LETTER, ascii_digits, plain

#: who may, each including those before; officers stand with members
RANKS = ("anyone", "member", "staff", "coordinator")
_RANK_OF_ROLE = {"member": 1, "officer": 1, "staff": 2, "coordinator": 3}
GUARDS = ("number", "window", "pin", "code")
#: what a PIN has become before a text is stored
WEAK_PIN = "~weak"
_SEALED_PIN = re.compile(r"~[0-9a-f]{32}(?![0-9a-f])")
#: the same with the word before it, as the card has it: «CASE 1007 PIN 4821»
_NAMED_PIN = re.compile(
    rf"(?:(?<!\w)(?:pini?|পিন|पिन)\W{{1,3}})?{_SEALED_PIN.pattern}", re.IGNORECASE
)
_DIGITS = re.compile(r"(?<![\w+])\d{4,6}(?!\w)")
#: PIN misspelt, and nothing but digits behind it
_LIKE_PIN = re.compile(r"\W*(?:my\s+)?p\w{1,2}\W*\d[\d\s.\-]{2,}", re.IGNORECASE)
_LONG_DIGITS = re.compile(r"\d{4,}")
#: four to six digits, perhaps apart
_ANY_DIGITS = re.compile(r"(?<![\d~a-f])\d(?:[ .\-]?\d){3,5}(?!\d)")
SHORTEST_PIN, LONGEST_PIN = 4, 6
#: what is quickly seen to hold no PIN is not looked at twice
MAY_HOLD_PIN = re.compile(r"~|\d(?:[ .\-]?\d){3}")
_LAST_DIGITS = re.compile(r"(?<![\w+])\d{4,6}(?=[\s.,;:!?।]*$)")
_SEPARATORS = " \t\n,;:|*#.!/\\-_=()[]<>'\"।"
_VERB = re.compile(rf"\W*((?:(?!\d){LETTER})+|\?)")
_NUMBER_FIRST = re.compile(rf"\W*(\d{{4,18}})[\s,;:|*#.!/\\\-_=]+((?:(?!\d){LETTER})+)")
_FEW_WORDS = 3
_FUZZY_FROM = 3
_HELP = "help"
_NUMBER_AND_WORD = 2
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

    def language_of(self, word: str) -> str:
        """The language that this word for the verb is of; "en" where it is none of its words."""
        return next((each for each, known in self.words.items() if word in known), "en")

    def allows(self, role: str) -> bool:
        """Whether a contact with this role may."""
        return _RANK_OF_ROLE.get(role, 0) >= self.rank


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
        clean = self._verb_first(ascii_digits(plain(text)).strip())
        opened = _VERB.match(clean)
        if opened is not None and opened[1].casefold() == _HELP:
            # alone it may be a cry for help; only HELP and a verb asks how the verb is written
            about = self._by_word.get(clean[opened.end() :].strip(_SEPARATORS).casefold())
            return None if about is None else Typed(self["MENU"], {"word": about.name})
        found = self._lookup(opened[1].casefold()) if opened is not None else None
        return None if opened is None or found is None else _typed(clean, opened, *found)

    def exactly(self, clean: str) -> Typed | None:
        """The verb a text (ASCII digits) begins with, spelt right; None if it begins with none."""
        clean = self._verb_first(clean)
        opened = _VERB.match(clean)
        verb = self._by_word.get(opened[1].casefold()) if opened is not None else None
        return None if opened is None or verb is None else _typed(clean, opened, verb, near=False)

    def _verb_first(self, clean: str) -> str:
        """«1007 ack» as «ack 1007», if the verb takes a case."""
        begun = _NUMBER_FIRST.match(clean)
        verb = self._by_word.get(begun[2].casefold()) if begun is not None else None
        if begun is None or verb is None or serial_of(begun[1]) is None:
            return clean
        behind = clean[begun.end() :]
        takes = verb.args and "case" in verb.args[0].rstrip("?").split("|")
        # more words may be a report that begins with a sum of money
        short = len(behind.split()) <= _FEW_WORDS
        return f"{begun[2]} {begun[1]}{behind}" if takes and short else clean

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

    def mask(self, text: str, seal: Callable[[str], str], chosen: str = "") -> str:
        """A contact's text with its PIN sealed, so that nobody reads it in what is stored.

        ``seal`` makes 32 hexadecimal digits of a PIN; ``chosen`` is the contact's own, sealed.
        Sealed is what stands where a PIN belongs, and the contact's own PIN wherever it stands.
        No PIN looks like a case number (see :func:`is_weak`), so the two are told apart.
        """
        # nobody types a sealed PIN: whoever has read one somewhere could else pass for its owner
        text = _SEALED_PIN.sub(lambda match: f"- {match[0][1:]}", text)
        if not any(map(str.isdigit, text)):
            return text
        clean = self._verb_first(ascii_digits(plain(text)).strip())

        def put(match: re.Match[str]) -> str:
            return match[0] if serial_of(match[0]) is not None else f"~{seal(match[0])}"

        def choose(match: re.Match[str]) -> str:
            good = len(match[0]) <= LONGEST_PIN and not is_weak(match[0])
            return f"~{seal(match[0])}" if good else WEAK_PIN

        def own(match: re.Match[str]) -> str:
            sealed = seal("".join(filter(str.isdigit, match[0])))
            return f" ~{sealed} " if sealed == chosen else match[0]

        if (bare := _DIGITS.fullmatch(clean.strip(_SEPARATORS))) is not None:
            return put(bare)
        opened = _VERB.match(clean)
        found = self._lookup(opened[1].casefold()) if opened is not None else None
        is_pin = found is not None and found[0].name == "PIN"
        if (is_pin and "@" not in clean) or _LIKE_PIN.fullmatch(clean):
            return _LONG_DIGITS.sub(choose, clean)
        masked = clean
        if opened is not None and found is not None and "PIN" in found[0].syntax:
            rest = clean[opened.end() :]
            spaced = rest if rest[:1] in _SEPARATORS else f" {rest}"
            told = clean[: opened.end()] + _LAST_DIGITS.sub(put, spaced)
            if not _typed(told, opened, *found).fault:
                masked = told
        if chosen:
            masked = _ANY_DIGITS.sub(own, masked)
        return text if masked == clean else masked


def status_asked(clean: str, verbs: Verbs) -> tuple[str, str, str] | None:
    """(number, receipt word, language) that somebody asks about; None if the text asks nothing so.

    The language is the verb's: receipt words are words of several («hat», «banana»).

    ``clean`` has ASCII digits.  A mistyped number is asked about, too, so that it is answered; but
    with more than a word behind it, it is a sum: «haal 5000 rupaye me ladki bech di» is a report.
    """
    typed = verbs.exactly(clean)
    if typed is None or typed.verb.name != "STATUS" or typed.fault not in ("", "mistyped"):
        return None
    word = typed.rest.split()[0]
    told = clean.strip()[len(word) :]
    if not typed.fault:
        told = f"{typed.args['case']} {typed.args['word']}"
    if typed.fault and len(re.findall(f"{LETTER}+", told)) > _NUMBER_AND_WORD:
        return None
    asked = receipt.read(told)
    return None if asked is None else (*asked, typed.verb.language_of(plain(word.casefold())))


def sealed_pins(text: str) -> list[str]:
    """The sealed PINs in a text, in their order."""
    return [each[1:] for each in _SEALED_PIN.findall(text)]


def without_pins(text: str) -> str:
    """The text without the sealed PINs in it."""
    return _SEALED_PIN.sub(" ", text)


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
            if arg not in {*_FORMS, "text", "more"} and not arg.isupper()
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
    bare = rest if chooses else _NAMED_PIN.sub(" ", rest)
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
            if _is_mistyped(kind, rest):
                return args, "mistyped"
            if not optional:
                return args, f"missing {kind}"
            continue
        key, value, rest = taken
        args[key if key not in args else f"{key}2"] = value
        rest = rest.strip(_SEPARATORS)
    return args, f"too much: {rest}" if rest else ""


_Taken = tuple[str, str, str]


def _take(kind: str, rest: str) -> _Taken | None:
    """(key, value, what is left) of an argument at the beginning of a text; None without it."""
    if kind == "text":
        return ("text", rest, "") if rest else None
    for each in kind.split("|"):
        taken = _choice(each, rest) if each.isupper() else _form(each, rest)
        if taken is not None:
            return taken
    return None


def _form(kind: str, rest: str) -> _Taken | None:
    match = _FORMS[kind].match(rest) if kind in _FORMS else None
    if match is None:
        return None
    left, value = rest[match.end() :], match[1]
    if kind == "case":
        # of other numbers nine in ten are told by the check digit: sums, years, phones
        return ("case", value, left) if serial_of(value) is not None else None
    if kind in ("hours", "days"):
        hours = int(value) * _HOURS_OF[match[2].casefold()]
        span = hours if kind == "hours" else max(1, hours // 24)
        return (kind, str(span), left) if 0 < hours <= _MOST_HOURS else None
    return kind, value, left


def _choice(choice: str, rest: str) -> _Taken | None:
    match = _WORD.match(rest)
    said = match[0].upper() if match is not None else ""
    if match is None or said not in (choice, _ALSO.get(choice)):
        return None
    return "choice", choice, rest[match.end() :]


def _is_mistyped(kind: str, rest: str) -> bool:
    """Whether a number stands where a case is named, but is none."""
    return "case" in kind.split("|") and re.match(r"\d{4,7}(?!\w)", rest) is not None


_SPAN = r"(\d{1,3})\s*(h|d|w)(?:ours?|rs?|ays?|eeks?)?(?!\w)"
_FORMS = {
    "case": re.compile(r"(?:(?:case|no|number)\W{1,3})?(\d{4,18})(?!\w)", re.IGNORECASE),
    "item": re.compile(r"(\d{1,9})(?!\w)"),
    "page": re.compile(r"(\d{1,2})(?!\w)"),
    "alias": re.compile(rf"@?((?:{LETTER})+)"),
    "word": re.compile(r"([^\s,;|]+)"),
    "hours": re.compile(_SPAN, re.IGNORECASE),
    "days": re.compile(_SPAN, re.IGNORECASE),
}
_WORD = re.compile(rf"(?:{LETTER})+")
#: how else people write a choice
_ALSO = {"U": "URGENT", "H": "HIGH", "N": "NORMAL", "NOTES": "NOTE"}
