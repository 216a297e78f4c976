"""The USSD machine: from the screen that stands and what was pressed to the screen that follows.

What cannot be decided here (a report to store, a number to look up, a member's command) is an
effect: the caller carries it out and says with :func:`ended` or :func:`again` what is shown then.
Nothing that is typed is refused, and no screen leads nowhere.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

from gateway.domain.commands.verbs import LONGEST_PIN, SHORTEST_PIN
from gateway.domain.templates import MOST_ON_SCREEN
from gateway.domain.text import ascii_digits, plain
from gateway.domain.ussd.menu import BACK, LANGUAGES, NEXT, START, Key, Menu, Screen

if TYPE_CHECKING:
    from gateway.domain.templates import Catalogue

#: screens that are no part of the tree: they answer, and end the session
RECEIVED, READ, STANDING, LATER, REPLY = "received", "read", "standing", "later", "reply"
#: the screen for one's own words
WORDS = "words"
#: where several places bear one name; and how what is read says so: «code=name|code=name»
WHICH, NAMESAKES = "which", "namesakes"
#: how much of what tells them apart fits on the screen
LONGEST_NAMESAKE = 15
#: how many lines one page lists; of cases fewer, as their states are long words in some languages
_PAGE, _CASES = 4, 3
_NOT_READ = "ussd.note.unread"
_NO_KEY = "ussd.note.choose"
NO_MATCH = "ussd.note.nomatch"
_LATIN = {"bn": "bn-Latn", "hi": "hi-Latn"}


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case on a member's list: ``state`` is a template's name under ``ussd.state.``."""

    number: str
    state: str


@dataclass(frozen=True, slots=True)
class Caller:
    """Who dials.

    ``language`` may be any; screens are in its way of writing in ASCII.  ``unfinished``: was cut
    off in a report a moment ago.
    """

    language: str
    member: bool = False
    cases: tuple[CaseLine, ...] = ()
    unfinished: bool = False


Answers = Mapping[str, str | int]


class Ears(Protocol):
    """Reads what is written on a screen."""

    def read(self, what: str, kind: str, text: str, *, again: bool = False) -> Answers | None:
        """What the text says on a screen that ``reads`` this; None: it says nothing of it.

        ``again``: the screen has been shown once more already, as a text was not understood.
        """


@dataclass(frozen=True, slots=True)
class Told:
    """What a report says, as far as it has come.

    ``fields`` are named as in Fields, ``words`` is free text, ``safe`` "" (not told), "sms",
    "later" or "no".
    """

    kind: str
    fields: Answers
    danger: bool = False
    words: str = ""
    safe: str = ""

    @property
    def says_something(self) -> bool:
        """Whether more is told than the kind, which may have been pressed by mistake."""
        return bool(self.fields or self.danger or self.words)


@dataclass(frozen=True, slots=True)
class State:
    """Where a session stands.  ``answers`` are kept by screen, so that one can be given anew.

    ``trail`` are the screens before this one.  ``begun`` counts the reports begun in the session:
    where it rises, another one goes on from here.  ``left``: went back to the first screen out of a
    report.  ``params`` fill an answering screen's text.  Never holds a PIN.
    """

    screen: str
    language: str
    trail: tuple[str, ...] = ()
    kind: str = ""
    answers: Mapping[str, Answers] = field(default_factory=dict)
    begun: int = 0
    left: bool = False
    number: str = ""
    page: int = 0
    note: str = ""
    params: Mapping[str, str] = field(default_factory=dict)
    template: str = ""
    reply: str = ""
    #: (code, what tells it apart) of each place that bears the name which was written
    namesakes: tuple[tuple[str, str], ...] = ()
    #: the numbers of the cases as they are listed: a new one must not move them under the thumb
    listed: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The state as a text to keep."""
        kept = {name: value for name, value in asdict(self).items() if value}
        return json.dumps(kept, ensure_ascii=False)

    @classmethod
    def from_json(cls, text: str) -> State:
        """A state that was kept."""
        kept: dict[str, Any] = json.loads(text)
        namesakes = tuple((code, name) for code, name in kept.get("namesakes", ()))
        lists = {name: tuple(kept.get(name, ())) for name in ("trail", "listed")}
        return cls(**kept | lists | {"namesakes": namesakes})

    def told(self, menu: Menu) -> Told | None:
        """What the report says so far; None where none was begun, or its words not written."""
        if not self.kind:
            return None
        row = menu.reports[self.kind]
        # sos brings its danger along from the screen before its first, and takes it back there
        given: dict[str, str | int] = dict(self.answers.get("", {}))
        for name in row:
            given |= self.answers.get(name, {})
        danger, words, safe = (given.pop(name, "") for name in ("danger", "words", "safe"))
        if WORDS in row and not words:
            return None
        return Told(self.kind, given, danger == "yes", str(words), str(safe))


@dataclass(frozen=True, slots=True)
class Finish:
    """The report is whole."""


@dataclass(frozen=True, slots=True)
class LookUp:
    """How goes the report of this number and word?"""

    text: str


@dataclass(frozen=True, slots=True)
class Command:
    """A member's command as its SMS would have it; ``pin`` is its last word."""

    verb: str
    number: str
    pin: str = ""


