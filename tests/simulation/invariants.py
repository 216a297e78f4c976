"""What must hold after any month, read straight from the database."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from sqlalchemy import select

from gateway.domain.cases import Impossible, Status, moved
from gateway.domain.followups import CHECK_IN, TRIES
from gateway.domain.followups import timers as timers_of
from gateway.store.tables import (
    alerts,
    cases,
    contacts,
    inbox,
    outbox,
    prompts,
    reports,
    senders,
    timeline,
    timers,
)
from tests.simulation.month import Month
from tests.world import ZONE

#: a check-in of a day so near the telling may fall between two tellings of the date
_DAYS_OF_TELLING = 4
#: what the clock does at once after an outage is done within so many ms
_CAUGHT_UP_MS = 10 * 60_000


class Books:
    """All rows of a month that is over."""

    def __init__(self, month: Month) -> None:
        self.month = month
        self.end = month.end
        with month.world.database.read() as connection:

            def rows(table: Any) -> list[Any]:
                return list(connection.execute(select(table)).all())

            self.cases = {row.id: row for row in rows(cases)}
            self.alerts, self.outbox, self.inbox = rows(alerts), rows(outbox), rows(inbox)
            self.reports, self.timers, self.prompts = rows(reports), rows(timers), rows(prompts)
            self.senders, self.contacts = rows(senders), rows(contacts)
            events = rows(timeline)
        self.events: dict[int, list[Any]] = defaultdict(list)
        for event in sorted(events, key=lambda row: row.id):
            self.events[event.case_id].append(event)
        self.phone_of = {row.id: bytes(row.phone_index) for row in self.contacts}
        self.by_phone = {index: id_ for id_, index in self.phone_of.items()}

    def told(self, case_id: int) -> str:
        """The timeline of a case, for whoever must find out what went wrong."""
        row = self.cases[case_id]
        lines = [
            (
                f"case {row.number} ({case_id}): {row.kind}, {row.urgency}, {row.status}, rung {row.rung}, "
                f"round {row.round}, due {_at(row.due_at)}, taken by {row.taken_by}, out: {row.excluded}"
            )
        ]
        lines += [
            f"  {_at(each.at)}  {each.event} {each.detail}"
            + (f"  contact {each.contact_id}" if each.contact_id else "")
            for each in self.events[case_id]
        ]
        return "\n".join(lines)

    def story(self, case_id: int) -> Any:
        """What a case tells."""
        return self.month.world.parts.cases.story(self.cases[case_id])

    @cached_property
    def messages(self) -> dict[int, Any]:
        """Inbound messages by their id."""
        return {row.id: row for row in self.inbox}

    @cached_property
    def excluded(self) -> dict[tuple[int, int], int]:
        """(case, contact) -> since when (ms) the contact must not hear of it."""
        found: dict[tuple[int, int], int] = {}

        def put(case_id: int, contact_id: int | None, at: int) -> None:
            if contact_id is not None:
                key = (case_id, contact_id)
                found[key] = min(at, found.get(key, at))

        index = self.month.world.people.index
        for report in self.reports:
            put(report.case_id, self.by_phone.get(bytes(report.reporter_index)), report.created_at)
            phone = self.month.names.get(self.messages[report.inbox_id].provider_id)
            if phone is not None:
                put(report.case_id, self.by_phone[index(phone)], report.created_at)
        for case_id, events in self.events.items():
            for event in events:
                if event.event == "excluded" and event.detail.startswith("contact "):
                    put(case_id, int(event.detail.removeprefix("contact ")), event.at)
        return found

    def moved_reports(self, case_id: int) -> bool:
        """Whether a report came to this case, or left it, by a person's hand."""
        return any(event.event == "split" for event in self.events[case_id])


def _at(ms: int | None) -> str:
    if ms is None:
        return "-"
    return f"{datetime.fromtimestamp(ms / 1000, UTC).astimezone(ZONE):%d %b %H:%M:%S}"


def _none(faults: Iterable[str]) -> None:
    found = list(faults)
    assert not found, f"{len(found)} times, first:\n" + "\n\n".join(found[:3])


def urgent_cases_go_on(books: Books) -> None:
    """(1) An urgent case that nobody has is asked again at a time to come."""
    _none(
        f"nobody has it and nobody will be asked\n{books.told(row.id)}"
        for row in books.cases.values()
        if row.status == "open"
        and row.urgency == "urgent"
        and (row.due_at is None or row.due_at <= books.end)
    )


