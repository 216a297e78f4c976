"""What is written on the screens: read with the readers of SMS, and put together as a report."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from gateway.domain.prompts import Question, Reader
from gateway.domain.text import LETTER
from gateway.domain.understanding import Fields, Understood
from gateway.domain.ussd.machine import LONGEST_NAMESAKE, NAMESAKES

if TYPE_CHECKING:
    from gateway.domain.places import Gazetteer
    from gateway.domain.ussd.machine import Answers, State, Told

#: how the kinds are written in a form
_CODES = {
    "migration": "MIG", "trafficking": "TRF", "missing": "MIS", "child_marriage": "MAR",
    "child_labour": "LAB", "abuse": "ABU", "returned": "RET", "support": "ORP", "sos": "SOS",
    "question": "ASK",
}  # fmt: skip
#: how companions are written in a form
_COMPANIONS = {"unknown_person": "unknown person"}
_DAYS = {"today": 0, "yesterday": -1, "tomorrow": 1}
_GIRL, _BOY = "1", "2"
#: «16 1», «16*1», «161»: an age, and 1 for a girl or woman or 2 for a boy or man
_AGE_AND_SEX = re.compile(r"(\d{1,2})(?:[\s*.,/-]*([12]))?")
#: «1 16»: the other way round
_SEX_AND_AGE = re.compile(r"([12])[\s*,/-]+(\d{1,2})")
#: «16 larki» tells an age: nobody reports so many at once where the age is asked
_MOST_TOGETHER = 5
_LONGEST_PLACE = 40
_LONGEST_WORDS = 160
_MOST_NAMESAKES = 4
_WORD = re.compile(rf"{LETTER}+(?:['’.-]{LETTER}+)*")
_SURE = 0.95
#: the screens on which a day, and a place as which field, may be written
_DAYS_ON = frozenset({"day", "going"})
_PLACES_ON = {"place": "origin", "going": "destination"}
_FEW_LETTERS = 3
#: «12*12», «12 12 26»: the stroke of a date is on no key of most phones
_DAY_AND_MONTH = re.compile(
    r"(?<!\d)(?<!\d[-/.])(\d{1,2})[\s*#./-]+(\d{1,2})(?:[\s*#./-]+(\d{4}|\d\d))?(?!\d)"
)
#: «1212», «121226»
_IN_A_ROW = re.compile(r"(?<!\d)(\d\d)(\d\d)(\d{4}|\d\d)?(?!\d)")
_LAST_DAY, _LAST_MONTH = 31, 12
#: «w5», «W no 5»
_WARD = re.compile(r"w[\s.]*(?:no[\s.]*)?(\d{1,3})", re.IGNORECASE)
#: «F16», «m12»
_SEX_FIRST = re.compile(r"\b([fm])(?=\d)", re.IGNORECASE)


class AnswerReader:
    """Reads answers with the readers of SMS; whatever is written says at least itself."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader

    def read(self, what: str, kind: str, text: str, *, again: bool = False) -> Answers | None:
        """What a text says on a screen that reads ``what``; None: nothing of it.

        A text that hardly means what it says is not taken, but when it is written ``again``.
        """
        readers: Mapping[str, Callable[[str, str], Answers | None]] = {
            "who": self._who,
            "place": self._place,
            "going": self._going,
            "day": lambda kind, text: self._fields("date", kind, _with_strokes(text)),
            "companion": self._companion,
            "words": lambda _kind, text: {"words": text[:_LONGEST_WORDS]},
        }
        told = readers[what](kind, text)
        if self._says_no(text) and (what in _PLACES_ON or what in _DAYS_ON):
            # «na», «hapana» name nothing, unless a list knows it
            return told if told and _is_known(what, told) else {}
        return None if told and not again and _is_doubtful(what, text, told) else told

    def _says_no(self, text: str) -> bool:
        return text.casefold().strip(" .!") in self._reader.words.no

    def dated(self, state: State) -> State:
        """The state with «today» and «tomorrow» as days: a session may end on another one."""
        answers = {
            screen: {**told, "date": self._day(str(told["date"]))}
            if told.get("date") in _DAYS
            else told
            for screen, told in state.answers.items()
        }
        return replace(state, answers=answers)

    def _day(self, word: str) -> str:
        return (self._reader.received.date() + timedelta(days=_DAYS[word])).isoformat()

    def _fields(self, what: str, kind: str, text: str) -> Answers | None:
        answer = self._reader.read(Question("", 0, "-", what), kind, text)
        if answer is None:
            return None
        return {name: told for name, told in answer.fields.items() if isinstance(told, str | int)}

    def _who(self, _kind: str, text: str) -> Answers | None:
        match = _AGE_AND_SEX.fullmatch(text)
        if match:
            if text in (_GIRL, _BOY):  # nobody of one or two years goes away to work
                return {"sex": "F" if text == _GIRL else "M"}
            told: dict[str, str | int] = {"age": int(match[1])}
            return told | ({"sex": "F" if match[2] == _GIRL else "M"} if match[2] else {})
        if match := _SEX_AND_AGE.fullmatch(text):
            return {"age": int(match[2]), "sex": "F" if match[1] == _GIRL else "M"}
        if text != "?" and text.casefold().strip(" .!") in self._reader.words.skip:
            return {}
        fields = self._understood(_SEX_FIRST.sub(r"\1 ", text))
        read = {
            name: value
            for name in ("age", "sex", "people", "person")
            if (value := getattr(fields, name)) is not None
        }
        if read.get("people", 0) > _MOST_TOGETHER and "age" not in read:
            read["age"] = read.pop("people")
        return read or None

    def _understood(self, text: str) -> Fields:
        """What the answer says as part of a report, which it is, however unlike one it looks."""
        found = self._reader.understood(f"MIG, {text}")
        if not found.is_report:
            found = self._reader.understood(text, sorted_as="migration")
        return found.fields

    def _place(self, kind: str, text: str) -> Answers | None:
        gazetteer, near = self._reader.gazetteer, self._reader.near
        if ward := _WARD.fullmatch(text):
            text = f"ward {ward[1]}"
        words = _WORD.findall(text.casefold())
        found = gazetteer.find(words, near)
        if found is not None:
            place, start, end = found
            same = gazetteer.namesakes(" ".join(words[start:end]), near)[:_MOST_NAMESAKES]
            if place.code in same:
                apart = [f"{code}={_told_apart(gazetteer, code)}" for code in same]
                return {"origin": place.name, NAMESAKES: "|".join(apart)}
        return self._where("origin", kind, text)

    def _where(self, what: str, kind: str, text: str) -> Answers | None:
        found = self._fields(what, kind, text)
        if found is not None:
            return found
        # a place that no list knows: whoever reads the report may know it.  Digits alone are a
        # key of another screen, or a PIN
        name = " ".join(_WORD.findall(text))[:_LONGEST_PLACE].strip()
        return {what: name} if any(map(str.isalpha, name)) else None

    def _going(self, kind: str, text: str) -> Answers | None:
        text = _with_strokes(text)
        day = self._fields("date", kind, text) or {}
        place = self._fields("destination", kind, text)
        if place is None:
            # a place that no list knows stands before the day, as on the screen, or alone
            reader = self._reader
            told = reader.lexicon.dates.find(text.casefold(), reader.received.date(), past=False)
            place = self._where("destination", kind, text[: told[1][0]] if told else text)
        return None if place is None and not day else {**(place or {}), **day}

    def _companion(self, kind: str, text: str) -> Answers | None:
        text = re.sub(r"^([1-6])-", r"\1 ", text)  # «3-98…» is a digit and a number
        found = self._fields("companion", kind, text)
        if not found:
            return found
        if not text[0].isdigit():
            name = self._understood(text).companion_name
            return {**found, "companion_name": name} if name else found
        # «3 Salim»: who it is may follow the digit
        named = re.sub(r"[\d+]+", " ", text).strip()
        read = self._fields("person", kind, named) if named else None
        if read and read.get("person") and not self._fields("companion", kind, named):
            return {**found, "companion_name": read["person"]}
        return found


