"""What follows when more is known of a case, and what is nothing new."""

import pytest

from gateway.domain.growth import staff_know_nobody_acts


@pytest.mark.parametrize(
    ("events", "known"),
    [
        ("", False),
        ("opened asked passed", False),
        ("opened asked unanswered", True),
        ("opened asked unanswered passed passed", True),
        ("opened asked unanswered passed noted undelivered verified", True),
        # a deputy who is asked then, and passes, tells nothing of the case
        ("opened asked unanswered passed asked passed", True),
        ("opened asked unanswered reported passed", False),
        ("opened asked unanswered answered passed", False),
        ("opened asked unanswered told_more passed", False),
        ("opened asked unanswered taken passed released", False),
        ("opened asked unanswered reported passed unanswered passed", True),
    ],
)
def test_staff_know_that_nobody_acts_until_something_new_happens(events: str, known: bool) -> None:
    assert staff_know_nobody_acts(events.split()) == known
