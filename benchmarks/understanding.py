"""``python -m benchmarks.understanding``: how well texts are understood, by language and style.

Reads files of the form of tests/understanding/*.jsonl (by default the held-out part, which no
rule was made from) and, with ``--everyday``, folders of CSV files of texts that are no reports.
No text is shown unless ``--worst`` asks for it, so that what is kept for measuring stays unread.
"""

from __future__ import annotations

import argparse
import csv
import gc
import json
import random
import statistics
import time
from collections import Counter, defaultdict
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from gateway.domain.places import Gazetteer, Place
from gateway.domain.triage import facts_of, triage
from gateway.domain.understanding import Understood, understand
from gateway.gazetteer import reference_places
from gateway.lexicon import load_lexicon, load_triage_table

RECEIVED = datetime(2026, 12, 1, 10, 0, tzinfo=ZoneInfo("Asia/Kolkata"))
FIELDS = (
    "person",
    "age",
    "sex",
    "people",
    "origin",
    "destination",
    "date",
    "purpose",
    "companion",
    "companion_name",
    "companion_phone",
)
SHIPPED = Path(__file__).parents[1] / "tests" / "understanding" / "held_out.jsonl"


class Reader:
    """Understands texts with what is shipped, and places beside if asked.

    ``by_rules``: no text is urgent only because it reads like urgent ones.
    """

    def __init__(self, more_places: int = 0, *, by_rules: bool = False) -> None:
        self.by_rules = by_rules
        chance = random.Random(7)
        made = [Place(f"X{n}", "village", _name(chance)) for n in range(more_places)]
        begun = time.perf_counter()
        self.gazetteer = Gazetteer([*reference_places(), *made])
        self.lexicon, self.table = load_lexicon(), load_triage_table()
        self.start_seconds = time.perf_counter() - begun
        begun = time.perf_counter()
        self.lexicon.warm()
        gc.freeze()  # as the program does
        self.warm_seconds = time.perf_counter() - begun
        self.milliseconds: list[float] = []

    def read(self, text: str) -> tuple[Understood, str]:
        begun = time.perf_counter()
        found = understand(text, received=RECEIVED, gazetteer=self.gazetteer, lexicon=self.lexicon)
        self.milliseconds.append((time.perf_counter() - begun) * 1000)
        if not found.is_report:
            return found, "normal"
        facts = facts_of(found)
        if self.by_rules:
            facts = replace(facts, reads_urgent=False)
        return found, triage(facts, self.table).urgency


def _name(chance: random.Random) -> str:
    """What a village may be called: four syllables."""
    return "".join(chance.choice("bdghjklmnprst") + chance.choice("aeio") for _ in range(4)).title()


def _same(one: object, other: object) -> bool:
    return str(one).casefold() == str(other).casefold()


def _place_slot(expected: dict, found: dict, also: dict) -> dict:
    """The expectation with its one place in the slot it was found in, where either is right."""
    slots = [slot for slot in ("origin", "destination") if slot in expected]
    if not also.get("place_either_slot") or len(slots) != 1:
        return expected
    other = "destination" if slots[0] == "origin" else "origin"
    if _same(found.get(other), expected[slots[0]]):
        return {**{k: v for k, v in expected.items() if k != slots[0]}, other: expected[slots[0]]}
    return expected


def score(line: dict, found: Understood, urgency: str, count: Counter) -> list[str]:
    """Count one text; what was wrong with it."""
    also = line.get("also_ok") or {}
    wrong = []
    if not line["is_report"]:
        count["others"] += 1
        if found.is_report:
            count["false"] += 1
            wrong.append(f"taken for {found.kind}")
        return wrong
    count["reports"] += 1
    urgencies = [line.get("urgency"), *also.get("urgency", [])]
    if line.get("urgency") == "urgent" and "high" not in urgencies:
        count["urgent"] += 1
        count["urgent found"] += found.is_report and urgency == "urgent"
        if urgency != "urgent":
            wrong.append(f"priority {urgency}, not urgent")
    elif line.get("urgency") and "urgent" not in urgencies:
        count["calm"] += 1
        count["urgent false"] += found.is_report and urgency == "urgent"
    if not found.is_report:
        return [*wrong, "not found"]
    count["found"] += 1
    if found.kind in [line["kind"], *also.get("kind", [])]:
        count["kind"] += 1
    else:
        wrong.append(f"kind {found.kind}, not {line['kind']}")
    if "fields" in line:
        told = found.fields.told()
        expected = _place_slot(line["fields"], told, also)
        for name in FIELDS:
            wanted, got, others = (
                expected.get(name),
                told.get(name),
                also.get("fields", {}).get(name, []),
            )
            right = (
                (wanted is None and got is None)
                or _same(got, wanted)
                or any(_same(got, o) for o in others)
            )
            if right:
                count[f"right {name}"] += got is not None
                continue
            count[f"extra {name}"] += got is not None
            count[f"lacks {name}"] += wanted is not None and None not in others
            wrong.append(f"{name} {got!r}, not {wanted!r}")
    return wrong


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "-"


