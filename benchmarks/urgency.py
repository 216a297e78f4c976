"""``python -m benchmarks.urgency``: learns the weights of gateway/lexicon/urgency.json.

Which reports were sorted as urgent, out of the texts of tests/understanding that rules may be made
from; to be learnt after likeness and roles, whose readings count.  With ``--across`` each hand's
texts are sorted with weights learnt from the other hands, and nothing is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from benchmarks.likeness import (
    HANDS,
    SHARES,
    TIMES,
    command,
    common,
    keep,
    learn_one,
    lines_of,
    measured,
    table_of,
)
from benchmarks.understanding import RECEIVED, Reader, table
from gateway.domain.understanding import traits_of_urgency
from gateway.domain.understanding.likeness import read_likeness
from gateway.domain.understanding.urgency import URGENT

TARGET = Path(__file__).parents[1] / "gateway" / "lexicon" / "urgency.json"
#: rounds through the texts, and how much weights are held back
_ROUNDS, _SHRINK = 15, 1.0

#: traits, and whether the report is urgent
Example = tuple[tuple[str, ...], bool]


def examples(reader: Reader, names: Iterable[str]) -> list[Example]:
    """The reports of the files that are clearly urgent or clearly not."""
    known = []
    for line in lines_of(names):
        urgent = is_urgent(line)
        if urgent is None:
            continue
        found = traits_of_urgency(
            line["text"], received=RECEIVED, gazetteer=reader.gazetteer, lexicon=reader.lexicon
        )
        if found is not None:
            known.append((tuple(sorted(found)), urgent))
    return known


def is_urgent(line: dict) -> bool | None:
    """Whether a text was sorted as urgent; None where either can be defended, and for no report."""
    if not line["is_report"] or "urgency" not in line:
        return None
    also = (line.get("also_ok") or {}).get("urgency", [])
    if line["urgency"] == "urgent":
        return None if "high" in also else True
    return None if "urgent" in also else False


def learn(known: Sequence[Example]) -> dict:
    """The weights."""
    texts, urgent = common(traits for traits, _ in known), [each for _, each in known]
    return table_of({URGENT: learn_one(texts, urgent, _ROUNDS, _SHRINK, SHARES, TIMES)}, texts)


def across(reader: Reader) -> None:
    """Each hand's texts, with what was learnt from the others, and by the rules of triage alone."""
    known = {hand: examples(reader, names) for hand, names in HANDS.items()}
    by_hand: dict[str, Counter] = {}
    for hand, names in HANDS.items():
        others = [each for other in known if other != hand for each in known[other]]
        for how, data in (("rules", learn([])), ("weights", learn(others))):
            reader.lexicon.urgency = read_likeness(data)
            by_hand[f"{hand[:11]} {how}"] = measured(reader, lines_of(names))
    table(by_hand)


def main() -> None:
    options, reader = command("urgency", __doc__).parse_args(), Reader()
    if options.across:
        across(reader)
    else:
        keep(learn([each for names in HANDS.values() for each in examples(reader, names)]), TARGET)


if __name__ == "__main__":
    main()
