"""Walks every path of the menu: to print it as a tree, and to find what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.templates import MOST_ON_SCREEN, TemplateFault
from gateway.domain.ussd import machine
from gateway.domain.ussd.machine import Caller, CaseLine, Command, Continue, Finish, LookUp, State
from gateway.domain.ussd.menu import BACK, LANGUAGES, MOST_SCREENS, NEXT, START, Menu

if TYPE_CHECKING:
    from gateway.domain.templates import Catalogue
    from gateway.domain.ussd.machine import Answers, Effect, Shown

#: longer than any path without a loop
_DEEP = 12
#: a name that several places bear, for the walk
_NAMESAKE = "several"
_LONGEST_NUMBER = "1234567"
#: a reply of an SMS for a member, as long as two
_LONGEST_REPLY = " ".join(["1234567 word"] * 26)
_ANSWERS = (
    machine.RECEIVED,
    machine.READ,
    machine.LATER,
    "standing.received",
    "standing.looked_at",
    "standing.closed",
)


@dataclass(frozen=True, slots=True)
class Walked:
    """What a walk has seen: how many paths to an end, screens shown, and every fault found."""

    paths: int
    screens: int
    faults: tuple[str, ...]


class _Understands:
    """Ears that take everything: what is said is not the walk's matter."""

    def read(
        self,
        what: str,
        kind: str,  # noqa: ARG002 the contract
        text: str,
        *,
        again: bool = False,  # noqa: ARG002 the contract
    ) -> Answers | None:
        if text == _NAMESAKE:
            longest = "Dakshin Raghunathpur"[: machine.LONGEST_NAMESAKE]
            apart = "|".join(f"V{at}={longest}" for at in range(4))
            return {"origin": text, machine.NAMESAKES: apart}
        return {"words": text} if what == "words" else {}


