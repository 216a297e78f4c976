"""``python -m benchmarks.likeness``: learns the weights of gateway/lexicon/likeness.json.

Learns from the texts of tests/understanding that rules may be made from, never from those kept for
measuring.  With ``--across`` it learns nothing for keeps: each hand's texts are understood with
weights learnt from all the others, which is the best guess at what happens with texts by a new hand.
``--why TEXT`` shows what speaks for and against a text being a report.
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.understanding import RECEIVED, Reader, score, table
from gateway.domain.understanding import traits_of
from gateway.domain.understanding.likeness import HUNDREDTHS, KINDS, REPORT, Likeness, read_likeness

TEXTS = Path(__file__).parents[1] / "tests" / "understanding"
TARGET = Path(__file__).parents[1] / "gateway" / "lexicon" / "likeness.json"
#: whose texts are learnt from, beside the author's and everyday talk
_WRITERS = (
    "other", "third", "fifth", "seventh", "eighth", "tenth", "eleventh", "twelfth", "thirteenth", "fifteenth",
    "sixteenth", "seventeenth", "eighteenth", "nineteenth", "twentyfirst", "twentysecond", "twentythird",
    "twentyfifth", "twentyeighth", "twentyninth", "thirtieth", "thirtysecond", "thirtythird", "thirtyfourth",
    "thirtyfifth", "thirtyseventh", "thirtyeighth", "thirtyninth", "fortieth", "fortyfirst", "fortysecond",
    "fortyfourth", "fortyfifth", "fortysixth", "fortyseventh", "fortyeighth", "fortyninth", "fiftieth",
    "fiftyfirst", "fiftysecond", "fiftythird", "fiftyfifth", "fiftysixth", "fiftyseventh", "fiftyeighth",
    "fiftyninth", "sixtieth", "sixtythird", "sixtyfourth", "sixtyfifth", "sixtysixth", "sixtyseventh", "sixtyninth",
    "seventieth", "seventythird", "seventyfifth", "seventysixth", "seventyseventh", "seventyeighth",
)  # fmt: skip
#: the texts by who wrote them
HANDS = {
    "author": ("dev.jsonl", "for_training.jsonl"),
    **{each: (f"dev_{each}_hand.jsonl",) for each in _WRITERS},
    "chatter": ("dev_chatter.jsonl", "dev_more_chatter.jsonl", "dev_written.jsonl"),
    "everyday": (
        "dev_everyday.jsonl", "dev_more_everyday.jsonl", "dev_encyclopaedia.jsonl", "dev_sentences.jsonl",
        "dev_chats.jsonl", "dev_harmless.jsonl",
    ),
}  # fmt: skip
_STEP, _SEED = 0.3, 1
#: rounds through the texts, and how much weights are held back: for «a report», and for each kind
_FOR_REPORT, _FOR_KIND = (20, 0.1), (15, 1.0)
#: so many times is learnt what is learnt from parts of texts, for the mean
TIMES = 9
#: how much of a text is seen at a time
SHARES = (1.0, 0.5, 0.3, 0.2)
#: a trait counts if so many texts have it, and a weight if it is so many hundredths
_LEAST_SEEN, _LEAST_WEIGHT = 2, 2
#: of a trait that may speak for several things, the heaviest weight must be so many hundredths
_LEAST_HEAVIEST = 20

Example = tuple[tuple[str, ...], dict]


def lines_of(names: Iterable[str]) -> list[dict]:
    """Every text of the files, with what it was sorted as."""
    return [
        json.loads(line)
        for name in names
        for line in (TEXTS / name).read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def examples(reader: Reader, names: Iterable[str]) -> list[Example]:
    """The traits of every text of the files, with what it was sorted as."""
    return [
        (
            tuple(
                sorted(
                    traits_of(
                        line["text"],
                        received=RECEIVED,
                        gazetteer=reader.gazetteer,
                        lexicon=reader.lexicon,
                    )
                )
            ),
            line,
        )
        for line in lines_of(names)
    ]


def common(texts: Iterable[Sequence[str]]) -> list[tuple[str, ...]]:
    """The traits of each text that enough of the texts have."""
    texts = list(texts)
    seen = Counter(trait for traits in texts for trait in set(traits))
    return [tuple(t for t in traits if seen[t] >= _LEAST_SEEN) for traits in texts]


def learn_one(
    texts: Sequence[tuple[str, ...]],
    right: Sequence[bool],
    rounds: int,
    shrink: float,
    shares: Sequence[float] = (1.0,),
    times: int = 1,
) -> tuple[dict[str, float], float]:
    """Weights by logistic regression, held back as if by ``shrink`` / 2 times their squares.

    Step by step, each trait with its own pace (AdaGrad).  Each time only one of the ``shares`` of
    a text's traits is seen: who has learnt to do without the others reads short texts as well.
    What was learnt so many ``times``, in another order each, is averaged.
    """
    traits = list(dict.fromkeys(trait for text in texts for trait in text))
    number = {trait: at for at, trait in enumerate(traits)}
    numbered = [[number[trait] for trait in text] for text in texts]
    learnt = [_once(numbered, right, rounds, shrink, shares, _SEED + at) for at in range(times)]
    weights = [sum(each) / times for each in zip(*(each for each, _ in learnt), strict=True)]
    return dict(zip(traits, weights, strict=True)), sum(always for _, always in learnt) / times


def _once(
    texts: Sequence[Sequence[int]],
    right: Sequence[bool],
    rounds: int,
    shrink: float,
    shares: Sequence[float],
    seed: int,
) -> tuple[list[float], float]:
    count = Counter(trait for text in texts for trait in text)
    held = [shrink / count[trait] for trait in range(len(count))]
    weights, moved = [0.0] * len(count), [1.0] * len(count)
    always, always_moved = 0.0, 1.0
    order, chance = list(range(len(texts))), random.Random(seed)
    for _ in range(rounds):
        chance.shuffle(order)
        for at in order:
            share = chance.choice(shares)
            seen = [each for each in texts[at] if share == 1 or chance.random() < share]
            told = always + sum(weights[trait] for trait in seen)
            off = 1 / (1 + math.exp(-max(-30.0, min(30.0, told)))) - right[at]
            always_moved += off * off
            always -= _STEP * off / math.sqrt(always_moved)
            for trait in seen:
                slope = off + held[trait] * weights[trait]
                moved[trait] += slope * slope
                weights[trait] -= _STEP * slope / math.sqrt(moved[trait])
    return weights, always


def learn(known: Sequence[Example]) -> dict:
    """The weights for «a report» from all texts, and for each kind from the reports."""
    texts = common(traits for traits, _ in known)
    lines = [line for _, line in known]
    reports = [at for at, line in enumerate(lines) if line["is_report"] and line["kind"] in KINDS]
    is_report = [line["is_report"] for line in lines]
    learnt = {REPORT: learn_one(texts, is_report, *_FOR_REPORT, SHARES, TIMES)}
    for kind in KINDS:
        learnt[kind] = learn_one(
            [texts[at] for at in reports], [lines[at]["kind"] == kind for at in reports], *_FOR_KIND
        )
    return table_of(learnt, texts)


def table_of(
    learnt: Mapping[str, tuple[Mapping[str, float], float]], texts: Iterable[Sequence[str]]
) -> dict:
    """What was learnt from texts, of each thing that weights speak for, as the file has it.

    The commonest traits come first: what is often needed lies close together in memory, then.
    """
    rows, least = {}, _LEAST_WEIGHT if len(learnt) == 1 else _LEAST_HEAVIEST
    seen = Counter(trait for traits in texts for trait in traits)
    for trait in sorted(seen, key=lambda each: (-seen[each], each)):
        row = [round(weights.get(trait, 0.0) * HUNDREDTHS) for weights, _ in learnt.values()]
        if max(map(abs, row)) > least:
            rows[trait] = " ".join(str(each if abs(each) > _LEAST_WEIGHT else 0) for each in row)
    return {
        "always": {what: round(always * HUNDREDTHS) for what, (_, always) in learnt.items()},
        "traits": rows,
    }


def written(data: dict) -> str:
    """The file, a trait a line."""
    rows = ",\n".join(
        f'  {json.dumps(trait, ensure_ascii=False)}: "{row}"'
        for trait, row in data["traits"].items()
    )
    return f'{{\n "always": {json.dumps(data["always"])},\n "traits": {{\n{rows}\n }}\n}}\n'


def keep(data: dict, target: Path) -> None:
    """Write what was learnt where the lexicon reads it."""
    target.write_text(written(data), encoding="utf-8")
    print(f"{len(data['traits'])} traits: {target}")


def measured(reader: Reader, lines: Iterable[dict]) -> Counter:
    """What the reader makes of texts, counted."""
    count: Counter = Counter()
    for line in lines:
        score(line, *reader.read(line["text"]), count)
    return count


def command(name: str, doc: str | None) -> argparse.ArgumentParser:
    """The options that all learners have."""
    parser = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}", description=doc)
    parser.add_argument("--across", action="store_true", help="measure each hand by the others")
    return parser


def use(reader: Reader, likeness: Likeness) -> None:
    """Let the reader understand with these weights."""
    reader.lexicon.kinds = replace(reader.lexicon.kinds, likeness=likeness)


def across(reader: Reader) -> None:
    """Each hand's texts, understood with what was learnt from the others."""
    known = {hand: examples(reader, names) for hand, names in HANDS.items()}
    by_hand: dict[str, Counter] = {}
    for hand, kept in known.items():
        others = [each for other in known if other != hand for each in known[other]]
        use(reader, read_likeness(learn(others)))
        by_hand[hand] = measured(reader, (line for _, line in kept))
    table(by_hand)


def main() -> None:
    parser = command("likeness", __doc__)
    parser.add_argument("--why", help="show what speaks for and against a text")
    options = parser.parse_args()
    reader = Reader()

    if options.across:
        across(reader)
        return
    if options.why:
        found = traits_of(
            options.why, received=RECEIVED, gazetteer=reader.gazetteer, lexicon=reader.lexicon
        )
        likeness = reader.lexicon.kinds.likeness
        print(f"{likeness.of(REPORT, found):+.2f} in all")
        for trait, weight in likeness.reasons(REPORT, found, 20):
            print(f"{weight:+.2f} {trait}")
        return
    keep(learn([each for names in HANDS.values() for each in examples(reader, names)]), TARGET)


if __name__ == "__main__":
    main()