def alerted_once(books: Books) -> None:
    """(2) Nobody is alerted twice for the same case, rung and round."""
    seen = Counter((row.case_id, row.rung, row.round, row.contact_id) for row in books.alerts)
    _none(f"{key} asked {n} times\n{books.told(key[0])}" for key, n in seen.items() if n > 1)
    carrying = {row.outbox_id: row for row in books.alerts}
    _none(
        f"an alert was handed over {len(times)} times\n{books.told(carrying[id_].case_id)}"
        for id_, handed in books.month.handed.items()
        if id_ in carrying and len(times := [each for each in handed if each.accepted]) > 1
    )


def the_excluded_hear_nothing(books: Books) -> None:
    """(3a) Nothing of a case goes to its reporters' or named people's phones as its committee."""
    faults = []
    for row in books.outbox:
        since = books.excluded.get((row.case_id, row.contact_id))
        if since is None or row.template.startswith("ask."):
            continue  # a check-in may go to who reported
        late = [each for each in books.month.handed.get(row.id, ()) if each.at >= since]
        if late:
            faults.append(
                f"{row.template} left at {_at(late[0].at)} for contact {row.contact_id}, "
                f"kept out since {_at(since)}\n{books.told(row.case_id)}"
            )
    _none(faults)


def the_excluded_take_nothing(books: Books) -> None:
    """(3b) Who is kept out of a case cannot take it."""
    _none(
        f"contact {event.contact_id} took it, kept out since {_at(since)}\n{books.told(case_id)}"
        for case_id, events in books.events.items()
        for event in events
        if event.event == "taken"
        and (since := books.excluded.get((case_id, event.contact_id))) is not None
        and event.at >= since
    )
    _none(
        f"contact {row.taken_by} has it and is kept out\n{books.told(row.id)}"
        for row in books.cases.values()
        if row.taken_by is not None and str(row.taken_by) in row.excluded.split()
    )


def who_wants_silence_has_it(books: Books) -> None:
    """(3c) Nothing goes to reporters after they opted out or said that it is not safe."""
    since: dict[bytes, int] = {}
    unsafe = {bytes(row.phone_index) for row in books.senders if row.safe is False}
    for events in books.events.values():
        for event in events:
            if event.event == "answered" and event.detail == "safe":
                index = bytes(books.messages[event.inbox_id].sender_index)
                if index in unsafe:  # who has skipped the question is asked again another time
                    since[index] = max(event.at, since.get(index, 0))
    for row in books.senders:
        if row.opted_out_at is not None:
            index = bytes(row.phone_index)
            since[index] = min(row.opted_out_at, since.get(index, row.opted_out_at))
    faults = []
    for row in books.outbox:
        index = bytes(row.to_index)
        if index in since and index not in books.by_phone:
            late = [e for e in books.month.handed.get(row.id, ()) if e.at >= since[index]]
            if late:
                told = books.told(row.case_id) if row.case_id else ""
                faults.append(
                    f"{row.template} left at {_at(late[0].at)}, no more wanted since "
                    f"{_at(since[index])}\n{told}"
                )
    _none(faults)


def check_ins_are_asked(books: Books) -> None:
    """(4a) Every check-in is asked once, and once again at the most; none is left behind."""
    asked: Counter[tuple[int, str]] = Counter()
    for case_id, events in books.events.items():
        for event in events:
            if event.event == "check_in_asked":
                asked[case_id, event.detail.partition(",")[0]] += 1
    faults = []
    for row in books.timers:
        times = asked[row.case_id, f"day {row.step}"] if row.what == CHECK_IN else 0
        ended = row.state in {"answered", "silent", "cancelled", "nobody", "done"}
        why = ""
        if not ended and row.state not in {"waiting", "asked"}:
            why = f"is {row.state}"
        elif ended and row.due_at is not None:
            why = f"is {row.state} and still due"
        elif not ended and (row.due_at is None or row.due_at <= books.end):
            why = f"is {row.state} and due {_at(row.due_at)}"
        elif times > TRIES or (row.state in {"answered", "silent"} and not times):
            why = f"was asked {times} times and is {row.state}"
        elif row.what == CHECK_IN and times != row.tries:
            why = f"was asked {times} times, {row.tries} are counted"
        if why:
            faults.append(f"{row.what} {row.step} {why}\n{books.told(row.case_id)}")
    _none(faults)


