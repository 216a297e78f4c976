"""``parse``: what a text is understood as."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import click

from gateway.domain.places import Gazetteer, Place, read_places
from gateway.domain.triage import facts_of, triage
from gateway.domain.understanding import Understood, understand
from gateway.errors import ImportFault
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon, load_triage_table
from gateway.settings import load


@click.command()
@click.argument("text", required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.option("--received", metavar="2026-12-01T10:00", help="When it was received (default: now).")
@click.option("--input", "form", type=click.Choice(["lines", "jsonl"]), default="lines")
@click.option("--places", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def parse(
    text: str | None,
    as_json: bool,  # noqa: FBT001 click's way
    received: str | None,
    form: str,
    places: Path | None,
) -> None:
    """Show what TEXT, or each line of standard input, is understood as."""
    settings = load()
    when = _when(received).replace(tzinfo=settings.zone)
    gazetteer = Gazetteer(_places(places))
    lexicon, table = load_lexicon(), load_triage_table()
    for each in _texts(text, form):
        understood = understand(
            each, received=when, gazetteer=gazetteer, lexicon=lexicon, region=settings.region
        )
        found = _shown(understood)
        if understood.is_report:
            result = triage(facts_of(understood), table)
            found |= {"urgency": result.urgency, "rules": list(result.rules)}
        if as_json:
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            _tell(found)


def _shown(understood: Understood) -> dict[str, object]:
    return {
        "text": understood.text,
        "language": understood.language,
        "intent": understood.intent,
        "is_report": understood.is_report,
        "kind": understood.kind if understood.is_report else "none",
        "fields": understood.fields.told() if understood.is_report else {},
        "urgency": "normal",
        "rules": [],
        "missing": list(understood.missing),
        "confidence": understood.confidence,
    }


def _tell(found: dict[str, object]) -> None:
    click.secho(str(found["text"]), bold=True)
    for name in ("language", "intent", "kind", "urgency", "rules", "missing", "confidence"):
        click.echo(f"  {name}: {found[name]}")
    fields = found["fields"]
    assert isinstance(fields, dict)  # noqa: S101 made above
    for name, value in fields.items():
        click.echo(f"    {name}: {value}")


def _texts(text: str | None, form: str) -> Iterator[str]:
    if text is not None:
        yield text
        return
    for number, line in enumerate(sys.stdin, 1):
        if form == "lines":
            yield line.rstrip("\r\n")
        elif line.strip():
            try:
                yield str(json.loads(line)["text"])
            except (ValueError, KeyError, TypeError):
                raise click.ClickException(f"line {number} is no JSON object with a text") from None


def _places(path: Path | None) -> list[Place]:
    if path is None:
        return list(reference_places())
    found, faults = read_places(path.read_text(encoding="utf-8-sig"))
    if faults:
        raise ImportFault("\n".join(f"{path.name}, line {line}: {why}" for line, why in faults))
    return [*found, *reference_places()]


def _when(received: str | None) -> datetime:
    if received is None:
        return datetime.now()  # noqa: DTZ005 the zone is the deployment's, set by the caller
    try:
        return datetime.fromisoformat(received).replace(tzinfo=None)
    except ValueError:
        raise click.ClickException("--received is a time such as 2026-12-01T10:00") from None
