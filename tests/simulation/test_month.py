"""After a short month everything that must hold holds; ``make month`` runs the whole one."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.simulation.invariants import ALL, Books
from tests.simulation.month import SMALL, a_month
from tests.simulation.summary import summary

SEED = int(os.environ.get("SAFETYNET_SIM_SEED", "1"))


@pytest.fixture(scope="module")
def books(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Books]:
    with a_month(tmp_path_factory.mktemp("month"), SMALL, SEED) as month:
        books = Books(month)
        print(f"\nSAFETYNET_SIM_SEED={SEED}\n{summary(books)}")
        yield books


@pytest.mark.parametrize("holds", ALL, ids=lambda holds: holds.__name__)
def test_after_a_month(holds: Callable[[Books], None], books: Books) -> None:
    holds(books)


def test_enough_has_happened(books: Books) -> None:
    """What never happens cannot go wrong: each thing that may go wrong has its share."""
    happened = {event.event for events in books.events.values() for event in events}
    assert happened >= {
        "opened", "reported", "asked", "taken", "passed", "undelivered", "unanswered", "raised",
        "answered", "check_in_asked", "check_in_silent", "assigned", "closed", "reopened",
        "merged", "split", "excluded", "released",
    }  # fmt: skip
    assert books.excluded
    assert books.month.redelivered > 5
    assert any(row.safe is False for row in books.senders)
    assert any(row.opted_out_at is not None for row in books.senders)
