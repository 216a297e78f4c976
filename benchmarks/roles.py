"""``python -m benchmarks.roles``: learns the weights of gateway/lexicon/roles.json.

Whose name a word is, and which place is left and which gone to, out of the texts of
tests/understanding that rules may be made from.  With ``--across`` each hand's texts are read with
weights learnt from the other hands, and nothing is kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.likeness import (
    HANDS,
    command,
    common,
    keep,
    learn_one,
    lines_of,
    measured,
    table_of,
)
from benchmarks.understanding import RECEIVED, Reader, table
from gateway.domain.understanding import filled
from gateway.domain.understanding.likeness import Likeness, read_likeness
from gateway.domain.understanding.marks import Text
from gateway.domain.understanding.roles import CHOICES, ROLES, Candidate, about_all, candidates
from gateway.domain.understanding.shapes import sound

TARGET = Path(__file__).parents[1] / "gateway" / "lexicon" / "roles.json"
#: whose texts the rules were made from: what the rules read in them proves little
_RULING = ("author", "other", "third", "fifth")
#: whose texts teach nothing of roles: they are short, or no reports
_NO_ROLES = ("twentyeighth", "twentyninth", "thirtieth", "everyday")
RULED = tuple(name for hand in _RULING for name in HANDS[hand] if name != "for_training.jsonl")
#: what the weights alone learn from, or what the rules know little of
OTHERS = tuple(name for hand in HANDS if hand not in _RULING + _NO_ROLES for name in HANDS[hand])
#: rounds through the texts, and how much weights are held back
_ROUNDS, _FOR_ROLE, _FOR_CHOICE = 12, 1.0, 0.5
_WHATS = tuple(each for several in CHOICES.values() for each in several)

#: traits, and what is right of them
Example = tuple[tuple[str, ...], frozenset[str]]


def _words(told: object) -> set[str]:
    return {sound(word) or word for word in str(told).casefold().replace("-", " ").split()}


def right_role(each: Candidate, text: Text, line: dict) -> str:
    """What the words are, by the sorted reading; "" for nothing that is asked for."""
    fields = line["fields"]
    also = (line.get("also_ok") or {}).get("fields", {})
    words = _words(text.written(each.start, each.end))
    either = (line.get("also_ok") or {}).get("place_either_slot")
    for role in ROLES:
        for told in (fields.get(role), *also.get(role, ())):
            if told is None:
                continue
            if role in {"person", "companion_name"}:
                same = each.place is None or each.ruled == role
                if same and len(words & _words(told)) * 2 > len(words | _words(told)) - 1:
                    return role
            elif each.place is not None:
                if each.place.name.casefold() == str(told).casefold():
                    if either and each.ruled in {"origin", "destination"}:
                        return each.ruled
                    return role
            elif words == _words(told):
                if either and each.ruled in {"origin", "destination"}:
                    return each.ruled
                return role
    return ""


def examples(
    reader: Reader, names: Sequence[str], *, ruled: bool
) -> tuple[list[Example], list[Example]]:
    """Of every candidate, and of every text: the traits and what is right.

    ``ruled``: whether what the rules read counts among the traits.
    """
    use(reader, None)
    roles: list[Example] = []
    choices: list[Example] = []

    def kept(traits: Sequence[str]) -> tuple[str, ...]:
        return tuple(trait for trait in traits if ruled or not trait.startswith("ruled"))

    for line in lines_of(names):
        told = filled(
            line["text"], received=RECEIVED, gazetteer=reader.gazetteer, lexicon=reader.lexicon
        )
        if not line["is_report"] or "fields" not in line or told is None:
            continue
        text, kind = told
        also = (line.get("also_ok") or {}).get("fields", {})
        right = {
            text.fields.get(field) if text.fields.get(field) in also.get(field, ())
            else line["fields"].get(field)
            for field in CHOICES
        }  # fmt: skip
        choices.append((kept(about_all(text, kind)), frozenset(map(str, right))))
        roles += [
            (kept(each.traits), frozenset({right_role(each, text, line)}))
            for each in candidates(text, kind, reader.lexicon.names)
        ]
    return roles, choices


def learn(known: Sequence[tuple[list[Example], list[Example]]]) -> dict:
    """The weights of roles and of choices."""
    roles = [each for both in known for each in both[0]]
    choices = [each for both in known for each in both[1]]
    learnt: dict[str, tuple[dict[str, float], float]] = {}
    all_texts: list[tuple[str, ...]] = []
    for known_of, whats, shrink in ((roles, ROLES, _FOR_ROLE), (choices, _WHATS, _FOR_CHOICE)):
        texts = common(traits for traits, _ in known_of)
        all_texts += texts
        for what in whats:
            right = [what in each for _, each in known_of]
            learnt[what] = learn_one(texts, right, _ROUNDS, shrink)
    return table_of(learnt, all_texts)


def use(reader: Reader, weights: Likeness | None) -> None:
    """Let the reader settle roles with these weights; None: by the rules alone."""
    reader.lexicon.roles = weights


def across(reader: Reader) -> None:
    """Each hand's texts, read by the rules alone, and with what was learnt from the others."""
    ruled = examples(reader, RULED, ruled=False)
    known = {name: examples(reader, [name], ruled=True) for name in OTHERS}
    counts: dict[str, Counter] = {}
    for name in OTHERS:
        others = [ruled, *(known[other] for other in OTHERS if other != name)]
        for how, weights in (("rules", None), ("weights", read_likeness(learn(others)))):
            use(reader, weights)
            counts[f"{Path(name).stem[-12:]} {how}"] = measured(reader, lines_of([name]))
    table(counts)


def main() -> None:
    options, reader = command("roles", __doc__).parse_args(), Reader()
    if options.across:
        across(reader)
        return
    known = [examples(reader, RULED, ruled=False), examples(reader, OTHERS, ruled=True)]
    keep(learn(known), TARGET)


if __name__ == "__main__":
    main()
