"""Dates in texts: day before month, in the year that makes sense, in six ways of writing.

The libraries read `12 yr` as a year, a bare number as a date, and know no romanised Bengali or
Hindi, so the forms that reports use are read here.  `kal` is yesterday or tomorrow: the rest of
the sentence tells.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.domain.text import DIGIT, LETTER, blank, runs
from gateway.domain.understanding.hints import Hints
from gateway.domain.understanding.tense import Tense

_ISO = re.compile(r"(?<!\d)(\d{4})-(\d{1,2})-(\d{1,2})(?!\d)")
#: a date this far back is taken for last year's and not for one to come
_RECENT_DAYS = 60
_START, _END = rf"(?<!{LETTER})", rf"(?!{LETTER})"
Found = tuple[date, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class _Against:
    """What a date is read against.

    ``past``: what is told of has happened; ``ahead``: it is still to come, whatever else has happened.
    ``hints``: which patterns the words may be part of.
    """

    today: date
    past: bool
    ahead: bool
    hints: frozenset[str]


class DateReader:
    """Reads the first date of a text; made of the words of lexicon/dates.toml."""

    def __init__(
        self,
        days: Mapping[str, Sequence[str]],
        weekdays: Mapping[int, Sequence[str]],
        months: Mapping[int, Sequence[str]],
        words: Mapping[str, Sequence[str]],
        only: Mapping[str, Sequence[str]],
        tense: Mapping[str, Sequence[str]],
        hints: type[Hints] = Hints,
    ) -> None:
        self._tense = Tense(tense)
        self._offsets = {
            word: offset
            for name, offset in (
                ("today", 0), ("tomorrow", 1), ("yesterday", -1), ("after2", 2), ("before2", -2),
            )
            for word in days[name]
        }  # fmt: skip
        self._either = dict.fromkeys(days["either1"], 1) | dict.fromkeys(days["either2"], 2)
        self._weekday_of = {word: number for number, names in weekdays.items() for word in names}
        self._month_of = {word: number for number, names in months.items() for word in names}
        #: words that are days in one language, and something else in others
        self._only = [
            (language, re.compile(f"{_START}(?:{_any(known)}){_END}"))
            for language, known in only.items()
        ]
        self._last = frozenset(words["last"])
        self._units = frozenset(
            [*words["day"], *words["week"], *words["month"], *words["on"], *self._month_of]
        )
        w = {name: _any(known) for name, known in words.items()}
        month, weekday = _any(self._month_of), _any(self._weekday_of)
        unit = f"(?P<day>{w['day']})|(?P<week>{w['week']})|(?P<month>{w['month']})"
        ordinal = f"(?:{w['ordinal']})?"
        #: a stop with a space behind it ends a sentence; «5-5 hazar» is five thousand each
        self._day_and_month = re.compile(
            r"(?<!\d)(?<!\d[/.\-])(\d{1,2})(?:\s?[/\-]\s?|\.)(\d{1,2})(?:(?:\s?[/\-]\s?|\.)(\d{4}|\d{2}))?(?!\d|[/.\-]\d)"
            rf"(?!\s*(?:{w['sums']}))"
        )
        self._hours_ago = re.compile(
            rf"(?<!\d)(?:\d{{1,2}}|{_START}(?:{w['few']}))\s*(?:{w['hour']})\s*(?:{w['hours_ago']})"
            rf"|{_START}(?:{w['since']})\s+(?:\d{{1,2}}|{w['oclock']})\s*(?:{w['this_morning']}){_END}"
        )
        self._no_day = re.compile(rf"{w['no_day']}|(?:{w['back']})\s+[^,;.।\n]{{1,18}}")
        self._day_month = re.compile(
            rf"(?<!\d)(\d{{1,2}})\s*{ordinal}[\s\-]*(?:(?:{w['of']})\s+)?({month}){_END}\.?(?:[\s,\-]+(\d{{4}}))?"
        )
        self._month_day = re.compile(
            rf"{_START}({month})(?:{w['of_month']})?\.?\s+(?:(?:{w['months_own']})\s+)?(\d{{1,2}})(?:{w['nth']})?(?!\d)(?:,?\s+(\d{{4}}))?"
        )
        self._month_behind = re.compile(rf"\s*(?:{w['nth']})?\s*(?:{month}){_END}")
        self._day_alone = re.compile(
            rf"(?<![\d/])(\d{{1,2}})\s*{ordinal}\s*(?:{w['on']}|{w['to']}){_END}|{_START}(?:{w['on']})\s*[:=\-]?\s*(\d{{1,2}}){ordinal}(?!\d|[/.\-]\d|\s*(?:{month}))"
            rf"|{_START}(?:{w['on_the']})\s+(\d{{1,2}})(?:{w['nth']}){_END}(?!\s*(?:{w['no_nth']}|{month}))"
        )
        #: so many days, where what is told of has happened: since then
        self._for_days = re.compile(rf"(?<![\d/.\-])(?P<n>\d{{1,2}})\s*(?P<day>{w['day']}){_END}")
        which = f"(?P<which>{w['next']}|{w['last']}|{w['which']})"
        self._weekday = re.compile(
            rf"{_START}(?:{which}\s+)?(?P<name>{weekday})(?:{w['of_weekday']})?{_END}(?!\s+(?:{w['again']}){_END})(?P<before>\s+(?:{w['last']}){_END})?"
        )
        self._offset = re.compile(f"{_START}(?P<word>{_any(self._offsets)}){_END}")
        self._no_today = tuple(f"{word} " for word in words["no_today"])
        self._kal = re.compile(f"{_START}(?P<word>{_any(self._either)}){_END}")
        self._ago = re.compile(
            rf"{_START}(?P<n>\d{{1,2}}|{w['one']})\s*(?:{unit})\s*(?:{w['ago']}){_END}"
            rf"|{_START}(?:{w['units_before']})\s+(?P<m>\d{{1,2}})\s+(?:{w['ago_behind']}){_END}"
        )
        self._later = re.compile(
            rf"{_START}(?:{w['in']})\s+(?P<n>\d{{1,2}})\s*(?:{unit}){_END}"
            rf"|(?<!\d)(?P<k>\d{{1,2}})\s*(?:{w['day']})\s*(?:{w['after']}){_END}"
            rf"|{_START}(?:{w['after_days']})\s+(?P<m>\d{{1,2}})"
        )
        next_or_last = f"(?:(?P<next>{w['next']})|(?P<last>{w['last']}))"
        self._months_off = re.compile(
            rf"{_START}{next_or_last}\s+(?:{w['a_month']})(?:\s+(?:{w['months_own']}))?\s*$"
        )
        self._week = re.compile(
            rf"{_START}{next_or_last}\s+(?:{w['week']}){_END}"
            rf"|{_START}(?:{w['week_before']})\s+(?:(?P<nx>{w['coming']})|(?P<ls>{w['last']})){_END}"
        )
        weekdays_begin, months_end = (
            tuple(_firsts(self._weekday_of)), (*self._month_of, *words["of_month"]),
        )  # fmt: skip
        in_a_month = re.compile(rf"(?:^|\d){ordinal}(?:{month})(?:{w['of_month']})?$")
        on_or_to, later, past_by = (
            tuple(_lasts(known))
            for known in (
                (*words["on"], *words["to"]), words["after"], (*words["ago"], *words["ago_behind"]),
            )
        )  # fmt: skip
        on_begins = tuple(_firsts(words["on"]))
        an_hour, mornings = re.compile(w["hour"]).search, tuple(_lasts(words["this_morning"]))
        #: the patterns that a word may be part of
        self._hints = hints(
            {
                "hours": lambda word: an_hour(word) or word.endswith(mornings),
                "weekday": lambda word: word.startswith(weekdays_begin),
                "month": lambda word: word.endswith(months_end) and in_a_month.search(word),
                "day alone": lambda word: word.startswith(on_begins) or word.endswith(on_or_to),
                "later": lambda word: word.endswith(later),
                "ago": lambda word: word.endswith(past_by),
                "day": re.compile(w["day"]).search,
                "no day": re.compile(
                    _any({*_firsts(words["back"]), *_lasts(words["no_day"])})
                ).search,
            },
            {
                "only": _firsts(word for known in only.values() for word in known),
                "week": _firsts((*words["next"], *words["last"], *words["week_before"])),
                "offset": _firsts(self._offsets),
                "kal": _firsts(self._either),
                "day alone": words["on_the"],
                "later": _firsts(words["in"]),
            },
        )

    def is_unit(self, word: str) -> bool:
        """Whether a word behind a number makes it a day or so many days: «din», «tarikh», «dec»."""
        return word in self._units

    def find(
        self, text: str, today: date, *, past: bool, ahead: bool = False, language: str = ""
    ) -> Found | None:
        """The first date in a text (case-folded, ASCII digits), and where it stands.

        ``past``: the event has happened; a date without a year is then the nearest past one,
        otherwise the nearest that makes sense for a departure.  ``ahead``: it is still to come,
        though the text tells of what has happened too.
        """
        digits = DIGIT.search(text) is not None
        hints = self._hints.of(text)
        if not (digits or hints):
            return None
        whole = text
        if "only" in hints:
            for spoken, pattern in self._only:
                if spoken != language:
                    text = pattern.sub(blank, text)
        if "no day" in hints:
            text = self._no_day.sub(blank, text)
        if text != whole:  # another word may be left: «kalfirbe na»
            hints = self._hints.of(text)
        told = _Against(today, past, ahead, hints)
        for readings in (
            ((self._iso, digits and "-" in text), (self._numeric, digits), (self._named, digits)),
            (
                (self._ago_or_later, True),
                (self._near, True),
                (self._on_weekday, "weekday" in hints),
                (self._bare_day, digits and "day alone" in hints),
            ),
        ):
            found = [made for reading, may in readings if may and (made := reading(text, told))]
            if found:
                return min(found, key=lambda each: each[1][0])
        since = self._for_days.search(text) if past and "day" in hints else None
        if since is not None:
            return today - timedelta(days=int(since["n"])), since.span()
        return None

    def _iso(self, text: str, _: _Against) -> Found | None:
        match = _ISO.search(text)
        made = _made(int(match[1]), int(match[2]), int(match[3])) if match else None
        return (made, match.span()) if made and match else None

    def _numeric(self, text: str, told: _Against) -> Found | None:
        for match in self._day_and_month.finditer(text):
            if not match[3] and self._month_behind.match(text, match.end()):
                continue  # «14 - 3 dec»: an age, and a day
            day, month = int(match[1]), int(match[2])
            if match[3]:
                year = int(match[3])
                made = _made(year if year > 99 else 2000 + year, month, day)
            else:
                made = _nearest(day, month, told.today, past=told.past)
            if made is not None:
                return made, match.span()
        return None

    def _named(self, text: str, told: _Against) -> Found | None:
        if "month" not in told.hints:
            return None
        match = self._day_month.search(text)
        if match is not None:
            day, month, year = int(match[1]), self._month_of[match[2]], match[3]
        else:
            match = self._month_day.search(text)
            if match is None:
                return None
            day, month, year = int(match[2]), self._month_of[match[1]], match[3]
        made = (
            _made(int(year), month, day)
            if year
            else _nearest(day, month, told.today, past=told.past)
        )
        return (made, match.span()) if made else None

    def _near(self, text: str, told: _Against) -> Found | None:
        hours = self._hours_ago.search(text) if "hours" in told.hints else None
        if hours is not None:
            return told.today, hours.span()
        match = self._offset.search(text) if "offset" in told.hints else None
        if match is not None and not text[: match.start()].endswith(self._no_today):
            return told.today + timedelta(days=self._offsets[match["word"]]), match.span()
        match = self._kal.search(text) if "kal" in told.hints else None
        if match is not None:
            days = self._either[match["word"]]
            past = self._lies_behind(text, match.span(), told)
            return told.today + timedelta(days=-days if past else days), match.span()
        return None

    def _lies_behind(self, text: str, span: tuple[int, int], told: _Against) -> bool:
        """Whether a day that may be either is a past one."""
        if told.ahead:
            return False
        past = self._tense.is_past(text, span)
        return told.past if past is None else past

    def _ago_or_later(self, text: str, told: _Against) -> Found | None:
        match = self._week.search(text) if "week" in told.hints else None
        if match is not None:
            weeks = 1 if match["next"] or match["nx"] else -1
            return told.today + timedelta(weeks=weeks), match.span()
        for pattern, hint, sign in ((self._later, "later", 1), (self._ago, "ago", -1)):
            match = pattern.search(text) if hint in told.hints else None
            if match is None:
                continue
            groups = match.groupdict()
            spoken = groups.get("n") or groups.get("k") or groups.get("m") or "1"
            number = int(spoken) if spoken.isdecimal() else 1
            if groups.get("month"):
                return None
            days = number * (7 if groups.get("week") else 1)
            return told.today + timedelta(days=sign * days), match.span()
        return None

    def _on_weekday(self, text: str, told: _Against) -> Found | None:
        today = told.today
        match = self._weekday.search(text)
        if match is None:
            return None
        past = told.past and self._lies_behind(text, match.span(), told)
        ahead = (self._weekday_of[match["name"]] - today.weekday()) % 7
        which = match["which"]
        if which in self._last or match["before"] or (past and which in {None, "on"}):
            return today - timedelta(days=(7 - ahead) % 7 or 7), match.span()
        return today + timedelta(days=ahead or 7), match.span()

    def _bare_day(self, text: str, told: _Against) -> Found | None:
        today, past = told.today, told.past
        match = self._day_alone.search(text)
        if match is None:
            return None
        day = int(match[1] or match[2] or match[3])
        months = [(today.year, today.month), _month_after(today), _month_before(today)]
        made = [each for year, month in months if (each := _made(year, month, day))]
        off = self._months_off.search(text[: match.start()])
        if off is not None:  # «goto maser 18 tarikh», «agle mahine ki 3 ko»
            other = _month_after(today) if off["next"] else _month_before(today)
            fixed = _made(*other, day)
            return (fixed, match.span()) if fixed else None
        if past:
            fitting = [each for each in made if each <= today]
            return (max(fitting), match.span()) if fitting else None
        fitting = [each for each in made if each >= today]
        return (min(fitting), match.span()) if fitting else None


def _firsts(phrases: Iterable[str]) -> frozenset[str]:
    """The words that they begin with."""
    return frozenset(runs(phrase)[0] for phrase in phrases)


def _lasts(phrases: Iterable[str]) -> frozenset[str]:
    """The words that they end with."""
    return frozenset(runs(phrase)[-1] for phrase in phrases)


def _any(words: Iterable[str]) -> str:
    ordered = sorted(words, key=len, reverse=True)
    return "|".join(re.escape(word) for word in ordered)


def _month_after(today: date) -> tuple[int, int]:
    return (today.year + 1, 1) if today.month == 12 else (today.year, today.month + 1)


def _month_before(today: date) -> tuple[int, int]:
    return (today.year - 1, 12) if today.month == 1 else (today.year, today.month - 1)


def _nearest(day: int, month: int, today: date, *, past: bool) -> date | None:
    years = (today.year - 1, today.year, today.year + 1)
    made = [each for year in years if (each := _made(year, month, day)) is not None]
    if past:
        return max((each for each in made if each <= today), default=None)
    after = [each for each in made if each >= today - timedelta(days=_RECENT_DAYS)]
    return min(after, default=None)


def _made(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