def callers(language: str) -> tuple[Caller, ...]:
    """Who may dial, each with as much to show as can be."""
    # a page of each state: the longest word may stand on every line
    states = ("urgent", "waits", "yours", "over")
    cases = tuple(CaseLine(str(int(_LONGEST_NUMBER) + at), states[at // 3]) for at in range(12))
    return (
        Caller(language),
        Caller(language, member=True, cases=cases),
        Caller(language, member=True),
        Caller(language, unfinished=True),
    )


def walk(menu: Menu, catalogue: Catalogue) -> Walked:
    """Walk every path for every caller in every language."""
    walker = _Walker(menu, catalogue)
    for language in LANGUAGES:
        for caller in callers(language):
            walker.begin(caller)
    for name in menu.screens.keys() - walker.seen:
        walker.faults[f"screen {name}: no path leads there"] = None
    return Walked(walker.paths, walker.screens, tuple(walker.faults))


class _Walker:
    def __init__(self, menu: Menu, catalogue: Catalogue) -> None:
        self._menu = menu
        self._catalogue = catalogue
        self._ears = _Understands()
        self._inner: set[tuple[object, ...]] = set()
        self.paths = self.screens = 0
        self.seen: set[str] = set()
        self.faults: dict[str, None] = {}

    def begin(self, caller: Caller) -> None:
        state = machine.begin(self._menu, caller)
        self._inner.clear()
        self._walk(state, caller, 0, ())

    def _walk(self, state: State, caller: Caller, report: int, path: tuple[str, ...]) -> None:
        """``report``: how many screens of a report were shown, the first one included."""
        if not self._look(state, caller, path):
            return
        if len(path) > _DEEP:
            self._fault(f"{'>'.join(path)}: no end is reached")
            return
        here = (*path, state.screen)
        self._try_wrong_keys(state, caller, here)
        for typed in self._inputs(state, caller):
            step = machine.press(state, typed, self._menu, caller, self._ears)
            # which of several places is meant belongs to the screen that asks for the place
            asked_more = step.state.screen == machine.WHICH
            shown = report + (not asked_more) if step.state.kind else 1
            if step.state.kind and shown > MOST_SCREENS and step.effect is None:
                self._fault(f"{'>'.join(here)}: a report of more than {MOST_SCREENS} screens")
            if step.effect is not None:
                self._ends(step.state, step.effect, caller, here)
            elif step.state.screen == self._menu.start:
                # from here on it is walked from the start, in the language that was chosen
                if self._look(step.state, caller, here) and state.screen == "resume":
                    self._walk(
                        replace(step.state, left=False), replace(caller, unfinished=False), 0, here
                    )
            elif step.state.screen != machine.REPLY or step.state.page < _DEEP:
                self._walk(step.state, caller, shown, here)

    def _inputs(self, state: State, caller: Caller) -> list[str]:
        screen = self._menu.screens.get(state.screen)
        if screen is None:
            return [NEXT]
        keys = [k for k, key in screen.keys.items() if caller.member or key.only != "members"]
        if screen.reads == "place":
            keys.append(_NAMESAKE)
        if screen.name == machine.WHICH:
            keys += ["1", "2"]
        elif screen.lists:
            keys += [NEXT, "1"] if caller.cases and screen.to else [NEXT]
        typed = [*keys, screen.example] if screen.reads else keys
        # a key that leaves the screen as it is leads no further
        return [
            each
            for each in typed
            if (step := machine.press(state, each, self._menu, caller, self._ears)).effect
            or replace(step.state, note="") != replace(state, note="")
        ]

    def _ends(self, state: State, effect: Effect, caller: Caller, path: tuple[str, ...]) -> None:
        """Whatever an effect may lead to."""
        for after in _after(state, effect, self._catalogue):
            goes_on, follows, page = self._look(after, caller, path), after, 0
            while goes_on and follows.screen == machine.REPLY and page < _DEEP:
                page += 1
                follows = machine.press(follows, NEXT, self._menu, caller, self._ears).state
                goes_on = self._look(follows, caller, path)
            if goes_on and not after.note:
                self._fault(f"{'>'.join((*path, after.screen))}: no end is reached")
        if not isinstance(effect, Continue):
            self.paths += 1

    def _look(self, state: State, caller: Caller, path: tuple[str, ...]) -> bool:
        """Look at a screen; whether the session goes on."""
        self.seen.add(state.screen)
        self.screens += 1
        try:
            shown = machine.show(state, self._menu, caller, self._catalogue)
        except TemplateFault as fault:
            self._fault(f"{state.screen}: {fault}")
            return False
        for wrong in faults_of(shown):
            self._fault(f"{state.language} {state.screen}: {wrong}")
        screen = self._menu.screens.get(state.screen)
        if screen is not None and not screen.lists:
            lines = [line.split(" ", 1)[0] for line in shown.text.splitlines()]
            for digit, key in screen.keys.items():
                if (caller.member or key.only != "members") and lines.count(digit) != 1:
                    self._fault(
                        f"{state.language} {state.screen}: key {digit} has no line of its own"
                    )
        if path and shown.ends and screen is not None:
            self._fault(f"{state.screen}: ends the session")
        return not shown.ends

    def _try_wrong_keys(self, state: State, caller: Caller, path: tuple[str, ...]) -> None:
        """Wrong keys show the same screen with a word; 0 leads back, 00 to the start."""
        mark = (state.screen, state.language, state.page, caller, path[-2:])
        if mark in self._inner or state.screen not in self._menu.screens:
            return
        self._inner.add(mark)
        screen = self._menu.screens[state.screen]

        def press(typed: str) -> State:
            return machine.press(state, typed, self._menu, caller, self._ears).state

        for note in ("ussd.note.choose", "ussd.note.unread"):
            self._look(machine.again(state, note), caller, path)
        if not screen.reads and press("77").screen != state.screen:
            self._fault(f"{state.screen}: a wrong key leads elsewhere")
        if state.screen == self._menu.start:
            return
        if press(START).screen != self._menu.start:
            self._fault(f"{state.screen}: 00 does not lead to the start")
        before = state.trail[-1] if state.trail and not state.page else state.screen
        if not state.trail and not state.page:
            before = self._menu.start
        if press(BACK).screen != before:
            self._fault(f"{state.screen}: 0 does not lead back to {before}")

    def _fault(self, told: str) -> None:
        self.faults[told] = None


def faults_of(shown: Shown) -> Iterator[str]:
    """What is wrong with one screen."""
    if not shown.text.isascii():
        yield "is no ASCII"
    if len(shown.text) > MOST_ON_SCREEN:
        yield f"has {len(shown.text)} letters, a screen {MOST_ON_SCREEN}"
    if not shown.text.strip():
        yield "is empty"


def _after(state: State, effect: Effect, catalogue: Catalogue) -> Iterator[State]:
    def answer(name: str) -> State:
        declared = catalogue.declared.get(f"ussd.{name}")
        params: Mapping[str, str] = declared.params if declared else {}
        return machine.ended(state, name, f"ussd.{name}", **params)

    if isinstance(effect, Finish):
        yield answer(machine.RECEIVED)
        yield answer(machine.READ)
    elif isinstance(effect, LookUp):
        yield machine.again(state, machine.NO_MATCH)
        yield from (answer(name) for name in _ANSWERS if name.startswith("standing."))
        yield answer(machine.LATER)
    elif isinstance(effect, Command):
        yield machine.replied(state, _LONGEST_REPLY)
        yield machine.replied(state, _LONGEST_NUMBER)


def printed(menu: Menu, catalogue: Catalogue, language: str, dial: str = "*384#") -> str:
    """The menu as a tree to read: each screen once, and where its keys lead."""
    caller = Caller(language, member=True, cases=(CaseLine("10425", "urgent"),))
    lines = [f"{dial} leads to [{menu.start}]", ""]
    for screen in menu.screens.values():
        places = (("G1", "Sonakhali"), ("G2", "Kumirmari"))
        kind, row = next(
            ((kind, row) for kind, row in menu.reports.items() if screen.name in row), ("", ())
        )
        state = State(
            screen.name, machine.latin(language), kind=kind, number="10425", namesakes=places
        )
        if screen.name != menu.start:
            state = replace(state, trail=(menu.start,))
        lines.append(f"[{screen.name}]")
        shown = machine.show(state, menu, caller, catalogue).text
        lines += [f"    | {line}" for line in shown.splitlines()]
        for digit, key in screen.keys.items():
            leads = f"[{key.to}]" if key.to else ""
            if key.report:
                row_of = " > ".join(f"[{name}]" for name in menu.reports[key.report])
                leads = f"report {key.report}: {row_of} > [{machine.RECEIVED}]"
            said = ", ".join(f"{name} {value}" for name, value in key.tells.items())
            also = [each for each in (said, key.does, key.language) if each]
            if not leads and not key.does:
                leads = "the report's next screen" if row else "?"
            told = "; ".join([*also, *([leads] if leads else [])])
            only = "  (members)" if key.only else ""
            lines.append(f"    {digit} -> {told}{only}")
        if screen.reads:
            lines.append(f"    written: {screen.reads}, such as {screen.example!r}")
        if screen.to:
            lines.append(f"    a line's digit -> [{screen.to}]")
        lines.append("")
    lines.append(
        "0 leads back and 00 to the start on every screen but the first. In a report 00 takes"
    )
    lines.append("back what was told, unless it is urgent; so does 0 on its first screen.")
    for name in (machine.RECEIVED, machine.READ, "standing.looked_at", machine.LATER, "away"):
        params = catalogue.declared[f"ussd.{name}"].params
        text = catalogue.render(f"ussd.{name}", machine.latin(language), **params)
        lines += ["", f"[{name}] ends", *(f"    | {line}" for line in text.splitlines())]
    return "\n".join(lines) + "\n"
