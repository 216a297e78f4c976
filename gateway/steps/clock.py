"""Step 5: look at what is due in the database.

The clock needs no Redis.  It climbs ladders, finishes what a crash left half done, and rings the
bell for whatever waits longer than it should; what waits still, because Redis or the workers
are away, it does itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import structlog

from gateway.errors import KeyFault
from gateway.steps import digests, followups, ladder, process, receipts, ussd
from gateway.steps.deliver import chase_receipts
from gateway.steps.parts import INBOUND

if TYPE_CHECKING:
    from collections.abc import Callable

    from gateway.steps.deliver import Deliver
    from gateway.steps.parts import Parts

log = structlog.get_logger()
_T = TypeVar("_T")
#: work older than this is rung for, in milliseconds
LATE_MS = 1_000
#: work older than this the clock does itself
VERY_LATE_MS = 5_000
#: how many messages a turn takes by itself before it looks at the time again
_TURN = 200


def tick(parts: Parts, deliver: Deliver) -> None:
    """One look at everything that is due.

    What has come in is worked on first: after an hour of standing still, an ACK that waits goes
    before the rung that its case would climb, and an answer before its question ends.
    """
    now = parts.now()
    parts.watch.beat("clock", now)
    parts.outbox.lose_unsure(now)
    waits = parts.watch.oldest_due(now)
    very_late = {queue for queue, age in waits.items() if age > VERY_LATE_MS}
    if very_late:
        log.warning("doing_it_myself", queues=sorted(very_late))
    if INBOUND in very_late:
        _try("inbound", lambda: work_inbound(parts, _TURN))
    chased = _try("receipts", lambda: chase_receipts(parts))
    if chased:
        log.info("by_the_other_channel", alerts=chased)
    # before the ladders: no rung that is due now is to ask somebody whose duty is over
    ended = _try("duties", lambda: ladder.end_duties(parts))
    if ended:
        log.info("duties_over", contacts=ended)
    climbed = _try("ladders", lambda: ladder.climb_due(parts))
    if climbed:
        log.info("climbed", cases=climbed)
    _try("questions", lambda: parts.prompts.expire(now))
    _try("timers", lambda: followups.follow_up_due(parts))
    _try("digests", lambda: digests.send_due(parts))
    _try("unread", lambda: digests.tell_of_unsure(parts))
    _try("ussd", lambda: ussd.close_due(parts))
    late = {queue for queue, age in waits.items() if age > LATE_MS}
    if late:
        parts.bell.ring(*late)
    if very_late:
        deliver.drain()


def _try(what: str, work: Callable[[], _T]) -> _T | None:
    """Do one part of a look; a damaged row in one must not stop what stands behind it."""
    try:
        return work()
    except KeyFault as fault:
        log.error("clock_failed", what=what, fault=type(fault).__name__)
        return None


def work_inbound(parts: Parts, most: int) -> int:
    """Process waiting messages and receipts, ``most`` of them at the most; how many."""
    done = 0
    while done < most:
        some = process.process_waiting(parts) + receipts.apply_receipts(parts)
        if not some:
            break
        done += some
    return done
