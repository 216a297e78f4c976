"""From a text to what it says.  Nothing is refused; what cannot be read has intent "none".

Structured reports in English are read here, behind keywords in every way of writing.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING

from gateway.domain.text import LETTER, ascii_digits, plain
from gateway.domain.understanding import structured
from gateway.domain.understanding.values import Fields, Understood
from gateway.domain.understanding.words import Lexicon

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer

__all__ = ["Fields", "Lexicon", "Understood", "understand"]

#: no phone sends more; what is longer is read so far
LONGEST = 1_600
_TOKEN = re.compile(rf"{LETTER}+(?:['’]{LETTER}+)*|[?？]")
#: what a report of each kind should tell, the most needed first (DOMAIN table of kinds)
_WANTED = {
    "migration": ("age", "destination", "date", "purpose", "companion", "person"),
    "trafficking": ("age", "destination", "date", "companion", "origin", "person"),
    "missing": ("age", "origin", "date", "person"),
    "child_marriage": ("date", "age", "origin", "person"),
    "child_labour": ("age", "origin", "person"),
    "abuse": ("age", "origin"),
    "returned": ("age", "origin"),
    "support": ("age", "origin"),
    "sos": ("origin",),
    "question": (),
}
_SURE, _MISSPELT, _LABELLED, _BARE = 0.9, 0.8, 0.7, 0.5
_EACH_FIELD = 0.02
_MOST_SURE = 0.98
_LEAST_LABELLED = 3
#: a digit or an everyday word (work, go) begins many texts that are no report
_LEAST_BEHIND_WORD = 2


def understand(
    text: str,
    *,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None = None,
    region: str = "IN",
) -> Understood:
    """Understand one text.

    ``received`` is local time: dates are read against it.  ``near`` is the code of the sender's
    own place, which decides between places of one name.  Never raises.
    """
    clean = ascii_digits(plain(text))[:LONGEST].strip()
    folded = clean.casefold()
    tokens = _TOKEN.findall(folded)
    language = _script(clean)
    if not tokens:
        return Understood(text, language, "none")
    whole = " ".join(tokens)
    opted = lexicon.lookup("opt_out", whole)
    if opted is not None:
        return Understood(text, opted[1].language, "opt_out", confidence=_SURE)
    command = _command(tokens, lexicon)
    if command is not None:
        return Understood(text, language, "command", confidence=_SURE, command=command)
    if len(tokens) == 1 and tokens[0].isdigit() and len(tokens[0]) == 1:
        return Understood(text, language, "answer", confidence=_BARE)
    return _report(text, clean, tokens, language, received, gazetteer, lexicon, near, region)


def _report(
    text: str,
    clean: str,
    tokens: list[str],
    language: str,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None,
    region: str,
) -> Understood:
    asks = lexicon.first("asking", tokens) is not None or "?" in tokens
    opened = _keyword(clean, tokens, lexicon)
    if opened is None:
        kind, rest, sure, code = "migration", clean, 0.0, False
    else:
        kind, rest, sure, code, spoken = opened
        language = spoken if language == "en" else language
    if kind == "question" and opened is not None:
        return Understood(text, language, "question", "question", confidence=sure)
    fields, facts = structured.read(
        rest,
        kind,
        today=received.date(),
        region=region,
        gazetteer=gazetteer,
        lexicon=lexicon,
        near=near,
    )
    told = fields.told()
    solid = [name for name in told if name not in {"person", "reason"}]
    if opened is None:
        labelled = lexicon.first("label.person", tokens) is not None
        if not (labelled and len(told) >= _LEAST_LABELLED and solid):
            return Understood(text, language, "question" if asks else "none", confidence=_BARE)
        sure = _LABELLED
    elif not solid and not facts:
        if asks or not code:
            return Understood(text, language, "question" if asks else "none", confidence=_BARE)
        sure = _BARE
    if opened is not None and not code and len(solid) < _LEAST_BEHIND_WORD:
        return Understood(text, language, "none", confidence=_BARE)
    if asks and len(solid) < 2:  # noqa: PLR2004 a question may name one place or age
        return Understood(text, language, "question", confidence=_BARE)
    if fields.age is not None and fields.age > structured.OLDEST:
        return Understood(text, language, "none", confidence=_BARE)
    return Understood(
        text=text,
        language=language,
        intent="report",
        kind=kind,
        fields=fields,
        facts=facts,
        hours_to_event=_hours(fields.date, received),
        missing=tuple(name for name in _WANTED[kind] if name not in told),
        confidence=round(min(_MOST_SURE, sure + _EACH_FIELD * len(solid)), 2),
    )


def _keyword(
    clean: str, tokens: list[str], lexicon: Lexicon
) -> tuple[str, str, float, bool, str] | None:
    """(kind, what follows, how sure, is it a code, its language) of the keyword at the start."""
    first = tokens[0]
    if len(first) == 1 and first in lexicon.digits and len(tokens) > 2:  # noqa: PLR2004 a digit alone is an answer
        after = clean[re.match(r"\W*\d", clean).end() :]  # type: ignore[union-attr]
        return lexicon.digits[first], after, _MISSPELT, False, "en"
    for position, token in enumerate(tokens[:3]):
        pair = " ".join(tokens[position : position + 2])
        both = lexicon.lookup("keyword", pair)
        found = (*both, True) if both is not None else lexicon.keyword(token)
        if found is None:
            continue
        kind, word, exact = found
        if position and not word.code:
            continue  # an everyday word counts only where a report begins
        skipped = position + (2 if both is not None else 1)
        end = 0
        for match in list(_TOKEN.finditer(clean.casefold()))[:skipped]:
            end = match.end()
        return kind, clean[end:], _SURE if exact else _MISSPELT, word.code, word.language
    return None


def _command(tokens: list[str], lexicon: Lexicon) -> tuple[str, tuple[str, ...]] | None:
    for verb in ("ACK", "PASS"):
        if lexicon.lookup(f"command.{verb}", tokens[0]):
            numbers = tuple(token for token in tokens[1:] if token.isdigit())
            return verb, numbers
    return None


def _script(text: str) -> str:
    """The language that the script tells of: Bengali, Devanagari, else "en"."""
    bengali = sum("\u0980" <= char <= "\u09ff" for char in text)
    devanagari = sum("\u0900" <= char <= "\u097f" and char not in "।॥" for char in text)
    if bengali or devanagari:
        return "bn" if bengali >= devanagari else "hi"
    return "en"


def _hours(iso: str | None, received: datetime) -> float | None:
    """Hours from the receipt to the end of the event's day, or from its noon if it is past."""
    if iso is None:
        return None
    days = (date.fromisoformat(iso) - received.date()).days
    noon_apart = days * 24 + 12 - received.hour
    return float(max(0, noon_apart) if days == 0 else noon_apart)
