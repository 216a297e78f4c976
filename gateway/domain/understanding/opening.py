"""What a text begins with: a poster's code or word, a digit, a command, or none of these."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from gateway.domain.text import RUN, without_underscores
from gateway.domain.understanding.values import MISSPELT, SURE
from gateway.domain.understanding.words import LANGUAGES

if TYPE_CHECKING:
    from gateway.domain.understanding.words import Lexicon

#: one word as the lexicon knows words, or a question mark
TOKEN = re.compile(rf"{RUN}(?:['’]{RUN})*|[?？]")
#: a poster's code with its letters apart
_SPACED_CODE = re.compile(r"([A-Za-z])[ .\-]+([A-Za-z])[ .\-]+([A-Za-z])(?![A-Za-z])")
#: a code with a name behind it and no space between, and where the rest can be parted
_GLUED_CODE = re.compile(r"([A-Z]{3})(?=[A-Z][a-z]{2}|[A-Z]{3,}\d)")
_GLUED_SEX = re.compile(r"(?<=\d)([MF])(?=[A-Z]{3}|\d|\s|$)")
_GLUED = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
#: a form in one word without a code: «RINA16DELHI12/12»
_RUN_ON = re.compile(r"([A-Za-z]{3,})\d{1,2}[A-Za-z]\S*$")
#: a stop that separates as a comma does
_STOP = re.compile(r"(?<=[^\W\d])\.(?=\w)|(?<=\d)\.(?=[^\W\d])")
#: a poster's word stands among so many words of a text, the last of them the second of two
_MOST_OPENING = 4
#: shorter ones are everyday words of some language
_SHORTEST_VERB = 3


class Opening(NamedTuple):
    """The keyword that a text begins with, and how it is written."""

    kind: str
    #: where the rest of the text begins
    end: int
    #: how sure it is that this keyword is meant: ``SURE`` or ``MISSPELT``
    sure: float
    #: whether it is a poster's code, which no sentence begins with
    code: bool
    language: str


def parted(clean: str, lexicon: Lexicon) -> str:
    """The text with its code in one word, and what is written in one word in several."""
    return _apart(_joined(clean, lexicon), lexicon)


def _joined(clean: str, lexicon: Lexicon) -> str:
    """«M I G, …» with its code in one word; «MIGKABIR14MKERALA7/12», «RINA16DELHI» in several."""
    glued = _GLUED_CODE.match(clean)
    if glued is not None:
        known = lexicon.lookup("keyword", glued[1].casefold())
        if known is not None and known[1].code:
            return f"{glued[1]} {_pieces(clean[glued.end() :])}"
    named = _RUN_ON.match(clean)
    if named is not None and lexicon.names.given(named[1].casefold()) is not None:
        return _pieces(clean)
    spaced = _SPACED_CODE.match(clean)
    if spaced is None:
        return clean
    code = "".join(spaced.groups())
    known = lexicon.lookup("keyword", code.casefold())
    return code + clean[spaced.end() :] if known is not None and known[1].code else clean


def _pieces(run_on: str) -> str:
    return _GLUED.sub(" ", _GLUED_SEX.sub(r" \1 ", run_on))


def _apart(clean: str, lexicon: Lexicon) -> str:
    """«mig.jitu.23.m.surat»: stops that separate as commas do; between digits they stay."""
    code, stop, _ = clean.partition(".")
    known = lexicon.lookup("keyword", code.casefold()) if stop else None
    return _STOP.sub(",", clean) if known is not None and known[1].code else clean


def opening(clean: str, folded: str, tokens: list[str], lexicon: Lexicon) -> Opening | None:
    """Find the keyword that a text begins with; None if it begins with none."""
    matches = list(islice(TOKEN.finditer(without_underscores(folded)), _MOST_OPENING))
    first = tokens[0]
    if len(first) == 1 and first in lexicon.digits:
        kind = lexicon.digits[first]
        if len(tokens) > 2 or (len(tokens) == 2 and _means(tokens[1], kind, lexicon)):
            return Opening(kind, matches[0].end(), MISSPELT, code=False, language="en")
    for position, token in enumerate(tokens[: _MOST_OPENING - 1]):
        pair = " ".join(tokens[position : position + 2])
        both = lexicon.lookup("keyword", pair) if position + 1 < len(tokens) else None
        found = (*both, True) if both is not None else lexicon.keyword(token)
        if found is None:
            continue
        kind, word, exact = found
        if position and not word.code:
            continue  # an everyday word counts only where a report begins
        written = clean[matches[position].start() : matches[position].end()]
        if word.code and not written.isupper() and _is_everyday(tokens, position, lexicon):
            continue  # «or mar sathe», «abu aur …»
        skipped = position + (2 if both is not None else 1)
        return Opening(
            kind,
            matches[skipped - 1].end(),
            SURE if exact else MISSPELT,
            code=word.code,
            language=word.language,
        )
    return None


def _means(word: str, kind: str, lexicon: Lexicon) -> bool:
    """Whether a word behind a poster's digit says the same: «0 bachao», «6 abuse»."""
    named = lexicon.keyword(word)
    if named is not None and named[0] == kind:
        return True
    views = map(lexicon.view, LANGUAGES) if kind == "sos" else ()
    return any(
        hit.meaning in {"event.sos", "event.plea", "event.need"}
        for view in views
        for hit in view.scan([view.canonical(word)])
    )


def _is_everyday(tokens: list[str], position: int, lexicon: Lexicon) -> bool:
    """Whether a code in small letters is a word of a sentence, by the words beside it."""
    small = lexicon.view("en").small
    return (
        tokens[position + 1 : position + 2] != [] and tokens[position + 1] in small["behind_noun"]
    ) or (position > 0 and tokens[position - 1] in small["before_noun"])


def is_command(clean: str, lexicon: Lexicon) -> bool:
    """Whether a text is a command, whoever sends it: nothing that could be a report in any words."""
    typed = lexicon.verbs.exactly(clean)
    if typed is None or typed.verb.open or typed.fault:
        return False
    # words of all kinds may be a report, whatever stands before them
    bare = len(clean.split(maxsplit=1)[0]) >= _SHORTEST_VERB and typed.verb.plain
    return "text" not in typed.args and ("case" in typed.args or bare)
