"""The receipt word: who has it and the number hears how it goes, and nobody else hears anything."""

from __future__ import annotations

import re

from sqlalchemy import select

from gateway.domain.receipt import MOST_TRIES, WORDS, Standing, read
from gateway.lexicon import load_receipt_words
from gateway.steps import steer
from gateway.store.standings import Standings
from gateway.store.tables import cases, inbox, reports
from tests.world import World

NEIGHBOUR, OTHER = "+917000000301", "+917000000999"
REPORT = "MIG Rina, 16, F, Delhi, 12/12, domestic work, agent Salim, from Chandipara"


def standings(world: World) -> Standings:
    return Standings(world.database, world.keys, load_receipt_words())


def told(world: World) -> tuple[str, str]:
    """Number and word of the latest report."""
    with world.database.read() as connection:
        row = connection.execute(
            select(reports.c.case_id, reports.c.inbox_id, cases.c.number)
            .join(cases, cases.c.id == reports.c.case_id)
            .order_by(reports.c.inbox_id.desc())
        ).first()
    assert row is not None
    return row.number, standings(world).word(row.case_id, row.inbox_id)


def ask(world: World, number: str, word: str, phone: str = NEIGHBOUR) -> Standing:
    with world.database.write() as connection:
        return standings(world).status_of(connection, number, word, phone, world.now())


def test_a_report_is_received_then_looked_at_then_closed(world: World) -> None:
    world.text(NEIGHBOUR, REPORT)
    world.work()
    number, word = told(world)
    assert ask(world, number, word) == Standing.RECEIVED
    assert ask(world, number, word.upper(), OTHER) == Standing.RECEIVED
    world.text("+917000000101", "ACK")
    world.work()
    assert ask(world, number, word) == Standing.LOOKED_AT


def test_a_wrong_word_and_an_unknown_number_are_one_answer_and_are_counted(world: World) -> None:
    world.text(NEIGHBOUR, REPORT)
    world.work()
    number, word = told(world)
    wrong = next(each for each in load_receipt_words() if each != word)
    for tried in [(number, wrong), ("1074", word), ("rubbish", word), ("", ""), (number, "")]:
        assert ask(world, *tried) == Standing.UNKNOWN
    assert ask(world, number, word) == Standing.LATER
    assert ask(world, number, word, OTHER) == Standing.RECEIVED
    world.at = world.at.replace(hour=12)
    assert ask(world, number, word) == Standing.RECEIVED


def test_who_asks_often_and_rightly_is_answered_each_time(world: World) -> None:
    world.text(NEIGHBOUR, REPORT)
    world.work()
    for _ in range(3 * MOST_TRIES):
        assert ask(world, *told(world)) == Standing.RECEIVED


def test_each_report_of_a_case_has_its_own_word(world: World) -> None:
    for sender in (NEIGHBOUR, OTHER):
        world.text(sender, REPORT)
    world.work()
    with world.database.read() as connection:
        rows = connection.execute(select(reports.c.case_id, inbox.c.id).join(inbox)).all()
    assert len({row.case_id for row in rows}) == 1
    words = [standings(world).word(row.case_id, row.id) for row in rows]
    for word in words:
        assert ask(world, told(world)[0], word) == Standing.RECEIVED


def test_a_merged_case_stands_as_the_one_it_was_merged_into(world: World) -> None:
    world.text(NEIGHBOUR, REPORT)
    world.work()
    first = told(world)
    world.text(OTHER, "MIS Bapi, 12, M, Jelepara, yesterday")
    world.work()
    second = told(world)
    assert first[0] != second[0]
    steer.merge(world.parts, *(_serial(world, each[0]) for each in (first, second)), None)
    assert ask(world, *first) == Standing.RECEIVED
    assert ask(world, *second) == Standing.RECEIVED


def _serial(world: World, number: str) -> int:
    with world.database.read() as connection:
        return int(
            connection.execute(select(cases.c.id).where(cases.c.number == number)).scalar_one()
        )


def test_the_words_are_as_many_as_a_byte_tells_apart_and_easily_spelt() -> None:
    words = load_receipt_words()
    assert len(words) == len(set(words)) == WORDS
    assert all(re.fullmatch(r"[a-z]{3,8}", word) for word in words)
    # the hash chooses by place: another order would give every report another word
    assert (words[0], words[100], words[255]) == ("mango", "ribbon", "balcony")


def test_number_and_word_are_read_in_any_order_and_script_of_digits() -> None:
    for text in ("10425 mango", "Mango 10425", "10425*mango", "STATUS", "১০৪২৫ mango", ""):
        number, word = read(text)
        assert number in {"10425", ""}
        assert word in {"mango", "status", ""}
    assert read("১০৪২৫ MANGO!") == ("10425", "mango")
