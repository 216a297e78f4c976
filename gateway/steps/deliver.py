"""Step 3: hand waiting messages to their providers, and record what became of each.

One thread claims and records; a pool of threads sends, because a provider takes 50 to 200 ms.
Claims are by urgency, and a share of the pool is kept for urgent alerts, so that an urgent alert
never waits behind a thousand check-ins, however slow the provider.
"""

from __future__ import annotations

import concurrent.futures
import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import structlog

from gateway.domain.messages import Accepted, Later, Outcome, Priority, Refused, Unknown
from gateway.steps import ladder
from gateway.steps.parts import ALERTS, OUTBOUND
from gateway.store.outbox import Held, Settled

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.steps.parts import Parts

log = structlog.get_logger()

#: waits before the next try, in seconds; the last one serves every further try
RETRY_SECONDS = (5, 15, 60, 300, 900)
#: a message that has not been taken after this long is given up, in milliseconds
PUBLIC_PATIENCE_MS = 6 * 3_600_000
ALERT_PATIENCE_MS = 24 * 3_600_000
#: how long a lost reply is waited for before an alert is sent again, in milliseconds
HOLD_URGENT_MS = 20_000
HOLD_MS = 120_000
#: how long a channel whose operator must act is left alone, in milliseconds
PAGE_MS = 60_000
#: the longest a drain goes on before its worker looks at other queues
_LONGEST_DRAIN_SECONDS = 20.0
_GATHER_SECONDS = 0.01
#: an urgent alert that its provider has not taken after this long goes by the other channel
_SWITCH_MS = 300_000
#: so does one that its provider took this long ago without a receipt since
_RECEIPT_MISSED_MS = 300_000
#: a send that has not ended by now is taken for lost: a channel's own time-outs count from byte to
#: byte, and a provider may drip
_LONGEST_SEND_SECONDS = 12.0
#: what becomes of a message that was damaged where it was kept
_UNREADABLE = Refused("unreadable", "it cannot be read")
_Sending = concurrent.futures.Future[list[tuple[Held, Outcome]]]
#: what is being sent, and since when (monotonic: a clock that is set must lose no send)
_Flying = dict[_Sending, tuple[list[Held], float]]