@dataclass(frozen=True, slots=True)
class Continue:
    """Go on with the report that was cut off."""


Effect = Finish | LookUp | Command | Continue


@dataclass(frozen=True, slots=True)
class Step:
    """What follows from one press."""

    state: State
    effect: Effect | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A screen: its text, ASCII and at most :data:`MOST_ON_SCREEN` letters, and whether it ends."""

    text: str
    ends: bool


def latin(language: str) -> str:
    """The way of writing a language in ASCII."""
    found = _LATIN.get(language, language)
    return found if found in LANGUAGES else "en"


def begin(menu: Menu, caller: Caller, *, plainly: bool = True) -> State:
    """A new session; not ``plainly``: the dialled string says already what is wanted."""
    first = "resume" if caller.unfinished and plainly else menu.start
    return State(first, latin(caller.language))


def typed_since(text: str, heard: int | None, *, same: bool) -> str | None:
    """What was typed on the last screen; None if nothing new was.

    A provider posts everything typed so far, joined by ``*``, which may also stand in what was
    typed.  ``heard``: how many letters of it are known already (None: no post yet), ``same``:
    the text begins with just those.
    """
    if heard is None:
        return text or None
    if same and len(text) > heard and (heard == 0 or text[heard] == "*"):
        return text[heard + 1 :] if heard else text
    if len(text) <= heard:
        return None  # a step that was posted before
    return text.rpartition("*")[2]


def next_input(menu: Menu, state: State, typed: str) -> tuple[str, str | None]:
    """The part of what was typed that this screen takes, and what is left for the next.

    Keys come one by one; where something may be written, all of it is meant, stars too.
    """
    screen = menu.screens.get(state.screen)
    if screen is None or screen.reads:
        return typed, None
    one, star, rest = typed.partition("*")
    return one, rest if star else None


def press(state: State, typed: str, menu: Menu, caller: Caller, ears: Ears) -> Step:
    """What follows when this is typed on the screen that stands."""
    asked_again = state.note == _NOT_READ
    state = replace(state, note="")
    text = ascii_digits(plain(typed)).strip()
    if state.template:
        return Step(state)
    if state.screen == REPLY:
        return Step(_leaf(state, text))
    screen = menu.screens[state.screen]
    at_start = screen.name == menu.start
    if not at_start and text in (BACK, START):
        return Step(_back(state, menu) if text == BACK else _to_start(state, menu))
    if screen.name == WHICH:
        return _which(state, text, menu)
    if screen.lists:
        return Step(_listed(state, text, menu, screen, caller))
    key = screen.keys.get(text)
    if key is not None and (caller.member or key.only != "members"):
        if key.to and menu.screens[key.to].lists == "cases":
            state = replace(state, listed=tuple(each.number for each in caller.cases))
        return _chosen(state, key, menu)
    if screen.reads and text:
        return _written(state, screen, text, menu, ears, asked_again=asked_again)
    return Step(again(state, _NO_KEY))


def again(state: State, note: str) -> State:
    """The same screen once more, with a short word of why."""
    return replace(state, note=note)


def ended(state: State, screen: str, template: str, **params: str) -> State:
    """An answer that ends the session."""
    return replace(state, screen=screen, template=template, params=params, trail=(), note="")


def replied(state: State, text: str) -> State:
    """A reply that ends the session, over as many pages as it needs."""
    return replace(state, screen=REPLY, reply=text, page=0, trail=(), note="")


def resumed(state: State, language: str) -> State:
    """A report that was cut off, taken up where it stood."""
    return replace(state, language=language, note="", left=False)


# ---------------------------------------------------------------- one press


def _go(state: State, to: str) -> State:
    return replace(state, screen=to, trail=(*state.trail, state.screen), page=0)


def _to_start(state: State, menu: Menu) -> State:
    left = state.left or bool(state.kind)
    return replace(state, screen=menu.start, trail=(), page=0, number="", left=left)


def _back(state: State, menu: Menu) -> State:
    if state.page:
        return replace(state, page=state.page - 1)
    if len(state.trail) <= 1:
        return _to_start(state, menu)
    return replace(state, screen=state.trail[-1], trail=state.trail[:-1])


def _chosen(state: State, key: Key, menu: Menu) -> Step:
    if key.language:
        state = replace(state, language=key.language)
    if key.report:
        return _begun(state, key, menu)
    if key.does == "continue":
        return Step(state, Continue())
    if key.does == "anew":
        return Step(_to_start(state, menu))
    if key.does:
        return Step(state, Command(key.does, state.number))
    if key.to and key.tells:
        state = replace(state, answers={**state.answers, "": dict(key.tells)})
    if key.to == menu.start:
        return Step(_to_start(state, menu))
    if key.to:
        return Step(_go(state, key.to))
    return _answered(state, key.tells, menu)


def _begun(state: State, key: Key, menu: Menu) -> Step:
    answers = {"": dict(key.tells)} if key.tells else {}
    state = replace(
        state, kind=key.report, answers=answers, begun=state.begun + 1, left=False, namesakes=()
    )
    return Step(_go(state, menu.reports[key.report][0]))


def _answered(state: State, told: Answers, menu: Menu) -> Step:
    """Keep an answer, and go on to the report's next screen."""
    state = replace(state, answers={**state.answers, state.screen: dict(told)})
    row = menu.reports[state.kind]
    at = row.index(state.screen) + 1
    return Step(_go(state, row[at])) if at < len(row) else Step(state, Finish())


