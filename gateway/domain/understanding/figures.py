"""What a number in a text stands for: a sum, a class at school, a time, a count or an address."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from gateway.domain.understanding.hints import Hints
from gateway.domain.understanding.patterns import ENDS, START, beginnings, by_role, endings

#: a class in Roman figures
_ROMAN = "v?i{1,3}|iv|v|ix|x"
#: «p5», a class at a primary school, or its letter alone
_P = re.compile(r"p\d?").fullmatch
#: a sum ends in a digit: a comma behind it parts it from what follows
_SUM = r"\d(?:[\d,.]{0,14}\d)?"
#: lists of words that stand behind their number
_BEHIND = frozenset(
    ["thousands", "money_behind", "people", "time_behind", "years", "numbered_behind", "no_age_behind", "houses", "pieces"]
)  # fmt: skip


class Figures:
    """Patterns for numbers by what they stand for; made of the words of lexicon/figures.toml."""

    def __init__(self, words: Mapping[str, Sequence[str]], hints: type[Hints] = Hints) -> None:
        w = by_role(words, _BEHIND)
        self.money = re.compile(
            rf"(?:{START}{w['money_before']}\.?\s*|₹\s*|\$\s*){_SUM}\s*{w['thousands']}?"
            rf"|(?<!\d){_SUM}\s*{w['money_behind']}(?:\s*{w['money']})?"
            r"|(?<![\d+])\d{4,6}(?!\d)"
        )
        #: «7-8 girls» is no day of August: so many there may be more
        self.or_more = re.compile(rf"(?<![\d/.\-])\d{{1,2}}(\s*-\s*\d{{1,2}})\s*{w['people']}")
        #: a time, a duration, an address or a class by its number
        self.times = re.compile(
            rf"(?<![^\W_])\d{{1,3}}\s*{w['time_behind']}"
            rf"|(?<![^\W_])\d{{1,2}}\s*(?:{w['years']}\s*{w['ago']}|{w['numbered_behind']})|{START}p\s?[1-8]{ENDS}"
            rf"|{START}{w['address']}\s*(?:{w['number']}\s*)?\d{{1,3}}{ENDS}"
            rf"|{START}{w['numbered']}\s*\d{{1,2}}{ENDS}|{START}{w['time_before']}\s+\d{{1,2}}"
        )
        self.school_class = re.compile(
            rf"{START}{w['class']}\s*(?:(?:[1-9]|1[0-2]|{_ROMAN}){ENDS}|{w['class_number']})"
            rf"|(?:[5-9]|1[0-2]){w['nth']}? {w['class_behind']}|{w['classes']}|{START}p\s?[4-8]{ENDS}"
            rf"|{START}(?:[5-9]|10)\s?{w['nth']} {w['in_class']}"
        )
        self.long_hours = re.compile(
            rf"(?<!\d)(?:1[2-9]|2[0-4])\s*-?\s*{w['hours']}(?!\s*{w['no_work']})"
            rf"|{START}{w['hours_before']}\s+(?:1[2-9]|2[0-4])(?=\s*{w['daily']})"
            rf"|{START}{w['sleeps']}\s+(?:\w+\s+){{0,2}}[234]\s*{w['hours_of_sleep']}"
        )
        self.works = re.compile(w["works"])
        #: behind these a number is a day, an hour or somewhere's
        none_above = "".join(rf"(?<!{re.escape(word)} )" for word in words["none"])
        self.no_age_before = re.compile(
            rf"{START}(?:{w['no_age_before']}|{none_above}{w['above']})\W{{0,3}}$"
        )
        #: before these it counts something else
        self.no_age_behind = re.compile(
            rf"\s*(?:{w['to']} \d|{w['from']} \d+ {w['month']}|{w['no_age_behind']}"
            rf"|{w['houses']}(?! {w['of_houses']})|{w['pieces']}(?! {w['of_whom']}))"
        )
        #: «Rina 15 er biye», or a day, which is taken out by then
        self.hers = re.compile(rf"\s+{w['hers']}\s+(?!{w['no_hers']})|\s{{4,}}")
        in_class, nth = beginnings(words["class"]), endings(words["nth"])
        classes = endings(words["classes"])
        times = beginnings(
            words["time_behind"], words["years"], words["numbered_behind"], words["address"],
            words["time_before"], words["numbered"],
        )  # fmt: skip
        self.hints = hints({
            "class": lambda word: in_class(word) or classes(word) or nth(word) or _P(word),
            "time": lambda word: times(word) or _P(word),
            "long hours": beginnings(words["hours"], words["hours_before"], words["sleeps"]),
        })  # fmt: skip