class Deliver:
    """Sends what is due until nothing is left."""

    def __init__(
        self,
        parts: Parts,
        longest_send: float = _LONGEST_SEND_SECONDS,
        pool: concurrent.futures.Executor | None = None,
    ) -> None:
        self._parts = parts
        self._longest_send = longest_send
        self._pool = pool or concurrent.futures.ThreadPoolExecutor(
            parts.in_flight, thread_name_prefix="send"
        )
        self._slots = parts.in_flight
        self._common_slots = parts.in_flight * 3 // 4
        # one commit for each message that ends would leave others no time to write
        self._least = max(1, self._common_slots // 4)

    def drain(self) -> int:
        """Send what is due; returns how many messages were handed over or given up."""
        parts = self._parts
        holder = parts.database.new_id(parts.now())
        until = time.monotonic() + _LONGEST_DRAIN_SECONDS
        flying: _Flying = {}
        settled = 0
        while True:
            held = self._claim(flying, holder) if time.monotonic() < until else []
            damaged = [(each, _UNREADABLE) for each in held if each.damaged]
            if damaged:
                # to whoever was to hear of it, it is as if their phone were off
                self._record(damaged, holder)
                settled += len(damaged)
                held = [each for each in held if not each.damaged]
            for group in _groups(held, parts):
                flying[self._pool.submit(self._send, group)] = (group, time.monotonic())
            if not flying:
                return settled
            settled += self._collect(flying, holder)

    def close(self) -> None:
        """End the threads after what they are sending."""
        self._pool.shutdown()

    def _claim(self, flying: _Flying, holder: str) -> list[Held]:
        busy = sum(len(group) for group, _ in flying.values())
        common = sum(
            1
            for group, _ in flying.values()
            for each in group
            if each.priority > Priority.URGENT_ALERT
        )
        claim, now = self._parts.outbox.claim, self._parts.now()
        free = min(self._slots - busy, self._common_slots - common)
        if free >= self._least:
            return claim(free, Priority.CHECK_IN, holder, now)
        free = self._slots - busy
        return claim(free, Priority.URGENT_ALERT, holder, now) if free > 0 else []

    def _send(self, group: list[Held]) -> list[tuple[Held, Outcome]]:
        """Hand over messages of one text.  Runs in the pool; touches no database."""
        channel = self._parts.channels.get(group[0].channel)
        if channel is None:
            later = Later("no_channel", "the channel is not configured", page=True)
            return [(each, later) for each in group]
        try:
            outcomes = channel.send([each.message for each in group])
        except Exception as fault:  # noqa: BLE001 a channel's own fault: its fate is not known
            log.error("channel_failed", channel=channel.name, fault=type(fault).__name__)
            outcomes = [Unknown(type(fault).__name__)] * len(group)
        return list(zip(group, outcomes, strict=True))

    def _collect(self, flying: _Flying, holder: str) -> int:
        """Wait for the first sends to end, gather those that end with them, record them."""
        concurrent.futures.wait(flying, 0.05, concurrent.futures.FIRST_COMPLETED)
        done, _ = concurrent.futures.wait(flying, _GATHER_SECONDS)
        pairs: list[tuple[Held, Outcome]] = []
        for each in done:
            del flying[each]
            pairs.extend(each.result())
        overdue = time.monotonic() - self._longest_send
        for each in [each for each, (_, since) in flying.items() if since < overdue]:
            group, _ = flying.pop(each)
            pairs.extend((held, Unknown("no end")) for held in group)
        if pairs:
            self._record(pairs, holder)
        return len(pairs)

    def _record(self, pairs: Sequence[tuple[Held, Outcome]], holder: str) -> None:
        parts = self._parts
        now = parts.now()
        rung: set[str] = set()
        settled = [
            settlement(held, outcome, now, receipts=_sends_receipts(parts, held.channel))
            for held, outcome in pairs
        ]
        with parts.database.write() as connection:
            parts.outbox.settle(connection, settled, holder, now)
            for (held, outcome), each in zip(pairs, settled, strict=True):
                if each.state == "undelivered" and held.case_id is not None:
                    rung |= undelivered(parts, connection, held.message.id, now)
                if isinstance(outcome, Later) and _too_slow(held, now):
                    alert = parts.alerts.alert_of(connection, held.message.id)
                    if alert is not None and alert.state == "asked" and alert.channels == 1:
                        moved = other_channel(parts, connection, held.message.id, alert, now)
                        if moved:
                            parts.outbox.cancel(connection, held.message.id, now)
                            rung |= moved
                if isinstance(outcome, Later) and outcome.page:
                    rung |= page_operator(parts, connection, held.channel, outcome, now)
        if rung:
            parts.bell.ring(*rung)


def _sends_receipts(parts: Parts, name: str) -> bool:
    channel = parts.channels.get(name)
    return channel is not None and channel.sends_receipts


def _too_slow(held: Held, now: int) -> bool:
    """Whether an urgent alert has waited so long that its other channel is tried."""
    return held.priority == Priority.URGENT_ALERT and now - held.created_at >= _SWITCH_MS


def page_operator(
    parts: Parts, connection: Connection, channel: str, outcome: Later, now: int
) -> set[str]:
    """A channel needs its operator: note it, and tell the coordinators by another channel."""
    if not parts.watch.page(connection, channel, outcome.code, outcome.why, now):
        return set()
    log.critical("operator_needed", channel=channel, code=outcome.code)
    rows = []
    for contact in parts.people.directory(connection).contacts.values():
        theirs = parts.channel_of(contact)
        if contact.role == "coordinator" and theirs not in ("", channel):
            body = parts.catalogue.render(
                "operator.page", contact.language, channel=channel, code=outcome.code
            )
            rows.append(
                parts.outbox.row(
                    channel=theirs,
                    to=contact.phone,
                    body=body,
                    template="operator.page",
                    priority=Priority.ALERT,
                    at_ms=now,
                    contact_id=contact.id,
                )
            )
    if not rows:
        return set()
    parts.outbox.add(connection, rows)
    return {OUTBOUND}


def undelivered(parts: Parts, connection: Connection, outbox_id: str, now: int) -> set[str]:
    """An alert will not arrive this way: try the other channel, else count it for the ladder.

    Returns the queues to wake.
    """
    alert = parts.alerts.alert_of(connection, outbox_id)
    if alert is None:
        return set()
    if alert.state == "asked" and alert.channels == 1:
        rung = other_channel(parts, connection, outbox_id, alert, now)
        if rung:
            return rung
    parts.alerts.give_up(connection, alert.id, "undelivered", now)
    event = parts.cases.event(alert.case_id, now, "undelivered", contact_id=alert.contact_id)
    parts.cases.add_event(connection, event)
    directory = parts.people.directory(connection)
    return ladder.settle(parts, connection, directory, alert.case_id, now)


def other_channel(
    parts: Parts, connection: Connection, outbox_id: str, alert: Any, now: int, why: str = ""
) -> set[str]:
    """Send the text of an alert once more, by a channel it has not gone by; () without one."""
    row = parts.outbox.again(connection, outbox_id, parts.other_channel, now)
    if row is None:
        return set()
    parts.outbox.add(connection, [row])
    parts.alerts.move_alert(connection, outbox_id, row["id"])
    event = parts.cases.event(
        alert.case_id,
        now,
        "other_channel",
        contact_id=alert.contact_id,
        detail=row["channel"] + why,
    )
    parts.cases.add_event(connection, event)
    return {ALERTS if row["priority"] == Priority.URGENT_ALERT else OUTBOUND}


def chase_receipts(parts: Parts, limit: int = 100) -> int:
    """Send urgent alerts that nothing has been heard of since by the other channel too; how many.

    Once each, and only while they wait for their answer.
    """
    now = parts.now()
    rung: set[str] = set()
    sent = 0
    with parts.database.write() as connection:
        for id_ in parts.outbox.silent(connection, now, limit):
            alert = parts.alerts.asked_alert_of(connection, id_)
            if alert is not None and alert.channels == 1:
                moved = other_channel(parts, connection, id_, alert, now, ", no receipt")
                sent += bool(moved)
                rung |= moved
    if rung:
        parts.bell.ring(*rung)
    return sent


def settlement(held: Held, outcome: Outcome, now: int, *, receipts: bool) -> Settled:
    """What the outcome of a send makes of its message; ``receipts``: one is to follow."""
    id_ = held.message.id
    alert = not held.once
    match outcome:
        case Accepted(provider_id):
            chased = receipts and held.priority == Priority.URGENT_ALERT
            due = now + _RECEIPT_MISSED_MS if chased else None
            return Settled(id_, "accepted", due_at=due, provider_id=provider_id)
        case Refused(code, _):
            return Settled(id_, "undelivered", code=code)
        case Later(code, _, after, page):
            patience = ALERT_PATIENCE_MS if alert else PUBLIC_PATIENCE_MS
            wait = RETRY_SECONDS[min(held.attempts - 1, len(RETRY_SECONDS) - 1)] * 1000
            wait = max(wait, round(after * 1000), PAGE_MS if page else 0)
            if now + wait - held.created_at > patience:
                return Settled(id_, "undelivered" if alert else "expired", code=code)
            return Settled(id_, "waiting", due_at=now + wait, code=code)
        case Unknown():
            if not alert:
                return Settled(id_, "lost", code="unknown")
            hold = HOLD_URGENT_MS if held.priority == Priority.URGENT_ALERT else HOLD_MS
            return Settled(id_, "waiting", due_at=now + hold, code="unknown")


def _groups(held: Iterable[Held], parts: Parts) -> list[list[Held]]:
    """Messages that go in one call: of one channel and one text, as many as the channel takes."""
    groups: list[list[Held]] = []
    filling: dict[tuple[str, str], list[Held]] = {}
    for each in held:
        channel = parts.channels.get(each.channel)
        most = channel.batch if channel is not None else 1
        key = (each.channel, each.message.text)
        group = filling.get(key)
        if most == 1 or group is None or len(group) >= most:
            group = filling[key] = []
            groups.append(group)
        group.append(each)
    return groups