def check_ins_are_set(books: Books) -> None:
    """(4b) Every open case of a journey has its check-ins, however it came to be one."""
    days = books.month.world.parts.policy.ladder.check_in_days
    have: dict[tuple[int, str, int], Any] = {(t.case_id, t.what, t.step): t for t in books.timers}
    faults = []
    for row in books.cases.values():
        if row.status == "closed":
            continue
        opened = datetime.fromtimestamp(row.opened_at / 1000, UTC).astimezone(ZONE)
        latest = max(event.at for event in books.events[row.id])
        for timer in timers_of(books.story(row.id), opened, days, opened):
            timer_row = have.get((row.id, timer.what, timer.step))
            due = round(timer.due.timestamp() * 1000)
            if timer.what != CHECK_IN or due < row.opened_at + _DAYS_OF_TELLING * 86_400_000:
                continue
            if timer_row is None and due > latest:
                faults.append(f"no check-in of day {timer.step}\n{books.told(row.id)}")
            elif timer_row is not None and timer_row.state == "cancelled" and due > latest:
                home = any(e.detail == "check_in came_back" for e in books.events[row.id])
                if not home:
                    faults.append(f"check-in of day {timer.step} cancelled\n{books.told(row.id)}")
    _none(faults)


def each_message_counts_once(books: Books) -> None:
    """(5a) What came in was processed once, whatever was delivered again."""
    ids = Counter(row.provider_id for row in books.inbox)
    assert ids.keys() == books.month.delivered.keys()
    assert max(ids.values()) == 1
    _none(
        f"message {row.id} was claimed {row.attempts} times and is {row.outcome or 'not processed'}"
        for row in books.inbox
        if row.processed_at is None or row.due_at is not None or row.attempts != 1
    )
    reporting = Counter(row.inbox_id for row in books.reports)
    expected = {row.id: 1 for row in books.inbox if row.outcome in {"report", "joined"}}
    assert reporting == expected


def cases_balance(books: Books) -> None:
    """(5b) There are as many cases as were opened, and each report belongs to one."""
    opened = Counter(
        e.case_id for events in books.events.values() for e in events if e.event == "opened"
    )
    assert opened == dict.fromkeys(books.cases, 1)
    assert {row.case_id for row in books.reports} <= books.cases.keys()
    outcomes = Counter(row.outcome for row in books.inbox)
    split = sum(
        1
        for events in books.events.values()
        for e in events
        if e.event == "split" and e.detail.startswith("out of")
    )
    assert len(books.cases) == outcomes["report"] + split
    joined = sum(1 for events in books.events.values() for e in events if e.event == "reported")
    assert joined == outcomes["joined"]


def outbox_balances(books: Books) -> None:
    """(5c) Every message that left is in the books as having left, and no other."""
    faults = []
    for row in books.outbox:
        handed = books.month.handed.get(row.id, [])
        left = [each for each in handed if each.accepted]
        why = ""
        if row.state in {"accepted", "sent", "delivered"}:
            why = "" if len(left) == 1 else f"was accepted {len(left)} times"
        elif row.state == "waiting":
            why = "is overdue" if row.due_at is None or row.due_at <= books.end else ""
            why = why or ("left and waits" if left else "")
        elif row.state == "undelivered":
            why = "" if handed else "was never tried"
        elif row.state in {"cancelled", "expired"}:
            why = "left" if left else ""
        else:
            why = "has no end"
        if why:
            faults.append(f"{row.template} {row.id}, {row.state}: {why}")
    _none(faults)
    assert books.month.handed.keys() <= {row.id for row in books.outbox}


def one_update_a_case(books: Books) -> None:
    """(6) A committee hears at most once, briefly, that there is more to a case."""
    told: dict[int, list[Any]] = defaultdict(list)
    for row in books.outbox:
        if row.template == "alert.update":
            told[row.case_id].append(row)
    _none(
        f"{len(rows)} updates\n{books.told(case_id)}"
        for case_id, rows in told.items()
        if len({row.created_at for row in rows}) > 1
        or len({row.contact_id for row in rows}) != len(rows)
    )


