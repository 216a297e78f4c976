"""Lines of many speakers on one output, each with its speaker's name before it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO

_BOLD = 1
_COLOURS = (36, 32, 33, 35, 34, 31)


class Lines:
    """Writes lines; never raises when nobody listens any more, but is ``broken`` then."""

    def __init__(self, out: IO[str], names: Sequence[str]) -> None:
        self._out = out
        self._width = max(map(len, names))
        coloured = out.isatty() and not os.environ.get("NO_COLOR")
        self._colour = dict(zip(names, (_BOLD, *_COLOURS * len(names)), strict=False))
        if not coloured:
            self._colour.clear()
        self.broken = False

    def say(self, name: str, text: str) -> None:
        """Write a line of this speaker's."""
        label = f"{name:{self._width}} |"
        if name in self._colour:
            label = f"\x1b[{self._colour[name]}m{label}\x1b[0m"
        self.write(f"{label} {text}".rstrip())

    def write(self, text: str) -> None:
        """Write a text as it is."""
        if self.broken:
            return
        encoding = getattr(self._out, "encoding", None) or "utf-8"
        try:
            self._out.write(text.encode(encoding, "replace").decode(encoding) + "\n")
            self._out.flush()
        except (OSError, ValueError):  # a closed terminal, pipe or file
            self.broken = True
