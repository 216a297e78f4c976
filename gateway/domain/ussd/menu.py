"""The USSD menu as a value, read from menu.toml."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

#: how many screens a report may have, the first one included
MOST_SCREENS = 6
#: what a session may be led in
LANGUAGES = ("en", "bn-Latn", "hi-Latn", "sw")
BACK, START, NEXT = "0", "00", "9"


class MenuFault(Exception):
    """The menu cannot be used; it says why."""


@dataclass(frozen=True, slots=True)
class Key:
    """Where a key leads and what it says; see menu.toml."""

    to: str = ""
    report: str = ""
    tells: Mapping[str, str] = field(default_factory=dict)
    language: str = ""
    does: str = ""
    only: str = ""


@dataclass(frozen=True, slots=True)
class Screen:
    """One screen: its keys, what may be written on it, what it lists and where a choice leads."""

    name: str
    keys: Mapping[str, Key]
    reads: str = ""
    example: str = ""
    lists: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Menu:
    """The screens by name, the row of screens of each kind of report, and whom to call.

    ``helplines`` are (template of its name, number).
    """

    start: str
    screens: Mapping[str, Screen]
    reports: Mapping[str, tuple[str, ...]]
    helplines: tuple[tuple[str, str], ...] = ()


def read_menu(data: Mapping[str, Any], helplines: tuple[tuple[str, str], ...] = ()) -> Menu:
    """The menu out of its file.

    Raises:
        MenuFault: a key leads nowhere, or to what is not there.
    """
    screens = {
        name: Screen(
            name=name,
            keys={digit: _key(name, digit, told) for digit, told in entry.get("keys", {}).items()},
            **{what: told for what, told in entry.items() if what != "keys"},
        )
        for name, entry in data["screens"].items()
    }
    reports = {kind: tuple(row) for kind, row in data["reports"].items()}
    menu = Menu(data["start"], screens, reports, helplines)
    for fault in _faults(menu):
        raise MenuFault(fault)
    return menu


def _key(screen: str, digit: str, told: Mapping[str, Any]) -> Key:
    try:
        return Key(**told)
    except TypeError as fault:
        raise MenuFault(f"screen {screen}, key {digit}: {fault}") from None


def _faults(menu: Menu) -> list[str]:
    known = menu.screens
    faults = [] if menu.start in known else [f"the start {menu.start} is no screen"]
    for kind, row in menu.reports.items():
        faults += [f"report {kind}: {name} is no screen" for name in row if name not in known]
        if len(row) + 1 > MOST_SCREENS:
            faults.append(f"report {kind} has more than {MOST_SCREENS} screens")
    for screen in known.values():
        if screen.to and screen.to not in known:
            faults.append(f"screen {screen.name}: {screen.to} is no screen")
        if not (screen.keys or screen.reads or screen.lists):
            faults.append(f"screen {screen.name}: nothing leads on")
        if screen.reads and not screen.example:
            faults.append(f"screen {screen.name}: an example of what may be written is missing")
        faults += [
            f"screen {screen.name}, key {digit}: {why}"
            for digit, key in screen.keys.items()
            for why in _key_faults(menu, screen, digit, key)
        ]
    return faults


def _key_faults(menu: Menu, screen: Screen, digit: str, key: Key) -> list[str]:
    in_reports = {name for row in menu.reports.values() for name in row}
    checks = (
        (not re.fullmatch(r"\d{1,2}", digit, re.ASCII) or digit == START, "digits are meant"),
        (
            digit == BACK and screen.name != menu.start,
            "0 leads back on every screen but the first",
        ),
        (bool(key.to) and key.to not in menu.screens, f"{key.to} is no screen"),
        (bool(key.report) and key.report not in menu.reports, f"{key.report} is no report"),
        (
            not (key.to or key.report or key.does) and screen.name not in in_reports,
            "leads nowhere",
        ),
    )
    return [why for wrong, why in checks if wrong]
