"""From a text to what it says.  Nothing is refused; what cannot be read has intent "none".

A text that begins with a keyword, or carries labels, is read as a form (``form``); any other is
weighed for what it tells (``kinds``) and then read for its fields (``free``, ``reading``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from gateway.domain.understanding import urgency
from gateway.domain.understanding.form import read_form
from gateway.domain.understanding.free import read_free
from gateway.domain.understanding.opening import is_command
from gateway.domain.understanding.reader import LONGEST, reader_of
from gateway.domain.understanding.values import BARE, SURE, Fields, Understood
from gateway.domain.understanding.words import Lexicon

if TYPE_CHECKING:
    from datetime import datetime

    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.reader import Reader

__all__ = ["LONGEST", "Fields", "Lexicon", "Understood", "understand"]

#: where Swahili is spoken (ISO 3166)
_SWAHILI = frozenset(["KE", "UG", "TZ", "CD", "RW"])


def understand(
    text: str,
    *,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None = None,
    region: str = "IN",
    sorted_as: str = "",
) -> Understood:
    """Understand one text.

    ``received`` is local time: dates are read against it.  ``near`` is the code of the sender's
    own place, which decides between places of one name.  ``sorted_as``: the kind of report that a
    person has found it to be.  Never raises.
    """
    reader = reader_of(text, received, gazetteer, lexicon, near, region)
    if reader is None:
        language = "en" if text.isascii() else "und"
        if sorted_as:
            return Understood(text, language, "report", sorted_as, confidence=1.0)
        return Understood(text, language, "none")
    if sorted_as:
        return reader.sorted_as(sorted_as)
    found = _understand(reader)
    if reader.corrects:
        found = replace(found, corrects=reader.corrects)
    return replace(found, others_phone=True) if reader.others_phone() else found


def _understand(reader: Reader) -> Understood:
    text, gazetteer, lexicon, region = reader.text, reader.gazetteer, reader.lexicon, reader.region
    tokens, language = reader.tokens, reader.language
    opted = lexicon.lookup("opt_out", " ".join(tokens))
    # «acha» is «leave it» in Swahili, and «well» in Hindi and Bengali
    if opted is not None and (opted[1].language != "sw" or region in _SWAHILI):
        return Understood(text, opted[1].language, "opt_out", confidence=SURE)
    if is_command(reader.clean, lexicon):
        return Understood(text, language, "command", confidence=SURE)
    if len(tokens) == 1 and tokens[0].isdecimal() and len(tokens[0]) == 1:
        return Understood(text, language, "answer", confidence=BARE)
    if gazetteer.knows(reader.clean) and lexicon.lookup("keyword", reader.folded) is None:
        return Understood(text, language, "none", confidence=BARE)  # a place's name alone
    return _read(reader)


def traits_of(
    text: str, *, received: datetime, gazetteer: Gazetteer, lexicon: Lexicon
) -> frozenset[str]:
    """What the weights of lexicon/likeness.json are learnt from and count in a text."""
    reader = reader_of(text, received, gazetteer, lexicon)
    return frozenset() if reader is None else reader.weighed.traits


def traits_of_urgency(
    text: str, *, received: datetime, gazetteer: Gazetteer, lexicon: Lexicon
) -> frozenset[str] | None:
    """What the weights of lexicon/urgency.json are learnt from; None for what is no report."""
    reader = reader_of(text, received, gazetteer, lexicon)
    found = None if reader is None else _read(reader)
    if reader is None or found is None or not found.is_report:
        return None
    return urgency.traits(found, reader.weighed.traits)


def filled(
    text: str, *, received: datetime, gazetteer: Gazetteer, lexicon: Lexicon
) -> tuple[Text, str] | None:
    """The text with its fields, and its kind, for learning from; None for what is no report."""
    reader = reader_of(text, received, gazetteer, lexicon)
    found = None if reader is None else _read(reader)
    if reader is None or found is None or reader.filled is None or found.kind is None:
        return None
    return reader.filled, found.kind


def _read(reader: Reader) -> Understood:
    return read_form(reader) or read_free(reader)
