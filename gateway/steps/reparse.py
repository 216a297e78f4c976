"""Messages understood again, after the rules were mended: what would change, and changing it.

A text that was taken for no report and reads as one now goes to the workers once more, as if
somebody had sorted it.  What a report tells more becomes part of its case, as if its reporter had
told it; nothing is written to reporters, who wrote long ago.  USSD is left out: its answers were
chosen from menus.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gateway.domain import flow, growth
from gateway.domain.cases import Status
from gateway.domain.rereading import reread
from gateway.domain.triage import facts_of, triage
from gateway.steps.effects import Effects
from gateway.steps.parts import INBOUND, OUTBOUND
from gateway.steps.process import hear

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.directory import Directory
    from gateway.domain.rereading import Change, Reread
    from gateway.domain.understanding import Understood
    from gateway.steps.parts import Parts
    from gateway.store.inbox import Claimed

#: what a message is that failed again and again: it is tried once more, whatever it says
SET_ASIDE = "set_aside"


@dataclass(frozen=True, slots=True)
class ReadAgain:
    """A message that reads otherwise now.

    ``number`` is its case's, "" where it has none; ``kind``, ``urgency`` and ``rules`` are what
    follows now, and ``before`` what the priority was; ``changes`` is empty where it becomes a
    report.
    """

    id: int
    received_at: int
    outcome: str
    number: str = ""
    kind: str = ""
    urgency: str = ""
    before: str = ""
    rules: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def look(parts: Parts, since: int, ids: Sequence[int]) -> Iterator[ReadAgain | None]:
    """What reads otherwise among the messages since then (ms), or these; None for each other."""
    with parts.database.read() as connection:
        directory = parts.people.directory(connection)
    for claimed, outcome in parts.inbox.processed(since, ids):
        understood = hear(parts, directory, claimed)
        with parts.database.read() as connection:
            found = _find(parts, connection, directory, claimed, outcome, understood)
        yield None if found is None else found[0]


def change(parts: Parts, id_: int, user: str) -> ReadAgain | None:
    """Let a message lead to what it says now; None if that is nothing any more.

    ``user`` is who has it done, for the audit log.
    """
    with parts.database.read() as connection:
        directory = parts.people.directory(connection)
    for claimed, outcome in parts.inbox.processed(0, [id_]):
        understood = hear(parts, directory, claimed)
        with parts.database.write() as connection:
            found = _find(parts, connection, directory, claimed, outcome, understood)
            if found is None:
                return None
            finding, more = found
            rung = _follow(parts, connection, directory, claimed, understood, finding, more)
            if not rung:  # somebody has read or sorted it since
                return None
            parts.audit.add(
                connection,
                at=parts.now(),
                who="operator",
                what="reparse.applied",
                detail=f"message={claimed.id} user={user}",
            )
        parts.bell.ring(*rung)
        return finding
    return None


@dataclass(frozen=True, slots=True)
class _More:
    """A report that tells more, and its case."""

    report_id: str
    case_id: int
    reread: Reread


def _find(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    claimed: Claimed,
    outcome: str,
    understood: Understood,
) -> tuple[ReadAgain, _More | None] | None:
    told = parts.reports.of_message(connection, claimed.id)
    if told is None:
        if not (flow.is_sure(understood) or outcome == SET_ASIDE):
            return None
        return _as_report(parts, claimed, outcome, understood), None
    if not flow.is_sure(understood):
        return None
    report_id, case_id, before = told
    case, _ = parts.cases.read(connection, {case_id}, parts.zone)[case_id]
    if case.status == Status.CLOSED:
        return None
    alone = [each for each, _, _ in parts.reports.of_case(connection, case_id)] == [report_id]
    more = reread(
        before,
        flow.story_of(understood),
        case.story,
        alone=alone,
        answered=parts.prompts.answered(connection, report_id)
        or parts.cases.has_event(connection, case_id, "corrected"),
    )
    if more is None:
        return None
    story = flow.told_with(more.told, case.story, alone=alone)
    now = parts.now()
    grown = growth.grow(case, story, directory, parts.policy, at=parts.local(now), now=now)
    finding = ReadAgain(
        claimed.id,
        claimed.received_at,
        outcome,
        number=case.number,
        kind=grown.story.kind,
        urgency=grown.triage.urgency,
        before=case.urgency,
        rules=grown.triage.rules,
        changes=more.changes,
    )
    return finding, _More(report_id, case_id, more)


def _as_report(parts: Parts, claimed: Claimed, outcome: str, understood: Understood) -> ReadAgain:
    if not flow.is_sure(understood):
        return ReadAgain(claimed.id, claimed.received_at, outcome)
    result = triage(facts_of(understood), parts.policy.triage_table)
    return ReadAgain(
        claimed.id,
        claimed.received_at,
        outcome,
        kind=understood.kind or "",
        urgency=result.urgency,
        rules=result.rules,
    )


def _follow(
    parts: Parts,
    connection: Connection,
    directory: Directory,
    claimed: Claimed,
    understood: Understood,
    finding: ReadAgain,
    more: _More | None,
) -> set[str]:
    """Carry it out; the queues to ring, none if nobody may any more."""
    if more is None:
        inbox, now = parts.inbox, parts.now()
        if finding.kind:
            done = inbox.sort(connection, claimed.id, finding.kind, now)
        else:
            done = inbox.try_again(connection, claimed.id, now)
        return {INBOUND} if done else set()
    heard = more.reread.heard(understood)
    effects = Effects(parts, connection, directory, [(claimed, heard)], quiet=True, commands=False)
    effects.tell_more(claimed, heard, more.case_id, more.report_id, event="reread")
    effects.insert()
    return effects.rung | {OUTBOUND}
