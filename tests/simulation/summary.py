"""A month in figures."""

from __future__ import annotations

from collections import Counter
from statistics import median, quantiles

from gateway.domain.followups import CHECK_IN
from tests.simulation.invariants import Books

_URGENCIES = ("urgent", "high", "normal")


def summary(books: Books) -> str:
    """What there was to do, and how soon it was done."""
    month = books.month
    outcomes = Counter(row.outcome for row in books.inbox)
    out = [
        f"seed {month.seed}, {month.size.days} days",
        f"{len(books.inbox)} texts, {month.redelivered} of them delivered again; "
        f"{month.reported} meant as reports, {len(books.reports)} understood as such",
        f"{len(books.cases)} cases, {outcomes['joined']} reports joined one; "
        f"{len(books.outbox)} messages out: " + _counts(Counter(r.state for r in books.outbox)),
        "by status: " + _counts(Counter(row.status for row in books.cases.values())),
        "steered: " + _counts(month.steered),
    ]
    for urgency in _URGENCIES:
        ids = {row.id for row in books.cases.values() if row.urgency == urgency}
        minutes = _minutes_to_ack(books, ids)
        rungs = _rungs_taken(books, ids)
        if minutes:
            tenths = quantiles(minutes, n=10) if len(minutes) > 1 else minutes * 9
            out.append(
                f"{urgency}: {len(ids)} cases, {len(minutes)} acknowledged after "
                f"{median(minutes):.0f} / {tenths[8]:.0f} / {max(minutes):.0f} min "
                f"(median / p90 / max), on rung "
                + ", ".join(f"{rung}: {n}" for rung, n in sorted(rungs.items()))
            )
        else:
            out.append(f"{urgency}: {len(ids)} cases, none acknowledged")
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


def _minutes_to_ack(books: Books, ids: set[int]) -> list[float]:
    found = []
    for case_id in ids:
        first = next((e for e in books.events[case_id] if e.event == "taken"), None)
        if first is not None:
            found.append((first.at - books.cases[case_id].opened_at) / 60_000)
    return found


def _rungs_taken(books: Books, ids: set[int]) -> Counter[int]:
    acked = {}
    for row in sorted(books.alerts, key=lambda each: each.asked_at):
        if row.case_id in ids and row.state == "acked":
            acked[row.case_id] = row.rung + 1
    return Counter(acked.values())
