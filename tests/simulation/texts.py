"""What people of this district write: reports in several languages, and answers good and bad."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random

_GIRLS = (
    "Rina", "Sima", "Tumpa", "Moushumi", "Sabina", "Kajol", "Anjali", "Purnima", "Lakshmi",
    "Fatima", "Rekha", "Sunita", "Nasima", "Mamoni", "Jyotsna", "Amina", "Bulbuli", "Champa",
)  # fmt: skip
_BOYS = (
    "Raju", "Rahul", "Akbar", "Bapan", "Sanjay", "Imran", "Dilip", "Haran", "Kartik", "Manik",
    "Nitai", "Omar", "Paresh", "Samir", "Tapan", "Uttam",
)  # fmt: skip
_SURNAMES = ("Mondal", "Sardar", "Halder", "Naskar", "Molla", "Gazi", "Bibi", "Das", "Sheikh")
_FAR = ("Delhi", "Mumbai", "Kerala", "Chennai", "Pune", "Surat", "Hyderabad", "Bengaluru")
_PURPOSES = ("job", "domestic work", "marriage", "study", "factory work")
#: who is spoken of in many villages; everybody else's name comes from chance
_KNOWN_AGENTS = ("Salim", "Bablu", "Kader")
_NOT_UNDERSTOOD = ("???", "ki bolchen", "hello", "accha", "कौन बोल रहा है", "bujhlam na", "ok thik")
_ASK_VALUES: dict[str, tuple[str, ...]] = {
    "danger": ("1", "2", "2", "na", "yes", "no", "0"),
    "safe": ("1", "1", "1", "yes", "ha", "2", "0"),
    "age": ("14", "16", "17 bochor", "22", "१५", "0"),
    "date": ("kal", "tomorrow", "12 tarikh", "porshu", "0"),
    "destination": ("Delhi", "Mumbai", "Kerala", "0"),
    "companion": ("1", "2", "3", "dalal", "alone", "0"),
    "person": ("Rina Mondal", "Tumpa", "Kartik Das", "0", "0"),
    "check_in": ("1", "1", "1", "1", "all is well", "2", "3", "4"),
    "place": ("1", "2"),
}


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to somebody, which one or more people report."""

    kind: str
    girl: bool
    name: str
    age: int
    village: str
    far: str
    leaves: date
    purpose: str
    companion: str
    agent: str
    agent_phone: str = ""


_KINDS = (
    ("MIG", 50), ("TRF", 7), ("MIS", 7), ("MAR", 9), ("LAB", 9), ("ABU", 6), ("RET", 5), ("ORP", 7),
)  # fmt: skip


def event(chance: Random, villages: list[str], today: date) -> Event:
    """Something happens."""
    kind = chance.choices([k for k, _ in _KINDS], [w for _, w in _KINDS])[0]
    girl = chance.random() < 0.6
    adult = kind == "MIG" and chance.random() < 0.6
    past = kind in {"MIS", "RET", "ABU"}
    days = -chance.randint(0, 3) if past else chance.choice((0, 1, 1, 2, 3, 5, 9, 14))
    agent = "".join(chance.choice(x) for x in ("BDGJKLMNPRST", "aeiou", "bdglmnr", "aiu", "klnr"))
    if chance.random() < 0.03:
        agent = chance.choice(_KNOWN_AGENTS)
    return Event(
        kind=kind,
        girl=girl,
        name=f"{chance.choice(_GIRLS if girl else _BOYS)} {chance.choice(_SURNAMES)}",
        age=chance.randint(18, 45) if adult else chance.randint(9, 17),
        village=chance.choice(villages),
        far=chance.choice(_FAR),
        leaves=today + timedelta(days=days),
        purpose=chance.choice(_PURPOSES),
        companion=chance.choices(("agent", "relative", "friend", "alone", ""), (4, 3, 1, 1, 2))[0],
        agent=agent,
    )


def report(chance: Random, what: Event) -> str:
    """A text that tells of it, as one of many people would write it."""
    what = _misremembered(chance, what)
    free = _FREE.get(what.kind)
    # a number that is named has its place in the structured form only
    if free is None or what.agent_phone or chance.random() < 0.55:
        return _structured(chance, what)
    return chance.choice(free)(what)


