"""A month in figures."""

from __future__ import annotations

from collections import Counter
from statistics import median, quantiles
from typing import Any

from gateway.domain.followups import CHECK_IN
from gateway.domain.ladders import level_of
from tests.simulation.invariants import Books

_URGENCIES = ("urgent", "high", "normal")


def summary(books: Books) -> str:
    """What there was to do, and how soon it was done."""
    month = books.month
    outcomes = Counter(row.outcome for row in books.inbox)
    out = [
        f"seed {month.seed}, {month.size.days} days",
        (
            f"{len(books.inbox)} texts, {month.redelivered} of them delivered again; "
            f"{month.reported} meant as reports, {len(books.reports)} understood as such"
        ),
        f"{len(books.cases)} cases, {outcomes['joined']} reports joined one; "
        f"{len(books.outbox)} messages out: " + _counts(Counter(r.state for r in books.outbox)),
        "by status: " + _counts(Counter(row.status for row in books.cases.values())),
        "steered: " + _counts(month.steered),
    ]
    taken = _taken(books)
    for urgency in _URGENCIES:
        n = sum(1 for row in books.cases.values() if row.urgency == urgency)
        minutes = [after for level, after, _ in taken if level == urgency]
        rungs = Counter(rung for level, _, rung in taken if level == urgency)
        tenths = quantiles(minutes, n=10) if len(minutes) > 1 else [0.0] * 9
        out.append(
            f"{urgency}: {n} cases at the end; {len(minutes)} were taken as such, after "
            f"{median(minutes or [0]):.0f} / {tenths[8]:.0f} / {max(minutes, default=0):.0f} min "
            "(median / p90 / max), on rung "
            + ", ".join(f"{rung}: {n}" for rung, n in sorted(rungs.items()))
        )
    states = Counter(row.state for row in books.prompts)
    out.append(f"{len(books.prompts)} questions: {_counts(states)}")
    ins = Counter(row.state for row in books.timers if row.what == CHECK_IN)
    chosen = Counter(
        event.detail.removeprefix("check_in ")
        for events in books.events.values()
        for event in events
        if event.event == "answered" and event.detail.startswith("check_in ")
    )
    out.append(f"{sum(ins.values())} check-ins: {_counts(ins)}; answers: {_counts(chosen)}")
    return "\n".join(out)


def _counts(counted: Counter[str]) -> str:
    return ", ".join(f"{n} {what}" for what, n in counted.most_common()) or "none"


def _taken(books: Books) -> list[tuple[str, float, int]]:
    """(priority, minutes since its first alert of this priority, rung) as each case was taken."""
    templates = {row.id: row.template for row in books.outbox}
    first: dict[tuple[int, str], int] = {}
    for row in sorted(books.outbox, key=lambda each: each.created_at):
        first.setdefault((row.case_id, row.template), row.created_at)
    asked: dict[tuple[int, int], list[Any]] = {}
    for row in books.alerts:
        asked.setdefault((row.case_id, row.contact_id), []).append(row)
    found = []
    for case_id, events in books.events.items():
        taken = next((event for event in events if event.event == "taken"), None)
        if taken is None:
            continue
        before = [e for e in asked[case_id, taken.contact_id] if e.asked_at <= taken.at]
        alert = max(before, key=lambda each: each.asked_at)
        level = templates[alert.outbox_id].removeprefix("alert.").replace("reminder", "urgent")
        began = first.get((case_id, f"alert.{level}"), alert.asked_at)
        found.append((level, (taken.at - began) / 60_000, level_of(alert.rung)))
    return found
