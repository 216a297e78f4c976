"""What an alert says: the words for the case in the language of the one who is asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain.messages import Priority
from gateway.domain.triage import ADULT_AT

if TYPE_CHECKING:
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.ladders import Step
    from gateway.domain.templates import Catalogue

_LONGEST_PLACE = 20
_MINUTES_AS_SUCH = 120


@dataclass(frozen=True, slots=True)
class Summary:
    """What an alert may tell of a case: never a name."""

    number: str
    kind: str
    urgency: str
    place_code: str
    age: int | None = None
    sex: str | None = None
    people: int | None = None


def alert_text(
    summary: Summary, step: Step, contact: Contact, directory: Directory, catalogue: Catalogue
) -> tuple[str, str]:
    """(template, text) of the alert to one contact."""
    language = contact.language
    params = params_of(summary, language, directory, catalogue)
    if step.again:
        return "alert.reminder", catalogue.render("alert.reminder", language, **params)
    template = f"alert.{summary.urgency}"
    params["wait"] = _wait(step.wait, language, catalogue)
    return template, catalogue.render(template, language, **params)


def params_of(
    summary: Summary, language: str, directory: Directory, catalogue: Catalogue
) -> dict[str, object]:
    """What a text to a contact fills in of a case."""
    return {
        "number": summary.number,
        "kind": catalogue.render(f"kind.{summary.kind}", language),
        "who": _who(summary, language, catalogue),
        "place": place_name(summary.place_code, directory, catalogue, language),
    }


def place_name(code: str, directory: Directory, catalogue: Catalogue, language: str) -> str:
    """A place as the reader knows it, short enough for its template."""
    if not code:
        return catalogue.render("place.unknown", language)
    place = directory.gazetteer[code]
    native: Mapping[str, str] = {"bn": place.name_bn, "hi": place.name_hi}
    return (native.get(language) or place.name)[:_LONGEST_PLACE]


def priority_of(urgency: str) -> Priority:
    """Which lane an alert goes by."""
    return Priority.URGENT_ALERT if urgency == "urgent" else Priority.ALERT


def _who(summary: Summary, language: str, catalogue: Catalogue) -> str:
    if summary.people is not None and summary.people > 1:
        return catalogue.render("who.people", language, count=summary.people)
    if summary.age is None:
        key = {"F": "who.female", "M": "who.male"}.get(summary.sex or "", "who.person")
        return catalogue.render(key, language)
    child = summary.age < ADULT_AT
    words = {
        "F": "who.girl" if child else "who.woman",
        "M": "who.boy" if child else "who.man",
    }
    key = words.get(summary.sex or "", "who.child" if child else "who.adult")
    return catalogue.render(key, language, age=summary.age)


def _wait(minutes: int | None, language: str, catalogue: Catalogue) -> str:
    minutes = minutes if minutes is not None else 24 * 60
    if minutes < _MINUTES_AS_SUCH:
        return catalogue.render("wait.minutes", language, n=minutes)
    return catalogue.render("wait.hours", language, n=minutes // 60)
