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
