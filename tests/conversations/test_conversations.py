"""Runs the conversations of this folder, which a case worker can read and correct.

    asha = +917000000101        a name for a phone
    asha > ACK                  asha texts
    asha < {a} is yours…        the next text that reaches asha; {a} stands for the same word
                                throughout; … for anything
    asha < -                    nothing (more) has reached asha
    +15 minutes                 time passes (minutes, hours), and the clock looks
    asha off                    asha's phone cannot be reached from now on
    two channels                there is a second channel, and the first one sends receipts
    asha mute                   the first channel takes texts to asha; they never arrive, nor a receipt
At its end nothing may have reached anybody that the script does not tell of.
"""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.messages import (
    Accepted,
    Outbound,
    Outcome,
    Receipt,
    ReceiptState,
    Refused,
)
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
        elif match := re.fullmatch(r"\+(\d+) (minutes|hours)", step):
            world.at += timedelta(**{match[2]: int(match[1])})
            world.tick()
            work()
        elif match := re.fullmatch(r"(\w+) (off|on)", step):
            (off.add if match[2] == "off" else off.discard)(phones[match[1]])
        elif step == "two channels":
            second.append(world.second_channel())
        elif match := re.fullmatch(r"(\w+) mute", step):
            mute.add(phones[match[1]])
        else:
            pytest.fail(f"not understood: {where}")
    left = [(m.to, m.text) for m in world.phones.sent if m.to not in off]
    assert left == [], "the script does not tell of these"


def _hear(world: World, phone: str, expected: str, words: dict[str, str], where: str) -> None:
    heard = world.heard(phone)
    assert heard, f"nothing was heard, {where}"
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
    found = re.fullmatch(pattern, heard[0], re.DOTALL)
    assert found, f"heard {heard[0]!r}, {where}"
    words.update(found.groupdict())
    first = next(m for m in world.phones.sent if m.to == phone)
    world.phones.sent.remove(first)


def _filled(text: str, words: dict[str, str]) -> str:
    return re.sub(r"{(\w+)}", lambda match: words[match[1]], text).replace("\\n", "\n")


def test_a_script_that_says_less_than_happened_fails(world: World) -> None:
    with pytest.raises(AssertionError, match="does not tell"):
        run("rahim = +917000000301\nrahim > hello there", world)


def test_a_script_that_says_something_else_than_happened_fails(world: World) -> None:
    with pytest.raises(AssertionError, match="line 3"):
        run("rahim = +917000000301\nrahim > hello there\nrahim < Good morning", world)
