"""Open questions, and what is due on cases later: prompts and timers."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, bindparam, insert, or_, select, update

from gateway.domain.cases import case_number, serial_of
from gateway.domain.prompts import LIVES_HOURS, Question
from gateway.store.tables import prompts, reports, senders, timers

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from gateway.domain.followups import Timer
    from gateway.store.engine import Database

_HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class DueTimer:
    """A timer whose time has come; ``due_at`` in ms, ``tries`` how often it was acted on."""

    id: int
    case_id: int
    what: str
    step: int
    due_at: int
    tries: int


class Prompts:
    """Keeps questions and timers."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._set_waiting = self._setting("waiting")
        self._set_again = self._setting("waiting", "cancelled")
        self._set_ever = self._setting("waiting", "cancelled", "done")

    def _setting(self, *states: str) -> Any:
        """The statement that sets timers, or moves those that are in one of these states."""
        statement = self._database.insert(timers)
        return statement.on_conflict_do_update(
            index_elements=["case_id", "what", "step"],
            set_={"due_at": statement.excluded.due_at, "state": "waiting", "settled_at": None},
            where=or_(*(timers.c.state == state for state in states)),
        )

    # ------------------------------------------------------------ questions

    def open_of(
        self, connection: Connection, senders_: Collection[bytes], now: int
    ) -> dict[bytes, Question]:
        """The open question of each of these senders; ``now``: when their messages came."""
        asked = self.asked_among(connection, senders_)
        return {sender: question for sender, (question, until) in asked.items() if until > now}

    @staticmethod
    def answered(connection: Connection, report_id: str) -> bool:
        """Whether any question that was asked on a report has been answered."""
        query = select(prompts.c.id).where(
            prompts.c.report_id == report_id, prompts.c.state == "answered"
        )
        return connection.execute(query.limit(1)).first() is not None

    @staticmethod
    def asked_among(
        connection: Connection, senders_: Collection[bytes]
    ) -> dict[bytes, tuple[Question, int]]:
        """Which of these senders have a question open, and until when (ms), over or not."""
        rows = connection.execute(_ASKED, {"senders": list(senders_)}).all()
        return {
            bytes(row.sender_index): (
                Question(
                    id=row.id,
                    case_id=row.now_of or row.case_id,
                    number=case_number(row.case_id),
                    what=row.what,
                    options=tuple(row.options.split()),
                    language=row.language,
                    before=tuple(row.asked_before.split()),
                    tries=row.tries,
                    asked_at=row.asked_at,
                    report_id=row.report_id,
                    timer_id=row.timer_id,
                ),
                row.expires_at,
            )
            for row in rows
        }

    @staticmethod
    def end(connection: Connection, sender: bytes, state: str) -> None:
        """End whatever question the sender has open: ``answered``, ``ended`` or ``skipped``."""
        connection.execute(
            update(prompts)
            .where(prompts.c.sender_index == sender, prompts.c.state == "open")
            .values(state=state)
        )

    def ask(self, connection: Connection, sender: bytes, question: Question, now: int) -> str:
        """Open a question to a sender; one that was open ends.  Returns its id."""
        self.end(connection, sender, "ended")
        row = self.row(sender, question, now)
        connection.execute(insert(prompts), row)
        return str(row["id"])

    def row(self, sender: bytes, question: Question, now: int) -> dict[str, object]:
        """The row of a question to a sender who has none open."""
        return {
            "id": self._database.new_id(now),
            "sender_index": sender,
            "case_id": serial_of(question.number),
            "report_id": question.report_id,
            "timer_id": question.timer_id,
            "what": question.what,
            "options": " ".join(question.options),
            "language": question.language,
            "asked_before": " ".join(question.before),
            "tries": question.tries,
            "state": "open",
            "asked_at": now,
            "expires_at": now + LIVES_HOURS * _HOUR_MS,
        }

    @staticmethod
    def end_of_case(connection: Connection, case_id: int) -> None:
        """End the open questions of a case, those of its reports whatever number they bear."""
        mine = select(reports.c.id).where(reports.c.case_id == case_id)
        on_case = and_(prompts.c.case_id == case_id, prompts.c.report_id.is_(None))
        connection.execute(
            update(prompts)
            .where(or_(on_case, prompts.c.report_id.in_(mine)), prompts.c.state == "open")
            .values(state="ended")
        )

    def expire(self, now: int) -> int:
        """End the questions whose time is over; how many."""
        with self._database.write() as connection:
            ended = connection.execute(
                update(prompts)
                .where(prompts.c.state == "open", prompts.c.expires_at <= now)
                .values(state="expired")
            )
        return ended.rowcount

    # ------------------------------------------------------------ whether it is safe to write

    def set_safe(self, connection: Connection, sender: bytes, *, safe: bool) -> None:
        """Remember whether a sender may be written to."""
        statement = self._database.insert(senders)
        connection.execute(
            statement.on_conflict_do_update(index_elements=["phone_index"], set_={"safe": safe}),
            {"phone_index": sender, "safe": safe},
        )

    @staticmethod
    def safe_of(connection: Connection, senders_: Collection[bytes]) -> dict[bytes, bool]:
        """Which of these senders have said whether it is safe to write, and what."""
        rows = connection.execute(
            select(senders.c.phone_index, senders.c.safe).where(
                senders.c.phone_index.in_(senders_), senders.c.safe.is_not(None)
            )
        ).all()
        return {bytes(row.phone_index): row.safe for row in rows}

    @staticmethod
    def reporter_of(connection: Connection, case_id: int) -> tuple[bytes, int, str, str] | None:
        """(sender, inbox id, language, channel) of the case's first report."""
        row = connection.execute(
            select(
                reports.c.reporter_index, reports.c.inbox_id, reports.c.language, reports.c.channel
            )
            .where(reports.c.case_id == case_id, reports.c.reporter_index.is_not(None))
            .order_by(reports.c.created_at, reports.c.inbox_id)
            .limit(1)
        ).first()
        return (
            None
            if row is None
            else (bytes(row.reporter_index), row.inbox_id, row.language, row.channel)
        )

    # ------------------------------------------------------------ timers

    def set_timers(
        self,
        connection: Connection,
        case_id: int,
        wanted: Iterable[Timer],
        *,
        reopened: bool = False,
    ) -> None:
        """Set the timers of a case; one that has not been acted on moves to its new time.

        ``reopened``: those that were cancelled as the case was closed are set again.
        """
        rows = self.timer_rows(case_id, wanted)
        if rows:
            connection.execute(self._set_again if reopened else self._set_waiting, rows)

    def set_follow(self, connection: Connection, case_id: int, timer: Timer) -> None:
        """Set a look again that staff have asked for; they may ask for the same once more."""
        connection.execute(self._set_ever, self.timer_rows(case_id, [timer]))

    @staticmethod
    def timer_rows(case_id: int, wanted: Iterable[Timer]) -> list[dict[str, object]]:
        """The rows of the timers of a case that has none yet."""
        return [
            {
                "case_id": case_id,
                "what": each.what,
                "step": each.step,
                "due_at": round(each.due.timestamp() * 1000),
                "state": "waiting",
            }
            for each in wanted
        ]

    @staticmethod
    def cancel_timers(connection: Connection, case_id: int, what: str | None, now: int) -> None:
        """Nothing more of this sort (None: of any) is due on a case."""
        mine = update(timers).where(timers.c.case_id == case_id, timers.c.due_at.is_not(None))
        if what is not None:
            mine = mine.where(timers.c.what == what)
        connection.execute(mine.values(due_at=None, state="cancelled", settled_at=now))

    def due_timers(self, connection: Connection, now: int, limit: int) -> list[DueTimer]:
        """What is due, the earliest first, held until commit."""
        query = (
            select(timers)
            .where(timers.c.due_at <= now)
            .order_by(timers.c.due_at, timers.c.id)
            .limit(limit)
        )
        if not self._database.sqlite:
            query = query.with_for_update(skip_locked=True)
        return [
            DueTimer(row.id, row.case_id, row.what, row.step, row.due_at, row.tries)
            for row in connection.execute(query).all()
        ]

    @staticmethod
    def postpone(connection: Connection, id_: int, due_at: int) -> None:
        """A timer is looked at again at ``due_at`` (ms)."""
        connection.execute(update(timers).where(timers.c.id == id_).values(due_at=due_at))

    @staticmethod
    def settle_timer(
        connection: Connection, id_: int, state: str, now: int, due_at: int | None = None
    ) -> None:
        """What became of a timer; ``due_at``: when it is looked at again."""
        values: dict[str, object] = {"state": state, "due_at": due_at}
        if due_at is None:
            values["settled_at"] = now
        if state == "asked":
            values["tries"] = timers.c.tries + 1
        connection.execute(update(timers).where(timers.c.id == id_).values(values))


#: a question keeps the number it was put under, which its sender knows and the receipt word goes
#: with; its answer is for the case that the report belongs to by now
_ASKED = (
    select(prompts, reports.c.case_id.label("now_of"))
    .outerjoin(reports, reports.c.id == prompts.c.report_id)
    .where(
        prompts.c.sender_index.in_(bindparam("senders", expanding=True)),
        prompts.c.state == "open",
    )
)