def _written(
    state: State, screen: Screen, text: str, menu: Menu, ears: Ears, *, asked_again: bool
) -> Step:
    if screen.reads == "status":
        return Step(state, LookUp(text))
    if screen.reads == "pin":
        pin = "".join(filter(str.isdecimal, text))
        if not SHORTEST_PIN <= len(pin) <= LONGEST_PIN:
            return Step(again(state, _NOT_READ))
        return Step(state, Command("CASE", state.number, pin=pin))
    told = ears.read(screen.reads, state.kind, text, again=asked_again)
    if told is None:
        return Step(again(state, _NOT_READ))
    if NAMESAKES in told:
        # the name is kept, should the session end here
        named = {name: value for name, value in told.items() if name != NAMESAKES}
        pairs = [each.partition("=") for each in str(told[NAMESAKES]).split("|")]
        state = replace(
            state,
            answers={**state.answers, state.screen: named},
            namesakes=tuple((code, name) for code, _, name in pairs),
        )
        return Step(_go(state, WHICH))
    return _answered(state, told, menu)


def _which(state: State, text: str, menu: Menu) -> Step:
    """Which of the places that bear the name: the place's screen is answered."""
    chosen = int(text) - 1 if text.isdecimal() and len(text) == 1 else -1
    known = 0 <= chosen < len(state.namesakes)
    if not known and text != NEXT:
        return Step(again(state, _NO_KEY))
    named = dict(state.answers[state.trail[-1]])
    if known:
        named["origin_code"] = state.namesakes[chosen][0]
    state = replace(state, screen=state.trail[-1], trail=state.trail[:-1], namesakes=())
    return _answered(state, named, menu)


def _listed(state: State, text: str, menu: Menu, screen: Screen, caller: Caller) -> State:
    pages = _pages(_lines(state, screen, menu, caller, str), screen)
    page = min(state.page, len(pages) - 1)
    if text == NEXT and page + 1 < len(pages):
        return replace(state, page=page + 1)
    chosen = int(text) - 1 if text.isdecimal() and len(text) == 1 else -1
    if screen.to and 0 <= chosen < len(pages[page]):
        return replace(_go(state, screen.to), number=pages[page][chosen][0])
    return again(state, _NO_KEY)


def _leaf(state: State, text: str) -> State:
    if text in (BACK, START):
        return replace(state, page=max(0, state.page - 1) if text == BACK else 0)
    return replace(state, page=state.page + 1) if text == NEXT else again(state, _NO_KEY)


# ---------------------------------------------------------------- what is shown