def _with_strokes(text: str) -> str:
    """A text with its day and month as people write them on paper, with strokes."""

    def stroked(match: re.Match[str]) -> str:
        day, month, _ = match.groups()
        meant = 1 <= int(day) <= _LAST_DAY and 1 <= int(month) <= _LAST_MONTH
        return "/".join(filter(None, match.groups())) if meant else match[0]

    return _IN_A_ROW.sub(stroked, _DAY_AND_MONTH.sub(stroked, text))


def _is_known(what: str, told: Answers) -> bool:
    """Whether a place that is told is one of the lists, or else a day is told."""
    slot = _PLACES_ON.get(what, "")
    return f"{slot}_code" in told or NAMESAKES in told or "date" in told


def _is_doubtful(what: str, text: str, told: Answers) -> bool:
    """Whether a text is rather a slip.

    A digit pressed as a key where a day is written («3», which may mean three days ago, too), or a
    few letters that no list knows as a place («abc»; a key pressed while the phone writes letters
    is one).  A village may bear so short a name: it costs one more screen, and is never refused.
    """
    if what in _DAYS_ON and len(text) == 1 and text.isdecimal():
        return True
    slot = _PLACES_ON.get(what, "")
    name, known = told.get(slot), f"{slot}_code" in told or NAMESAKES in told
    return isinstance(name, str) and not known and len(name) <= _FEW_LETTERS


def _told_apart(gazetteer: Gazetteer, code: str) -> str:
    """What tells a place from another of its name: the place it lies in."""
    above = gazetteer.ancestors(code)
    name = (above[0] if above else gazetteer[code]).name
    return re.sub("[|=]", " ", name)[:LONGEST_NAMESAKE]  # what the answer is joined by


def understood_of(told: Told, reader: Reader, language: str) -> Understood:
    """The report that the answers of a session make, as if it had come by SMS."""
    body = body_of(told)
    if told.words:
        text = reader.understood(told.words)
        if text.is_report:
            return text
        return Understood(
            told.words, language, "question", "question", confidence=_SURE, chosen=True
        )
    fields = dict(told.fields)
    if told.kind == "child_marriage":
        fields.setdefault("purpose", "marriage")
    facts = frozenset({"danger_now"}) if told.danger else frozenset()
    return Understood(
        body,
        language,
        "report",
        told.kind,
        Fields(**fields),  # type: ignore[arg-type]
        facts,
        confidence=_SURE,
        chosen=True,
    )


def body_of(told: Told) -> str:
    """The answers as the text of an SMS that says the same, to be kept and read again."""
    if told.words:
        return told.words
    fields = told.fields
    date = str(fields.get("date", ""))
    parts = [_CODES[told.kind]]
    parts += ["danger now"] if told.danger else []
    parts += [str(fields[name]) for name in ("person", "age", "sex") if name in fields]
    parts += [f"{fields['people']} people"] if "people" in fields else []
    parts += [f"from {fields['origin']}"] if "origin" in fields else []
    parts += [f"to {fields['destination']}"] if "destination" in fields else []
    parts += [date] if date else []
    companion = str(fields.get("companion", ""))
    along = [_COMPANIONS.get(companion, companion)]
    along += [str(fields.get(f"companion_{x}", "")) for x in ("name", "phone")]
    parts += [" ".join(filter(None, along))] if any(along) else []
    return ", ".join(parts)