def _misremembered(chance: Random, what: Event) -> Event:
    if chance.random() < 0.15:
        what = replace(what, age=what.age + chance.choice((-1, 1)))
    if chance.random() < 0.12:
        what = replace(what, village="")
    return what


def _structured(chance: Random, what: Event) -> str:
    parts = [what.name if chance.random() < 0.85 else "", str(what.age), "F" if what.girl else "M"]
    travels = what.kind in {"MIG", "TRF"}
    if travels and chance.random() < 0.85:
        parts.append(what.far)
    if chance.random() < 0.8:
        parts.append(f"{what.leaves.day}/{what.leaves.month}")
    if travels and chance.random() < 0.6:
        parts.append(what.purpose)
    if what.agent_phone:
        parts.append(f"agent {what.agent} {what.agent_phone}")
    elif travels and what.companion:
        parts.append(f"agent {what.agent}" if what.companion == "agent" else what.companion)
    if what.kind == "ABU" and chance.random() < 0.3:
        parts.append("danger now")
    if what.village:
        parts.append(f"from {what.village}" if chance.random() < 0.7 else what.village)
    separator = chance.choice((", ", ", ", "; ", " # ", "\n"))
    keyword = what.kind if chance.random() < 0.8 else what.kind.lower()
    return f"{keyword} {separator.join(part for part in parts if part)}"


def _child(what: Event, girl: str, boy: str) -> str:
    return girl if what.girl else boy


Writer = Callable[[Event], str]
_FREE: dict[str, tuple[Writer, ...]] = {
    "MIG": (
        lambda w: f"{_child(w, 'amar meye', 'amar chele')} {w.name} {w.far} jabe {w.leaves.day} tarikh, boyos {w.age}, gram {w.village}",
        lambda w: f"{w.name}, {w.age} years, is going to {w.far} for {w.purpose} on {w.leaves.day}/{w.leaves.month} with a {w.companion or 'friend'}, from {w.village}",
        lambda w: f"আমাদের গ্রামের {_child(w, 'মেয়ে', 'ছেলে')}, বয়স {w.age}, {w.leaves.day} তারিখ দিল্লি যাবে কাজ করতে, {w.village}",
        lambda w: f"mera {_child(w, 'beti', 'beta')} {w.name} umar {w.age} {w.far} ja raha hai kaam ke liye, gaon {w.village}",
    ),
    "TRF": (
        lambda w: f"amar meyeke kal ek dalal {w.far} niye jacche, boyos {w.age}, {w.village}",
        lambda w: f"an agent {w.agent} is taking a girl of {w.age} to {w.far} tonight from {w.village}, money was given",
    ),
    "MIS": (
        lambda w: f"{_child(w, 'amar meye', 'amar chele')} {w.name} 2 din dhore bari ase ni, boyos {w.age}, {w.village}",
        lambda w: f"{w.name} aged {w.age} has been missing since yesterday from {w.village}",
        lambda w: f"मेरी बेटी {w.age} साल की कल से लापता है, {w.village}",
    ),
    "MAR": (
        lambda w: f"{w.village} te {w.age} bochorer meyer biye thik koreche, {w.leaves.day} tarikh",
        lambda w: f"a girl of {w.age} is being married on {w.leaves.day}/{w.leaves.month} in {w.village}",
    ),
    "LAB": (
        lambda w: f"{w.village} te it bhatay {w.age} bochorer {_child(w, 'meye', 'chele')} kaj korche",
        lambda w: f"a child of {w.age} works all day in a tea shop, {w.village}",
    ),
    "ORP": (
        lambda w: f"baba mara geche, tinte baccha, khabar nei, sahajyo chai. {w.village}",
    ),
}  # fmt: skip


def answer(chance: Random, what: str) -> str:
    """An answer to a question that answers it."""
    return chance.choice(_ASK_VALUES.get(what, ("1",)))


def nonsense(chance: Random) -> str:
    """A text that answers nothing."""
    return chance.choice(_NOT_UNDERSTOOD)
