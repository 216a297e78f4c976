"""What a text is understood as."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any

#: how sure a reading is: by a keyword, by one that is misspelt, by labels, by hardly anything
SURE, MISSPELT, LABELLED, BARE = 0.9, 0.8, 0.75, 0.5


@dataclass(frozen=True, slots=True)
class Fields:
    """The fields of a report; None: not told.

    Places stand by their standard English name with the gazetteer's code beside it; ``date`` is
    ISO 8601; ``sex`` F, M or O; ``companion_phone`` E.164.
    """

    person: str | None = None
    age: int | None = None
    sex: str | None = None
    people: int | None = None
    origin: str | None = None
    destination: str | None = None
    date: str | None = None
    purpose: str | None = None
    reason: str | None = None
    companion: str | None = None
    companion_name: str | None = None
    companion_phone: str | None = None
    origin_code: str | None = None
    destination_code: str | None = None

    def told(self) -> dict[str, Any]:
        """The fields that were told, by name, without the gazetteer's codes."""
        return {
            each.name: value
            for each in fields(self)
            if not each.name.endswith("_code") and (value := getattr(self, each.name)) is not None
        }


@dataclass(frozen=True, slots=True)
class Understood:
    """One text, understood.

    ``intent``: report, command, answer, opt_out, question or none.  ``facts`` are names of yes/no
    facts of triage that the text affirms.  ``hours_to_event`` counts from the receipt to noon of
    the date told.
    """

    text: str
    language: str
    intent: str
    kind: str | None = None
    fields: Fields = field(default_factory=Fields)
    facts: frozenset[str] = frozenset()
    hours_to_event: float | None = None
    missing: tuple[str, ...] = ()
    confidence: float = 0.0
    #: (slot, codes) where several of the committees' own places bear the name that was told
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = ()
    #: whether the language was chosen by the sender, and not only read off the text
    chosen: bool = False
    #: whether it says that somebody else has the phone, or reads what is written to it
    others_phone: bool = False
    #: the sorts of what it says not to be so, but so («Delhi noy, Surat»: place)
    corrects: frozenset[str] = frozenset()

    @property
    def is_report(self) -> bool:
        """Whether a case follows."""
        return self.intent == "report"
