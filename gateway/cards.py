"""The one-page cards for members, staff and coordinators, out of the same table as MENU."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from gateway.domain.commands.lines import KIND_CODES, LEVEL_CODES
from gateway.domain.commands.verbs import RANKS

if TYPE_CHECKING:
    from gateway.domain.commands.verbs import Verbs
    from gateway.domain.templates import Catalogue

#: how many of a verb's words a card shows beside it
_MOST_WORDS = 2


@dataclass(frozen=True, slots=True)
class Card:
    """What stands on a card: rows are (syntax, words, what it does, what it needs)."""

    title: str
    how: str
    rows: tuple[tuple[str, str, str, str], ...]
    codes: tuple[tuple[str, str], ...]


def card(rank: str, language: str, verbs: Verbs, catalogue: Catalogue) -> Card:
    """The card of a ``member``, ``staff`` or ``coordinator`` in a language."""
    needs = {
        "number": "",
        "window": catalogue.render("card.pin", language),
        "pin": catalogue.render("card.pin", language),
        "code": catalogue.render("card.code", language),
    }
    rows = tuple(
        (
            verb.syntax,
            ", ".join(verb.words[language][:_MOST_WORDS]).upper() if language != "en" else "",
            catalogue.render(f"card.{verb.name}", language),
            needs[verb.guard],
        )
        for verb in verbs.all
        if verb.rank <= RANKS.index(rank)
    )
    codes = tuple(
        (code, catalogue.render(f"{sort}.{name}", language))
        for sort, known in (("level", LEVEL_CODES), ("kind", KIND_CODES))
        for name, code in known.items()
    )
    title = catalogue.render("card.title", language)
    return Card(title, catalogue.render("card.how", language), rows, codes)


def markdown(told: Card) -> str:
    """The card as Markdown."""
    lines = [f"# {told.title}", "", told.how, "", "| | | |", "|---|---|---|"]
    for syntax, words, does, needs in told.rows:
        written = f"`{syntax}`".replace("|", "\\|") + (f" ({words})" if words else "")
        lines.append(f"| {written} | {does} | {needs} |")
    codes = " · ".join(f"{code} {meaning}" for code, meaning in told.codes)
    return "\n".join([*lines, "", codes, ""])


def page(told: Card, language: str) -> str:
    """The card as a page to print: one side of A4."""
    rows = "".join(
        f"<tr><td><b>{escape(syntax).replace('|', '|<wbr>')}</b> {escape(words)}</td>"
        f"<td>{escape(does)}{f' <i>{escape(needs)}</i>' if needs else ''}</td></tr>"
        for syntax, words, does, needs in told.rows
    )
    codes = " · ".join(f"<b>{code}</b> {escape(meaning)}" for code, meaning in told.codes)
    return (
        f'<!doctype html><html lang="{language}"><meta charset="utf-8">'
        f"<title>{escape(told.title)}</title><style>{_STYLE}</style>"
        f"<h1>{escape(told.title)}</h1><p>{escape(told.how)}</p>"
        f"<table>{rows}</table><p>{codes}</p></html>\n"
    )


_STYLE = (
    "@page{size:A4;margin:12mm}"
    "body{font:9pt/1.22 sans-serif;color:#111;max-width:186mm;margin:auto}"
    "h1{font-size:14pt;margin:0 0 1mm}p{margin:1mm 0}"
    "table{border-collapse:collapse;width:100%;table-layout:fixed}"
    "td{border-top:1px solid #bbb;padding:.7mm 1.5mm;vertical-align:top}td:first-child{width:47%}"
    "i{color:#555}"
)
