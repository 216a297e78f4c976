"""Step 2: understand waiting messages, decide, and commit all that follows.

A batch is claimed, understood outside any transaction, and its effects are committed in one.
If that fails, its messages are tried one by one, so that one that always fails spoils no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import structlog

from gateway.domain.commands.verbs import without_pins
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.understanding import understand
from gateway.steps.effects import Effects
from gateway.store.inbox import MOST_ATTEMPTS

if TYPE_CHECKING:
    from gateway.domain.directory import Directory
    from gateway.domain.understanding import Understood
    from gateway.steps.parts import Parts
    from gateway.store.inbox import Claimed

log = structlog.get_logger()
#: how many messages one transaction takes; more do not make it quicker, and writers wait for it
BATCH = 50


class LeaseLost(Exception):
    """Another worker has taken the messages over; nothing of this try may stay."""


def process_waiting(parts: Parts, limit: int = BATCH) -> int:
    """Process up to ``limit`` waiting messages; returns how many were taken up."""
    holder = parts.database.new_id(parts.now())
    claimed = parts.inbox.claim(limit, holder, parts.now())
    if not claimed:
        return 0
    with parts.database.read() as connection:
        directory = parts.people.directory(connection)
    try:
        _commit(
            parts, [(each, hear(parts, directory, each)) for each in claimed], directory, holder
        )
    except LeaseLost:
        log.warning("lease_lost", messages=len(claimed))
    except Exception as fault:  # noqa: BLE001 one bad message must not hold up the others
        log.error("batch_failed", messages=len(claimed), fault=type(fault).__name__)
        for each in claimed:
            _alone(parts, each, directory, holder)
    return len(claimed)


def _alone(parts: Parts, claimed: Claimed, directory: Directory, holder: str) -> None:
    try:
        _commit(parts, [(claimed, hear(parts, directory, claimed))], directory, holder)
    except LeaseLost:
        log.warning("lease_lost", message=claimed.id)
    except Exception as fault:  # noqa: BLE001 it is tried again later, then set aside
        # the fault's text may hold the message's: only its type and place are told
        log.error("message_failed", message=claimed.id, fault=type(fault).__name__)
        if claimed.attempts >= MOST_ATTEMPTS:
            parts.inbox.set_aside(claimed.id, holder)
        else:
            again = parts.now() + 1000 * 4**claimed.attempts
            parts.inbox.release([claimed.id], holder, again)


def hear(parts: Parts, directory: Directory, claimed: Claimed) -> Understood:
    """Understand a message as one of its sender's."""
    contact = directory.with_phone(claimed.message.sender)
    text = claimed.message.text
    if contact is not None and contact.role in COMMITTEE_ROLES | STAFF_ROLES:
        # REPORT, from who knows the card: what follows is a report like anybody's
        typed = parts.policy.lexicon.verbs.exactly(text)
        if typed is not None and typed.verb.name == "REPORT" and "text" in typed.args:
            text = typed.args["text"]
    # a sealed PIN is digits by chance, and must not be read as anything told
    understood = understand(
        without_pins(text),
        received=parts.local(claimed.received_at),
        gazetteer=directory.gazetteer,
        lexicon=parts.policy.lexicon,
        near=contact.place_code if contact is not None else None,
        region=parts.policy.region,
        sorted_as=claimed.sorted_as,
    )
    return replace(understood, text=text)


def _commit(
    parts: Parts,
    heard: Sequence[tuple[Claimed, Understood]],
    directory: Directory,
    holder: str,
) -> None:
    """Commit what follows from these messages, in the order they came, in one transaction."""
    with parts.database.write() as connection:
        effects = Effects(parts, connection, directory, heard)
        outcomes = [(claimed.id, effects.follow(claimed, told)) for claimed, told in heard]
        effects.insert()
        if not parts.inbox.finish(connection, outcomes, holder, parts.now()):
            raise LeaseLost
    parts.bell.ring(*effects.rung)
