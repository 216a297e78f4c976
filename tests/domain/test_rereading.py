"""What reading again adds: told once, never taken away, and never against what is known."""

from __future__ import annotations

import dataclasses

from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.cases import Story
from gateway.domain.rereading import reread
from gateway.domain.understanding.values import Fields

fields = st.builds(
    Fields,
    age=st.sampled_from([None, 14, 16, 30]),
    sex=st.sampled_from([None, "F", "M"]),
    origin=st.sampled_from([None, "Chandipara", "Basanti"]),
    person=st.sampled_from([None, "Rina", "Mina"]),
).map(lambda f: dataclasses.replace(f, origin_code=f.origin and f.origin[:2]))
stories = st.builds(
    Story,
    kind=st.sampled_from(["migration", "abuse", "trafficking", "support"]),
    fields=fields,
    facts=st.frozensets(st.sampled_from(["confined", "sold", "money_taken"])),
)


@given(stories, stories, stories, st.booleans(), st.booleans())
def test_reading_again_is_done_once_and_takes_nothing_away(
    told: Story,
    again: Story,
    others: Story,
    alone: bool,
    answered: bool,
) -> None:
    case = told if alone else told.with_also(others)
    found = reread(told, again, case, alone=alone, answered=answered)
    if found is None:
        return
    after = found.told.with_also(case) if alone else case.with_also(found.told)
    assert case.facts <= after.facts
    for each in dataclasses.fields(Fields):
        before, now = getattr(case.fields, each.name), getattr(after.fields, each.name)
        assert now is not None or before is None
        assert before is None or before == now or (alone and not answered)
    assert all(change.before != change.after for change in found.changes)
    as_told = found.told.with_also(told)
    assert reread(as_told, again, after, alone=alone, answered=answered) is None


def test_a_place_is_put_right_with_its_code() -> None:
    told = Story("migration", Fields(origin="Basanti", origin_code="BA"))
    again = Story("migration", Fields(origin="Chandipara", origin_code="V1"))
    found = reread(told, again, told, alone=True, answered=False)
    assert found is not None
    assert (found.told.fields.origin, found.told.fields.origin_code) == ("Chandipara", "V1")
    assert [each.what for each in found.changes] == ["origin"]


def test_what_was_put_right_since_stands() -> None:
    told = Story("migration", Fields(age=26))
    again = Story("migration", Fields(age=16))
    corrected = Story("migration", Fields(age=12))
    assert reread(told, again, corrected, alone=True, answered=False) is None
    assert reread(told, again, told, alone=True, answered=True) is None
    assert reread(told, again, told, alone=False, answered=False) is None
    assert reread(told, again, told, alone=True, answered=False) is not None


def test_the_graver_kind_is_a_change_and_the_lighter_is_none() -> None:
    told, graver = Story("migration", Fields()), Story("trafficking", Fields())
    found = reread(told, graver, told, alone=True, answered=False)
    assert found is not None
    assert [(each.what, each.after) for each in found.changes] == [("kind", "trafficking")]
    assert reread(graver, told, graver, alone=True, answered=False) is None
