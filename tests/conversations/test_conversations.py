"""Runs the conversations of this folder, which a case worker can read and correct.

    asha = +917000000101        a name for a phone
    asha > ACK                  asha texts
    asha < {a} is yours…        the next text that reaches asha; {a} stands for the same word
                                throughout; … for anything
    asha < -                    nothing (more) has reached asha
    +15 minutes                 time passes (minutes, hours), and the clock looks
    asha off                    asha's phone cannot be reached from now on
    joba joins V1               joba is one more committee member of the place V1, in English
    two channels                there is a second channel, and the first one sends receipts
    asha mute                   the first channel takes texts to asha; they never arrive, nor a receipt
    rahim dials                 rahim dials *384#
    rahim types 12 2            and types this on the screen that stands
    rahim | Which village…      the screen that stands then, its lines parted by /
    rahim hangs up              before the end
At its end nothing may have reached anybody that the script does not tell of.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.contacts import Contact
from gateway.domain.messages import (
    Accepted,
    Dial,
    HungUp,
    Outbound,
    Outcome,
    Receipt,
    ReceiptState,
    Refused,
)
from gateway.steps.ussd import Ussd
from tests.world import Phones, World

SCRIPTS = sorted(Path(__file__).parent.glob("*.txt"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_conversation(script: Path, world: World) -> None:
    run(script.read_text(encoding="utf-8"), world)


def run(script: str, world: World) -> None:
    phones: dict[str, str] = {}
    off: set[str] = set()
    mute: set[str] = set()
    second: list[Phones] = []
    words: dict[str, str] = {}
    ussd = Ussd(world.parts)
    sessions: dict[str, Session] = {}

    def answer(message: Outbound) -> Outcome:
        if message.to in off:
            return Refused("off", "the phone is switched off")
        if second and message.to not in mute:
            delivered = Receipt("simulator", f"p-{message.id}", ReceiptState.DELIVERED)
            world.receive.receipt(delivered)
        return Accepted(f"p-{message.id}")

    def work() -> None:
        world.work()
        for each in second:
            arrived = [m for m in world.phones.sent if m.to not in mute] + each.sent
            world.phones.sent, each.sent = arrived, []

    world.phones.answer = answer
    for number, line in enumerate(script.splitlines(), 1):
        step, where = line.strip(), f"line {number}: {line}"
        if not step or step.startswith("#"):
            continue
        if match := re.fullmatch(r"(\w+) = (\+\d+)", step):
            phones[match[1]] = match[2]
        elif match := re.fullmatch(r"(\w+) > (.*)", step):
            world.text(phones[match[1]], _filled(match[2], words))
            work()
        elif match := re.fullmatch(r"(\w+) < -", step):
            assert world.heard(phones[match[1]]) == [], where
        elif match := re.fullmatch(r"(\w+) < (.*)", step):
            _hear(world, phones[match[1]], match[2], words, where)
        elif match := re.fullmatch(r"(\w+) (dials|types|hangs up) ?(.*)", step):
            if match[2] == "dials":
                sessions[match[1]] = Session(ussd, phones[match[1]], f"s{number}")
            sessions[match[1]].does(match[2], _filled(match[3], words))
            work()
        elif match := re.fullmatch(r"(\w+) \| (.*)", step):
            _match(sessions[match[1]].screen, match[2], words, where)
        elif match := re.fullmatch(r"\+(\d+) (minutes|hours)", step):
            world.at += timedelta(**{match[2]: int(match[1])})
            world.tick()
            work()
        elif match := re.fullmatch(r"(\w+) (off|on|mute)", step):
            {"off": off.add, "on": off.discard, "mute": mute.add}[match[2]](phones[match[1]])
        elif match := re.fullmatch(r"(\w+) joins (\w+)", step):
            world.people.put_contacts(
                [Contact(match[1].title(), phones[match[1]], "member", match[2], alias=match[1])]
            )
        elif step == "two channels":
            second.append(world.second_channel())
        else:
            pytest.fail(f"not understood: {where}")
    left = [(m.to, m.text) for m in world.phones.sent if m.to not in off]
    assert left == [], "the script does not tell of these"


def _hear(world: World, phone: str, expected: str, words: dict[str, str], where: str) -> None:
    heard = world.heard(phone)
    assert heard, f"nothing was heard, {where}"
    _match(heard[0], expected, words, where)
    first = next(m for m in world.phones.sent if m.to == phone)
    world.phones.sent.remove(first)


def _match(heard: str, expected: str, words: dict[str, str], where: str) -> None:
    pattern = re.escape(expected).replace("…", ".*")
    groups: set[str] = set()

    def named(match: re.Match[str]) -> str:
        name = match[1]
        if name in words:
            return re.escape(words[name])
        if name in groups:
            return f"(?P={name})"
        groups.add(name)
        return rf"(?P<{name}>\w+)"

    pattern = re.sub(r"\\{(\w+)\\}", named, pattern)
    found = re.fullmatch(pattern, heard, re.DOTALL)
    assert found, f"heard {heard!r}, {where}"
    words.update(found.groupdict())


class Session:
    """A USSD session as the network leads it."""

    def __init__(self, ussd: Ussd, phone: str, name: str) -> None:
        self._ussd, self._phone, self._name = ussd, phone, name
        self._typed: list[str] = []
        self.screen = ""

    def does(self, what: str, typed: str) -> None:
        """Dial, type, or hang up."""
        if what == "hangs up":
            self._ussd.hung_up(HungUp("simulator", self._name, self._phone))
            return
        self._typed += [typed] if what == "types" else []
        dial = Dial("simulator", self._name, self._phone, "*".join(self._typed))
        self.screen = self._ussd.answer(dial)[4:].replace("\n", " / ")


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda match: words[match[1]], text).replace("\\n", "\n")


def test_a_script_that_says_less_than_happened_fails(world: World) -> None:
    with pytest.raises(AssertionError, match="does not tell"):
        run("rahim = +917000000301\nrahim > hello there", world)


def test_a_script_that_says_something_else_than_happened_fails(world: World) -> None:
    with pytest.raises(AssertionError, match="line 3"):
        run("rahim = +917000000301\nrahim > hello there\nrahim < Good morning", world)
