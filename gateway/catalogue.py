"""Reads message_templates/: declarations from TOML, texts from gettext catalogues."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from babel.messages.pofile import read_po

import message_templates
from gateway.domain.templates import Catalogue, Declaration

#: language -> its catalogue's file
FILES = {
    "en": "en.po",
    "bn": "bn.po",
    "bn-Latn": "bn_Latn.po",
    "hi": "hi.po",
    "hi-Latn": "hi_Latn.po",
    "sw": "sw.po",
}


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """The catalogue of a folder, by default the one that is shipped."""
    return _shipped() if folder is None else _read(folder)


@cache
def _shipped() -> Catalogue:
    return _read(Path(message_templates.__file__).parent)


def _read(folder: Path) -> Catalogue:
    data = tomllib.loads((folder / "templates.toml").read_text(encoding="utf-8"))
    declared = {
        key: Declaration(
            key=key,
            purpose=entry["purpose"],
            audience=entry["audience"],
            params=entry.get("params", {}),
            gsm=entry.get("gsm", 1),
            ucs2=entry.get("ucs2", 1),
        )
        for key, entry in data.items()
    }
    return Catalogue(declared, {lang: _texts(folder / file) for lang, file in FILES.items()})


def _texts(path: Path) -> dict[str, str]:
    """The texts of one language; one a translator has marked as unsure counts as missing."""
    if not path.exists():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {
        str(message.id): str(message.string)
        for message in catalogue
        if message.id and message.string and not message.fuzzy
    }
