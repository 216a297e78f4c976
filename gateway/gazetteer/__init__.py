"""Places that reports name and committees do not have: destinations, and the blocks around.

Known beside the committees' own places, which go before them.  Sources and licences: README.md
in this folder.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from gateway.domain.places import Place, read_places


@cache
def reference_places() -> tuple[Place, ...]:
    """The shipped places; their codes begin with ``ref-``."""
    places, faults = read_places((files(__name__) / "places.csv").read_text(encoding="utf-8"))
    if faults:  # a test reads the file; this holds for whoever edits it
        raise ValueError(f"gazetteer/places.csv has faults: {faults[:3]}")
    return tuple(places)
