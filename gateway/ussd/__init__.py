"""The USSD menu and the helplines, as data."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from gateway.domain.ussd.menu import Menu, read_menu


def load_menu(region: str = "IN", emergency: str = "112", childline: str = "1098") -> Menu:
    """The menu that is shipped, with whom to call in a country (ISO 3166).

    The two numbers that the operator has set come first and go before the shipped ones.
    """
    known = {emergency, childline}
    lines = [("helpline.emergency", emergency), ("helpline.child", childline)]
    lines += [
        (f"helpline.{line['name']}", line["number"])
        for line in _read("helplines.toml").get(region, [])
        if line["number"] not in known
    ]
    return read_menu(_read("menu.toml"), tuple(dict.fromkeys(lines)))


@cache
def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((files(__name__) / name).read_text(encoding="utf-8"))
