"""By what a report is found again: by what its sender has answered as by what it told at once."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from gateway.domain import linking
from gateway.domain.commands import acts
from gateway.steps import steer
from gateway.store.tables import clues, reports
from tests.world import World

RAHIM, MINA, NOOR = "+917000000301", "+917000000302", "+917000000309"


def left(world: World, *words: str) -> bool:
    """Whether the first report is found by just these words, and by its sender."""
    made = world.parts.reports.clue_rows((f"from {RAHIM}", *words), "", 0, 0)
    with world.database.read() as connection:
        first = select(reports.c.id).order_by(reports.c.created_at).limit(1).scalar_subquery()
        found = connection.execute(
            select(clues.c.clue_index).where(clues.c.report_id == first)
        ).scalars()
        return sorted(bytes(each) for each in found) == sorted(each["clue_index"] for each in made)


def tell(world: World, *texts: str, sender: str = RAHIM) -> None:
    for text in texts:
        world.text(sender, text)
        world.work()


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (
            ["MIS girl 15 today from Chandipara"],
            ["near V1 F 15 nameless", "near G1 F 15 nameless"],
        ),
        (["MIS girl today from Chandipara"], []),
        (
            ["MIS girl today from Chandipara", "15"],
            ["near V1 F 15 nameless", "near G1 F 15 nameless"],
        ),
        (
            ["MIS girl today from Chandipara", "amader meyer boyos 15 bochor"],
            ["near V1 F 15 nameless", "near G1 F 15 nameless"],
        ),
        (["MIS girl today from Chandipara", "0"], []),
        (["MIS girl today from Chandipara", "hm", "shubho sokal"], []),
        (["MIS boy 9 today"], []),
        (["MIS boy 9 today", "Jelepara"], ["near V2 M 9 nameless", "near G1 M 9 nameless"]),
        (
            ["MIG F 19 Delhi 20/12 with relative from Kashipara", "1"],
            ["near V10 F 19 nameless", "near G5 F 19 nameless", "route V10 DL"],
        ),
        # whoever is named is looked for by the name, and among the named
        (
            ["MIG F 19 Delhi 20/12 with relative from Kashipara", "1", "Sabina"],
            ["who sbn", "near V10 F 19 named", "near G5 F 19 named", "route V10 DL"],
        ),
        (
            ["MIG F 19 from Kashipara", "Delhi"],
            ["near V10 F 19 nameless", "near G5 F 19 nameless", "route V10 DL"],
        ),
        (["MAR girl from Chandipara 14/12", "15"], [
            "near V1 F 15 nameless", "near G1 F 15 nameless", "wedding V1 15"
        ]),
    ],
)  # fmt: skip
def test_an_answer_leaves_what_it_would_have_left_in_the_report(
    world: World, texts: list[str], words: list[str]
) -> None:
    tell(world, *texts)
    assert left(world, *words)


def test_who_turns_out_to_be_no_agent_makes_no_pattern(world: World) -> None:
    near = ["near V1 F 16 named", "near G1 F 16 named", "who rina", "route V1 DL"]
    tell(world, "MIG Rina, 16, F, Delhi, 12/12, agent Salim, from Chandipara", "1")
    assert left(world, *near, "agent slm")
    # staff have it asked once more: he is her uncle
    steer.carry_out(world.parts, acts.AskReporter(1, "companion"))
    tell(world, "1")
    assert left(world, *near)
    tell(world, "MIG Kajol, 17, F, Pune, 20/12, agent Salim, from Kashipara", sender=MINA)
    tell(world, "MIG Tumpa, 15, F, Surat, 22/12, agent Salim, from Bhangapul", sender=NOOR)
    assert not any("same agent" in message.text for message in world.phones.sent)


BEFORE = "MIG Rina, 16, F, Delhi, 20/12, agent Salim, from Chandipara"
CALM = "MIG F 19 Delhi 20/12 with relative from Kashipara"


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (
            [BEFORE, "sorry wrong, age 12 not 16"],
            ["who rina", "near V1 F 12 named", "near G1 F 12 named", "agent slm", "route V1 DL"],
        ),
        (
            [BEFORE, "not Delhi, Surat"],  # no «no» to the open question, and unannounced
            ["who rina", "near V1 F 16 named", "near G1 F 16 named", "agent slm", "route V1 GJ-S"],
        ),
        (
            [BEFORE, "sorry wrong, not Delhi but Surat"],
            ["who rina", "near V1 F 16 named", "near G1 F 16 named", "agent slm", "route V1 GJ-S"],
        ),
        # the correction is a report, too
        (
            [BEFORE, "na na bhul likhechi, Rina 12 meye Delhi na, Surat jabe 20 tarikh, Chandipara"],
            ["who rina", "near V1 F 12 named", "near G1 F 12 named", "agent slm", "route V1 GJ-S"],
        ),
        (
            [CALM, "1", "sorry wrong, age 22 not 19"],
            ["near V10 F 22 nameless", "near G5 F 22 nameless", "route V10 DL"],
        ),
    ],
)  # fmt: skip
def test_a_correction_takes_back_what_was_wrong(
    world: World, texts: list[str], words: list[str]
) -> None:
    tell(world, *texts)
    assert left(world, *words)


def test_a_correction_of_who_is_asked_whether_all_is_well_is_of_their_report(world: World) -> None:
    tell(world, CALM, "1", "0")
    world.at = world.at.replace(day=23)
    world.tick()
    world.work()
    assert "well" in world.heard(RAHIM)[-1]
    tell(world, "sorry wrong, age 22 not 19")
    assert left(world, "near V10 F 22 nameless", "near G5 F 22 nameless", "route V10 DL")


def test_a_correction_stands_after_staff_have_parted_the_case(world: World) -> None:
    tell(world, BEFORE, "sorry wrong, not Delhi but Surat")
    tell(world, "MIG Rina, 16, F, Surat, 20/12, from Chandipara", sender=MINA)
    tell(world, "MIG Rina, 16, F, 20/12, from Chandipara", sender=NOOR)
    steer.carry_out(world.parts, acts.Split(1))
    with world.database.read() as connection:
        found, _ = world.parts.cases.read(connection, {1}, world.parts.zone)[1]
    assert found.story.fields.destination == "Surat"


def test_who_is_reported_later_is_found_by_what_was_put_right(world: World) -> None:
    tell(world, "MIS girl 15 today from Chandipara", "sorry wrong, age 9 not 15")
    tell(world, "MIS girl 15 from Chandipara, today", sender=MINA)
    tell(world, "MIS girl 9 from Chandipara, today", sender=NOOR)
    with world.database.read() as connection:
        of = [row.case_id for row in connection.execute(
            select(reports.c.case_id).order_by(reports.c.created_at)
        )]  # fmt: skip
    assert of == [1, 2, 1]


def test_an_answer_counts_for_the_route_that_many_take(world: World) -> None:
    tell(world, "MIG F 19 from Kashipara", "Delhi")
    tell(world, "MIG Kajol, 24, F, Delhi, 20/12, from Kashipara", sender=MINA)
    tell(world, "MIG Tumpa, 31, F, Delhi, 28/12, from Kashipara", sender=NOOR)
    assert any("3 reports in 14 days" in message.text for message in world.phones.sent)


def test_what_is_answered_stands_for_the_case_that_the_report_was_parted_into(
    world: World,
) -> None:
    tell(world, "MIS boy 9 from Jelepara today", sender=MINA)
    tell(world, "MIS boy 9 from Jelepara today", "1")
    steer.carry_out(world.parts, acts.Split(1))
    tell(world, "Bapi")
    (named,) = world.parts.reports.clue_rows(linking.named("Bapi")[:1], "", 0, 0)
    with world.database.read() as connection:
        found = connection.execute(
            select(clues.c.case_id).where(clues.c.clue_index == named["clue_index"])
        ).scalars()
        assert list(found) == [2]
