"""How many people a text tells of, whatever way it counts."""

from __future__ import annotations

import pytest

from tests.domain.test_understanding import read


@pytest.mark.parametrize(
    ("text", "people"),
    [
        # a number, a classifier, qualities, a noun with any ending
        ("চারটে ছোট মেয়েকে এক দালাল দিল্লি নিয়ে যাচ্ছে কাল", 4),
        ("ekjon lok 3te choto meye niye Mumbai jacche aj", 3),
        ("ek aadmi do chhoti bacchiyon ko Delhi le ja raha hai kal", 2),
        ("पांच बच्चों को एक आदमी मुंबई ले जा रहा है कल", 5),
        ("a man is taking 3 small girls of our village to Pune tomorrow", 3),
        # two sorts of children
        ("2 girls and 1 boy going to Delhi with a man", 3),
        ("3 girls 2 boys taken to Kerala brick kiln", 5),
        ("২ টি মেয়ে আর ১ টি ছেলে দালালের সাথে মুম্বাই যাচ্ছে", 3),
        ("do ladki aur ek ladka kaam ke liye delhi ja rahe hai, dalal ke saath", 3),
        ("wasichana wawili na mvulana mmoja wanapelekwa Nairobi na mtu", 3),
        ("amader school theke 16 ti chatri bishnupur jabe 10/12", 16),
        # behind the noun
        ("amar chele duto ke kaka Chennai niye geche, kono khobor nai", 2),
        # among us
        ("SOS they locked 5 of us in a godown at Metiabruz", 5),
        ("আমাদের ছজনকে কারখানায় আটকে রেখেছে, হায়দ্রাবাদ", 6),
        # one more than is counted
        ("baba ma mara geche, ami ar 2 bon, kono khabar nai. Gosaba", 3),
        # two who are named together
        ("Rahim and his friend left for Kerala yesterday with an agent, age 15", 2),
        ("We are going to Surat tomorrow for work, me n my wife", 2),
        # children before those who came for them
        ("do log aaye the, 5 ladkiya Bangalore le jayenge sanivar ko", 5),
    ],
)
def test_people_are_counted(text: str, people: int) -> None:
    assert read(text).fields.people == people


@pytest.mark.parametrize(
    "text",
    [
        "MIG Rina, 14 meye, Delhi, 12/12, dalal Salim",
        "ladki 16 saal ki, ek aadmi Delhi le ja raha hai kal",
        "Rina 15 went to Nepal with two ladies yesterday, phone off",
        "2 jon lok ese dekhe gelo, 14 bochorer meye ke Rajasthan niye jabe sukrobar",
    ],
)
def test_an_age_and_strangers_are_no_travellers(text: str) -> None:
    assert read(text).fields.people is None


def test_whoever_is_counted_is_no_age() -> None:
    found = read("hum 4 log kal subah Punjab ja rahe hai aalu ke kaam me, sab bade hai")
    assert (found.fields.people, found.fields.age) == (4, None)