def f1(c: Counter) -> float | None:
    """Precision and recall of all fields in one figure."""
    right = sum(c[f"right {field}"] for field in FIELDS)
    missed = sum(c[f"extra {field}"] + c[f"lacks {field}"] for field in FIELDS)
    return 2 * right / (2 * right + missed) if right else None


def table(by: dict[str, Counter]) -> None:
    """What is found and how well, a line for each language and style."""
    heads = ("texts", "found", "false", "kind", "F1", "urgent", "false urgent")
    print(f"{'':12}" + "".join(f"{head:>13}" for head in heads))
    for name, c in by.items():
        figure = f1(c)
        cells = (
            str(c["reports"] + c["others"]),
            _share(c["found"], c["reports"]),
            _share(c["false"], c["others"]),
            _share(c["kind"], c["found"]),
            "-" if figure is None else f"{figure:.3f}",
            _share(c["urgent found"], c["urgent"]),
            _share(c["urgent false"], c["calm"]),
        )
        print(f"{name:12}" + "".join(f"{cell:>13}" for cell in cells))


def fields_table(by: dict[str, Counter]) -> None:
    """Precision and recall of each field, a column for each language and style."""
    print(f"\n{'precision/recall':16}" + "".join(f"{name:>12}" for name in by))
    for field in FIELDS:
        cells = []
        for c in by.values():
            right, extra, lacks = c[f"right {field}"], c[f"extra {field}"], c[f"lacks {field}"]
            both = (right + extra, right + lacks)
            cells.append("/".join(f"{right / n:.0%}" if n else "-" for n in both))
        print(f"{field:16}" + "".join(f"{cell:>12}" for cell in cells))


def everyday(folder: Path, reader: Reader) -> None:
    total = taken = urgent = 0
    before = len(reader.milliseconds)
    for file in sorted(folder.glob("*.csv")):
        with file.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines):
                for name, text in row.items():
                    if name and name.startswith("text") and name != "text_en" and text:
                        found, urgency = reader.read(text)
                        total += 1
                        taken += found.is_report
                        urgent += found.is_report and urgency == "urgent"
    print(
        f"\n{total} everyday texts: {taken} taken for reports ({taken / total:.2%}), {urgent} of them for urgent ones; "
        f"one takes {statistics.median(reader.milliseconds[before:]):.2f} ms (median)"
    )


def _lines(files: list[Path]) -> list[dict]:
    return [
        json.loads(line)
        for file in files
        for line in file.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.understanding", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, default=[SHIPPED])
    parser.add_argument(
        "--everyday", type=Path, help="a folder of CSV files of texts that are no reports"
    )
    parser.add_argument(
        "--before",
        nargs="*",
        type=Path,
        default=[],
        help="files of texts to read first, uncounted, as a process has that runs for a while",
    )
    parser.add_argument(
        "--by-rules", action="store_true", help="urgency by the rules of triage alone, without L1"
    )
    parser.add_argument("--worst", type=int, default=0, help="how many mistakes to show")
    options = parser.parse_args()
    reader = Reader(by_rules=options.by_rules)
    for line in _lines(options.before):
        reader.read(line["text"])
    reader.milliseconds.clear()
    lines = _lines(options.files)
    by_language: dict[str, Counter] = defaultdict(Counter)
    by_style: dict[str, Counter] = defaultdict(Counter)
    whole: Counter = Counter()
    mistakes = []
    for line in lines:
        found, urgency = reader.read(line["text"])
        wrong = score(line, found, urgency, whole)
        score(line, found, urgency, by_language[line["lang"]])
        score(line, found, urgency, by_style[line["style"]])
        grave = any(w.startswith(("not found", "taken", "priority")) for w in wrong)
        mistakes += [(not grave, -len(wrong), line, wrong)] if wrong else []
    every = {**dict(sorted(by_language.items())), **dict(sorted(by_style.items())), "all": whole}
    table(every)
    fields_table(every)
    if options.worst:
        print(f"\nthe worst {options.worst} mistakes")
        for _, _, line, wrong in sorted(mistakes, key=lambda m: m[:2])[: options.worst]:
            print(f"  {line['id']} {line['lang']}: {line['text'][:100]!r}: {'; '.join(wrong)}")
    milliseconds = list(reader.milliseconds)
    if options.everyday:
        everyday(options.everyday, reader)
    large = Reader(50_000)
    for line in lines:
        large.read(line["text"])
    print(f"\nstart {reader.start_seconds:.2f} s, all languages laid out in {reader.warm_seconds:.2f} s more; a text takes {statistics.median(milliseconds):.2f} ms (median), {max(milliseconds):.2f} ms at the most; read again "
          f"with 50,000 more places {statistics.median(large.milliseconds):.2f} ms")  # fmt: skip


if __name__ == "__main__":
    main()