def show(state: State, menu: Menu, caller: Caller, catalogue: Catalogue) -> Shown:
    """The screen that stands, in the session's language."""

    def say(key: str, **params: object) -> str:
        return _ascii(catalogue.render(key, state.language, **params))

    note = [say(state.note)] if state.note else []
    if state.screen == REPLY:
        return _show_reply(state, note, say)
    if state.template:
        return Shown("\n".join([*note, say(state.template, **state.params)]), ends=True)
    screen = menu.screens[state.screen]
    lines = [*note]
    if screen.name == WHICH:
        lines.append(say("ussd.which"))
        lines += [f"{at} {_ascii(name)}" for at, (_, name) in enumerate(state.namesakes, 1)]
        lines.append(f"{NEXT} {say('ussd.unknown')}")
    elif screen.lists:
        lines += _show_list(state, screen, menu, caller, say)
    elif screen.name == "case":
        kept = say(f"ussd.state.{_state_of(state.number, caller)}")
        lines.append(say("ussd.case", number=state.number, state=kept))
    elif screen.name == "pin":
        lines.append(say("ussd.pin", number=state.number))
    else:
        lines.append(say(f"ussd.{screen.name}"))
    if caller.member:
        lines += [
            f"{digit} {say(f'ussd.{screen.name}.{digit}')}"
            for digit, key in screen.keys.items()
            if key.only == "members"
        ]
    if screen.name != menu.start:
        lines.append(say("ussd.leave" if _in_report(state, menu) else "ussd.back"))
    return Shown("\n".join(lines), ends=False)


def _in_report(state: State, menu: Menu) -> bool:
    """Whether a report is being told on this screen, which 00 leaves behind."""
    return state.screen == WHICH or state.screen in menu.reports.get(state.kind, ())


def _state_of(number: str, caller: Caller) -> str:
    return next((each.state for each in caller.cases if each.number == number), "over")


def _lines(
    state: State, screen: Screen, menu: Menu, caller: Caller, say: Callable[[str], str]
) -> list[tuple[str, str]]:
    if screen.lists == "helplines":
        return [(say(name), number) for name, number in menu.helplines]
    numbers = state.listed or tuple(each.number for each in caller.cases)
    return [(number, say(f"ussd.state.{_state_of(number, caller)}")) for number in numbers]


def _pages(lines: Sequence[tuple[str, str]], screen: Screen) -> list[Sequence[tuple[str, str]]]:
    most = _CASES if screen.lists == "cases" else _PAGE
    return [lines[at : at + most] for at in range(0, len(lines), most)] or [[]]


def _show_list(
    state: State, screen: Screen, menu: Menu, caller: Caller, say: Callable[..., str]
) -> list[str]:
    pages = _pages(_lines(state, screen, menu, caller, say), screen)
    page = min(state.page, len(pages) - 1)
    if not pages[page]:
        return [say(f"ussd.{screen.name}.none")]
    numbered = bool(screen.to)
    lines = [say(f"ussd.{screen.name}")]
    lines += [
        (f"{at} " if numbered else "") + " ".join(parts) for at, parts in enumerate(pages[page], 1)
    ]
    return lines if page + 1 == len(pages) else [*lines, f"{NEXT} {say('ussd.next')}"]


def _show_reply(state: State, note: list[str], say: Callable[..., str]) -> Shown:
    text = _ascii(state.reply)
    if len(text) <= MOST_ON_SCREEN:
        return Shown(text, ends=True)
    footer = [f"{NEXT} {say('ussd.next')}", say("ussd.back")]
    room = MOST_ON_SCREEN - len("\n".join([say(_NO_KEY), "", *footer]))
    pages = split(text, room)
    page = min(state.page, len(pages) - 1)
    if page + 1 == len(pages):
        return Shown(pages[page], ends=True)
    return Shown("\n".join([*note, pages[page], *footer]), ends=False)


def split(text: str, room: int) -> list[str]:
    """A text in parts of at most so many letters, broken between words where there are any."""
    words = [word[at : at + room] for word in text.split() for at in range(0, len(word), room)]
    parts: list[str] = []
    for word in words:
        if parts and len(parts[-1]) + 1 + len(word) <= room:
            parts[-1] += f" {word}"
        else:
            parts.append(word)
    return parts or [""]


def _ascii(text: str) -> str:
    """The text in ASCII: marks fall off their letters, what has no letter there becomes ``?``."""
    apart = unicodedata.normalize("NFKD", text)
    bare = "".join(char for char in apart if not unicodedata.combining(char))
    return bare.encode("ascii", "replace").decode()
