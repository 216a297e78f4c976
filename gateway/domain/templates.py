"""Every text that leaves the gateway, as a value: rendering it and checking it."""

from __future__ import annotations

import string
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from gateway.domain.text import segments

#: where a language has no text of its own: what is read next
_FALLBACK = {"bn-Latn": "bn", "hi-Latn": "hi"}
#: languages whose texts stay in the GSM 7-bit alphabet
GSM_LANGUAGES = frozenset({"en", "bn-Latn", "hi-Latn", "sw"})
#: a USSD screen: networks take 182 letters of the GSM alphabet, some cut at 160, and whatever is
#: no ASCII breaks menus
MOST_ON_SCREEN = 150


class TemplateFault(Exception):
    """A template is asked for that is not there, or with other parameters than it declares."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What templates.toml says of a text.

    ``params`` gives each parameter's longest value.  ``gsm`` and ``ucs2`` are the most SMS it
    may become in languages written in the GSM alphabet and in the others.  What stands on a
    USSD screen (audience "screen") is written in the GSM languages alone.
    """

    key: str
    purpose: str
    audience: str
    params: Mapping[str, str]
    gsm: int
    ucs2: int

    @property
    def on_screen(self) -> bool:
        """Whether the text is a USSD screen, or stands on one."""
        return self.audience == "screen"


@dataclass(frozen=True, slots=True)
class Found:
    """A fault found by :func:`check`."""

    language: str
    key: str
    what: str

    def __str__(self) -> str:
        return f"{self.language} {self.key}: {self.what}"


class Catalogue:
    """The declared templates and their texts in every language."""

    def __init__(
        self, declared: Mapping[str, Declaration], texts: Mapping[str, Mapping[str, str]]
    ) -> None:
        self.declared = declared
        self.texts = texts

    def text(self, key: str, language: str) -> str:
        """The unfilled text, in the language or the one read in its stead.

        Raises:
            TemplateFault: no language has it.
        """
        for each in (language, _FALLBACK.get(language, "en"), "en"):
            found = self.texts.get(each, {}).get(key)
            if found:
                return found
        raise TemplateFault(f"there is no template {key}")

    def render(self, key: str, language: str, **params: object) -> str:
        """The text with its parameters filled in.

        Raises:
            TemplateFault: no such template, or other parameters than declared.
        """
        declaration = self.declared.get(key)
        if declaration is None:
            raise TemplateFault(f"there is no template {key}")
        if declaration.params.keys() != params.keys():
            wanted = ", ".join(declaration.params) or "no parameters"
            raise TemplateFault(f"template {key} takes {wanted}")
        return self.text(key, language).format_map(params)


def placeholders(text: str) -> list[str]:
    """The names between braces, in order.

    Raises:
        ValueError: a brace is not closed.
    """
    return [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]


def check(catalogue: Catalogue) -> Iterator[Found]:
    """Everything wrong with the texts: missing, misnamed parameters, too long."""
    for language, texts in catalogue.texts.items():
        for key in texts:
            if key not in catalogue.declared:
                yield Found(language, key, "is not declared in templates.toml")
        for declaration in catalogue.declared.values():
            text = texts.get(declaration.key, "")
            if declaration.on_screen and language not in GSM_LANGUAGES:
                if text:
                    yield Found(language, declaration.key, "a screen is read in Latin letters")
                continue
            if not text:
                yield Found(language, declaration.key, "has no text")
                continue
            yield from _check_text(declaration, language, text)


def _check_text(declaration: Declaration, language: str, text: str) -> Iterator[Found]:
    try:
        names = placeholders(text)
    except ValueError as fault:
        yield Found(language, declaration.key, str(fault))
        return
    unknown = [name for name in names if name not in declaration.params]
    lacking = [name for name in declaration.params if name not in names]
    for name in unknown:
        yield Found(language, declaration.key, f"names an unknown parameter {{{name}}}")
    for name in lacking:
        yield Found(language, declaration.key, f"leaves out the parameter {{{name}}}")
    if unknown:
        return
    if declaration.on_screen:
        yield from _check_screen(declaration, language, text)
        return
    longest = segments(text.format_map(declaration.params))
    if language in GSM_LANGUAGES:
        if longest.encoding != "GSM-7":
            odd = sorted({c for c in text if segments(c).encoding != "GSM-7"})
            yield Found(language, declaration.key, f"leaves the GSM alphabet: {' '.join(odd)}")
            return
        most = declaration.gsm
    else:
        most = declaration.ucs2
    if longest.segments > most:
        yield Found(
            language,
            declaration.key,
            f"becomes {longest.segments} SMS with its longest parameters, {most} declared",
        )


def _check_screen(declaration: Declaration, language: str, text: str) -> Iterator[Found]:
    filled = text.format_map(declaration.params)
    odd = sorted({char for char in filled if not char.isascii()})
    if odd:
        yield Found(language, declaration.key, f"is no ASCII: {' '.join(odd)}")
    if len(filled) > MOST_ON_SCREEN:
        yield Found(
            language,
            declaration.key,
            f"has {len(filled)} letters with its longest parameters, a screen {MOST_ON_SCREEN}",
        )


def dlt_text(declaration: Declaration, text: str) -> tuple[str, list[str]]:
    """The text as India's DLT portals register it, and what they may object to.

    TRAI's rules as vendors tell them: at most 2 variables, not adjacent, at least 30 % fixed
    text, a variable of at most 30 characters (TRAI direction of 2023-05-12 as reported).
    """
    names = placeholders(text)
    form = text.format_map(dict.fromkeys(names, "{#var#}"))
    objections = []
    if len(names) > 2:  # noqa: PLR2004 TRAI's number
        objections.append(f"{len(names)} variables")
    if "{#var#}{#var#}" in form.replace(" ", ""):
        objections.append("adjacent variables")
    fixed = len(form.replace("{#var#}", ""))
    filled = sum(len(declaration.params[name]) for name in names)
    if fixed < 0.3 * (fixed + filled):
        objections.append("less than 30 % fixed text")
    objections += [f"{{{n}}} over 30" for n in names if len(declaration.params[n]) > 30]  # noqa: PLR2004 TRAI's number
    return form, objections