def status_follows_from_timeline(books: Books) -> None:
    """(7) Where a case stands is where its events lead, and they stand in order of time."""
    faults = []
    for row in books.cases.values():
        events = books.events[row.id]
        status = Status.OPEN
        try:
            for event in events:
                status = moved(status, event.event)
        except Impossible as why:
            faults.append(f"{event.event} at {_at(event.at)}: {why}\n{books.told(row.id)}")
            continue
        if status != row.status or (row.status == "taken") != (
            row.taken_by is not None and row.status != "closed"
        ):
            faults.append(f"is {row.status}, its events say {status}\n{books.told(row.id)}")
        times = [event.at for event in events]
        if times != sorted(times):
            faults.append(f"its events are not in order\n{books.told(row.id)}")
    _none(faults)


def outage_is_made_good(books: Books) -> None:
    """(8) What fell due while the clock was away was done once, and says how late."""
    outage = books.month.outage
    assert outage is not None
    assert outage.cases or outage.timers  # something fell due, or nothing is shown
    faults = []
    for case_id, due_at in outage.cases:
        after = [
            event
            for event in books.events[case_id]
            if outage.ended <= event.at <= outage.ended + _CAUGHT_UP_MS
        ]
        late = f"late {(outage.ended - due_at) // 60_000} min"
        climbed = [e for e in after if e.event in {"asked", "unanswered"} and late in e.detail]
        moved_on = any(e.event in {"taken", "assigned", "closed", "merged"} for e in after)
        # what has come in is worked on first: a PASS may have asked the next ones already
        events = {e.event for e in after}
        moved_on |= {"passed", "asked"} <= events
        if len(climbed) != 1 and not moved_on:
            faults.append(f"due {_at(due_at)}, climbed {len(climbed)} times\n{books.told(case_id)}")
    timer_of = {row.id: row for row in books.timers}
    for timer_id, due_at in outage.timers:
        timer = timer_of[timer_id]
        done = [
            event
            for event in books.events[timer.case_id]
            if outage.ended <= event.at <= outage.ended + _CAUGHT_UP_MS
            and event.event in {"check_in_asked", "check_in_silent", "clock"}
        ]
        late = f"late {(outage.ended - due_at) // 60_000} min"
        told = [e for e in done if late in e.detail or e.event == "check_in_silent"]
        put_off = timer.due_at is not None or timer.settled_at not in {None, outage.ended}
        # what has come in is worked on first: an answer may have ended the question
        ended = timer.state in {"cancelled", "answered"}
        if len(told) != 1 and not (put_off and not told) and not ended:
            faults.append(
                f"{timer.what} {timer.step} due {_at(due_at)} done {len(told)} times, is "
                f"{timer.state}\n{books.told(timer.case_id)}"
            )
    _none(faults)


def no_stale_alerts(books: Books) -> None:
    """(9) Nobody is woken for a case that somebody has, or that is closed, at that time."""
    faults = []
    outs = {row.id: row for row in books.outbox}
    for row in books.alerts:
        if outs[row.outbox_id].template == "assigned.yours":
            continue  # it tells who was given the case that it is theirs
        for handed in books.month.handed.get(row.outbox_id, ()):
            status = Status.OPEN
            for event in books.events[row.case_id]:
                if event.at <= handed.at:
                    try:
                        status = moved(status, event.event)
                    except Impossible:
                        break
            if status is not Status.OPEN:
                faults.append(
                    f"{outs[row.outbox_id].template} left at {_at(handed.at)} though {status}\n"
                    f"{books.told(row.case_id)}"
                )
    _none(faults)


def nothing_failed(books: Books) -> None:
    """(10) No message had to be tried again because its transaction failed."""
    bad = {"batch_failed", "message_failed", "lease_lost", "channel_failed"}
    found = [line for line in books.month.logs if line["event"] in bad]
    assert not found


ALL: tuple[Callable[[Books], None], ...] = (
    urgent_cases_go_on,
    alerted_once,
    the_excluded_hear_nothing,
    the_excluded_take_nothing,
    who_wants_silence_has_it,
    check_ins_are_asked,
    check_ins_are_set,
    each_message_counts_once,
    cases_balance,
    outbox_balances,
    one_update_a_case,
    status_follows_from_timeline,
    outage_is_made_good,
    no_stale_alerts,
    nothing_failed,
)
