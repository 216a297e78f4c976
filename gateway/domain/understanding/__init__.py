"""From a text to what it says.  Nothing is refused; what cannot be read has intent "none".

A text that begins with a keyword, or carries labels, is read as a form; any other is weighed for
what it tells (``kinds``) and then read for its fields (``reading``).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from functools import cache, cached_property, partial
from itertools import islice, pairwise
from math import inf
from typing import TYPE_CHECKING

from gateway.domain.text import RUN, ascii_digits, plain, without_underscores
from gateway.domain.triage import ADULT_AT, GUESSED, TO_GO_BY, hours_to
from gateway.domain.understanding import ages, corrections, counting, kinds, marks, reading, urgency
from gateway.domain.understanding.values import Fields, Understood
from gateway.domain.understanding.words import LANGUAGES, Lexicon

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gateway.domain.places import Gazetteer
    from gateway.domain.understanding.phrases import Hit

__all__ = ["Fields", "Lexicon", "Understood", "understand"]

#: no phone sends more; what is longer is read so far
LONGEST = 1_600
#: where Swahili is spoken (ISO 3166)
_SWAHILI = frozenset(["KE", "UG", "TZ", "CD", "RW"])
_TOKEN = re.compile(rf"{RUN}(?:['’]{RUN})*|[?？]")
#: signs between the parts of a form, behind its labels, where something is filled in; and in a sentence
_SEPARATED, _LABELLED_BY = re.compile(r"[,;#*|/]"), re.compile(r"[:=ঃ\-/*#,]")
_FILLED_IN, _PARTED = re.compile("[:=ঃ_]"), re.compile(r"[,;*#|/।:=+]|\s-\s|\.\s")
#: a poster's code with its letters apart
_SPACED_CODE = re.compile(r"([A-Za-z])[ .\-]+([A-Za-z])[ .\-]+([A-Za-z])(?![A-Za-z])")
#: a code with a name behind it and no space between, and where the rest can be parted
_GLUED_CODE = re.compile(r"([A-Z]{3})(?=[A-Z][a-z]{2}|[A-Z]{3,}\d)")
_GLUED_SEX = re.compile(r"(?<=\d)([MF])(?=[A-Z]{3}|\d|\s|$)")
_GLUED = re.compile(r"(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")
#: a form in one word without a code: «RINA16DELHI12/12»
_RUN_ON = re.compile(r"([A-Za-z]{3,})\d{1,2}[A-Za-z]\S*$")
#: so many words for «none» in a form say that there is nothing to report
_MOST_NONE = 2
#: what a report of each kind should tell, the most needed first (DOMAIN table of kinds)
_WANTED = {
    "migration": ("age", "destination", "date", "purpose", "companion", "person"),
    "trafficking": ("age", "destination", "date", "companion", "origin", "person"),
    "missing": ("age", "origin", "date", "person"),
    "child_marriage": ("date", "age", "origin", "person"),
    "child_labour": ("age", "origin", "person"),
    "abuse": ("age", "origin"),
    "returned": ("age", "origin"),
    "support": ("age", "origin"),
    "sos": ("origin",),
    "question": (),
}
#: kinds that likeness alone may speak for by chance, and signs of what somebody could go by
_MAY_BE_GUESSED = frozenset(
    {"migration", "trafficking", "missing", "child_marriage", "child_labour"}
)
_SIGNS_TO_GO_BY = frozenset({"sign aged", "sign place", "sign known"})
#: kinds that say by themselves what for
_PURPOSE_IMPLIED = frozenset({"child_marriage", "child_labour"})
_SURE, _MISSPELT, _LABELLED, _BARE = 0.9, 0.8, 0.75, 0.5
#: how sure a text told freely is: at least, for each weight beyond what is needed, at most
_LEAST_FREE, _EACH_WEIGHT, _MOST_FREE = 0.42, 0.1, 0.8
#: what weighs less is no report; what is about as unsure goes to the staff's inbox and wakes nobody
_LEAST = kinds.LEAST
#: where the rules see so much in so few words, what is so little unlike a report is one, but no sure one
_PLAIN, _PLAIN_WORDS, _LITTLE_UNLIKE = 3.0, 10, -2.0
#: who corrects where somebody goes tells of a journey
_SOMEBODY_GOES_THERE = frozenset({"sign moves", "sign place", "sign human"})
_CORRECTED = -3.0
#: what a question must weigh more, unless it tells of somebody
_TO_ASK = 1.0
_EACH_FIELD = 0.02
#: the rules see all that a form of so few words says
_BRIEF = 8
_MOST_SURE = 0.98
#: a poster's code of three letters ends here, where a text begins with it
_POSTER_CODE = 3
#: how words for a phone begin
_PHONE = ("phone", "fon", "mobil", "ফোন", "মোবাইল", "फोन", "फ़ोन", "मोबाइल", "simu")
#: what weighs less is unlike a report whatever it begins with, what weighs more is like one
_QUITE_UNLIKE, _UNLIKE_A_FORM, _LIKE = -4.0, -1.9, 1.5
#: who tells so little in a form may have begun a sentence with its word by chance
_FEW_FIELDS = 3
#: an everyday word (work, go) or a digit begins many texts that are no report
_LEAST_BEHIND_WORD = 2
_LEAST_LABELS = 2
#: how many words before and behind a word for a wedding may say that it has been held
_BEFORE_WED, _BEHIND_WED = 2, 3
#: what a form asks for
_OF_A_FORM = (
    "label.", "way.", "sex.", "child", "somebody", "unit.", "with", "purpose.", "companion.",
)  # fmt: skip
#: a poster's word stands among so many words of a text, the last of them the second of two
_MOST_OPENING = 4
#: among so many words behind a code one may say that it is cancelled
_MOST_CANCELLING = 2
#: shorter ones are everyday words of some language
_SHORTEST_VERB = 3
#: so much is told one after the other only in a form
_MANY_FIELDS = 5


def understand(
    text: str,
    *,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None = None,
    region: str = "IN",
    sorted_as: str = "",
) -> Understood:
    """Understand one text.

    ``received`` is local time: dates are read against it.  ``near`` is the code of the sender's
    own place, which decides between places of one name.  ``sorted_as``: the kind of report that a
    person has found it to be.  Never raises.
    """
    reader = _reader(text, received, gazetteer, lexicon, near, region)
    if reader is None:
        language = "en" if text.isascii() else "und"
        if sorted_as:
            return Understood(text, language, "report", sorted_as, confidence=1.0)
        return Understood(text, language, "none")
    if sorted_as:
        return reader.sorted_as(sorted_as)
    found = _understand(reader)
    return replace(found, others_phone=True) if reader.others_phone() else found


def _understand(reader: _Reader) -> Understood:
    text, gazetteer, lexicon, region = reader.text, reader.gazetteer, reader.lexicon, reader.region
    tokens, language = reader.tokens, reader.language
    opted = lexicon.lookup("opt_out", " ".join(tokens))
    # «acha» is «leave it» in Swahili, and «well» in Hindi and Bengali
    if opted is not None and (opted[1].language != "sw" or region in _SWAHILI):
        return Understood(text, opted[1].language, "opt_out", confidence=_SURE)
    if _is_command(reader.clean, lexicon):
        return Understood(text, language, "command", confidence=_SURE)
    if len(tokens) == 1 and tokens[0].isdecimal() and len(tokens[0]) == 1:
        return Understood(text, language, "answer", confidence=_BARE)
    if gazetteer.knows(reader.clean) and lexicon.lookup("keyword", reader.folded) is None:
        return Understood(text, language, "none", confidence=_BARE)  # a place's name alone
    return reader.form() or reader.free()


def traits_of(
    text: str, *, received: datetime, gazetteer: Gazetteer, lexicon: Lexicon
) -> frozenset[str]:
    """What the weights of lexicon/likeness.json are learnt from and count in a text."""
    reader = _reader(text, received, gazetteer, lexicon)
    return frozenset() if reader is None else reader.weighed.traits


def traits_of_urgency(
    text: str, *, received: datetime, gazetteer: Gazetteer, lexicon: Lexicon
) -> frozenset[str] | None:
    """What the weights of lexicon/urgency.json are learnt from; None for what is no report."""
    reader = _reader(text, received, gazetteer, lexicon)
    found = None if reader is None else reader.form() or reader.free()
    if reader is None or found is None or not found.is_report:
        return None
    return urgency.traits(found, reader.weighed.traits)


def filled(
    text: str, *, received: datetime, gazetteer: Gazetteer, lexicon: Lexicon
) -> tuple[marks.Text, str] | None:
    """The text with its fields, and its kind, for learning from; None for what is no report."""
    reader = _reader(text, received, gazetteer, lexicon)
    found = None if reader is None else reader.form() or reader.free()
    if reader is None or found is None or reader.filled is None or found.kind is None:
        return None
    return reader.filled, found.kind


def _reader(
    text: str,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
    near: str | None = None,
    region: str = "IN",
) -> _Reader | None:
    """The text ready to be read; None if there is no word in it."""
    clean = _apart(_joined(ascii_digits(plain(text))[:LONGEST].strip(), lexicon), lexicon)
    folded = _folded(clean)
    tokens = _TOKEN.findall(without_underscores(folded))
    if not tokens:
        return None
    language = _language(clean, tokens, lexicon)
    corrected, sorts = _corrected(clean, folded, tokens, language, received, gazetteer, lexicon)
    if corrected != clean:
        folded = _folded(corrected)
        tokens = _TOKEN.findall(without_underscores(folded))
    reader = _Reader(
        text, corrected, folded, tokens, language, received, gazetteer, lexicon, near, region
    )
    reader.corrects = sorts
    return reader


def _corrected(
    clean: str,
    folded: str,
    tokens: list[str],
    language: str,
    received: datetime,
    gazetteer: Gazetteer,
    lexicon: Lexicon,
) -> tuple[str, frozenset[str]]:
    view = lexicon.view(language if language != "und" else "en")
    sorts = cache(  # the same words may stand in a text again and again
        partial(
            corrections.sorts_of,
            language=language,
            view=view,
            gazetteer=gazetteer,
            names=lexicon.names,
            dates=lexicon.dates,
            today=received.date(),
        )
    )
    goes = cache(partial(corrections.goes, view=view))
    return corrections.without_denied(clean, folded, tokens, language, view, sorts, goes)


class _Reader:
    """One text on its way to being understood."""

    def __init__(
        self,
        text: str,
        clean: str,
        folded: str,
        tokens: list[str],
        language: str,
        received: datetime,
        gazetteer: Gazetteer,
        lexicon: Lexicon,
        near: str | None,
        region: str,
    ) -> None:
        self.text, self.clean, self.folded, self.tokens = text, clean, folded, tokens
        self.language, self.received, self.gazetteer = language, received, gazetteer
        self.lexicon, self.near, self.region = lexicon, near, region
        self.view = lexicon.view(language if language != "und" else "en")
        self._opened = _keyword(clean, folded, tokens, lexicon)
        #: the sorts of what the text says not to be so, but so
        self.corrects: frozenset[str] = frozenset()
        #: the text whose fields were read last
        self.filled: marks.Text | None = None

    def form(self) -> Understood | None:
        """Read the text as a form; None if it is none."""
        opened = self._opened
        if opened is None:
            return self._labelled()
        kind, end, sure, code, spoken = opened
        if sure < _SURE and not code and spoken not in {self.language, "en"}:
            return self._labelled()  # «kaji», in Bengali, is no Swahili «kazi» misspelt
        if self.language not in {spoken, "bn", "hi"} and spoken != "en" and not code:
            self.language, self.view = spoken, self.lexicon.view(spoken)
        if kind == "question" and self.tokens[0].isdecimal():
            return None  # «9 year old girl …»
        if kind == "question" and not code and not self._asks() and self._is_like_one():
            return self._labelled()  # «information: a girl of 17 leaves …»
        if kind == "question":
            return Understood(self.text, self.language, "question", "question", confidence=sure)
        if self.tokens[0].isdecimal() and self._counts():
            return None
        if code and not self.view.small["cancels"].isdisjoint(
            _TOKEN.findall(self.folded[end:])[:_MOST_CANCELLING]
        ):
            return self._nothing()  # «MIG cancel. Rina, 16, F, Delhi»: a person reads it
        told = self._prepare(self.clean[end:], self.folded[end:], kind, free=False)
        if told.has("taken_back"):
            return self._nothing()
        fields = self._fill(told, kind)
        if self.tokens[0].isdecimal() and len(self.tokens) == 2:
            return self._understood(kind, fields, told, _BARE)  # «0 bachao»
        solid = [n for n in fields.told() if n not in {"person", "reason"}]
        if kind in _PURPOSE_IMPLIED and "purpose" in solid:
            solid.remove("purpose")
        separators = len(_SEPARATED.findall(self.folded))
        if self.tokens[0].isdecimal() and len(solid) < 3 and (separators < 2 or len(solid) < 2):
            return None
        if (not code or sure < _SURE) and len(solid) < _LEAST_BEHIND_WORD:
            return None
        if not code and _looks_free(self.folded, self.tokens) and len(solid) < _MANY_FIELDS:
            return None
        goes = fields.origin or fields.destination or fields.companion
        nowhere = not goes and len(self.tokens) > 2
        # a form with many fields is not weighed for this; without many it must be less unlike a
        # report than any text, and less still where it tells neither where nor with whom
        few = nowhere and len(solid) < _FEW_FIELDS
        unlike = _UNLIKE_A_FORM if few else _QUITE_UNLIKE
        # «RET Sanjay # 9 # M»: that so small a number is an age, only a form tells, and no weights
        small = (
            (code and sure >= _SURE and not few)
            and (fields.age is not None and fields.age <= marks.SHORTHAND)
            and (fields.sex is not None and self._names_person(told))
        )
        if len(solid) < _MANY_FIELDS and self.weighed.total < unlike and not small:
            return None  # «mig likhe pathale …», «lab, 12, sugar test …»
        if code and not solid and not told.facts:
            if len(self.tokens) > 2 or self._asks():
                return None
            sure = _BARE
        if len(solid) < _LEAST_BEHIND_WORD and self._asks():
            return self._nothing()
        denied = _denied(told)
        if denied >= _MOST_NONE and len(solid) < _FEW_FIELDS:
            return Understood(self.text, self.language, "none", confidence=_BARE)
        cry = kind == "sos" and not _looks_free(self.folded, self.tokens)
        # «Traffic too much at …»: the word or digit it begins with is no poster's
        if not (cry or (code and end <= _POSTER_CODE)) and self.weighed.total < _LEAST:
            return None
        noisy = _joke(fields, told) or (not code and not told.facts and self._is_noise())
        if _absurd(fields, told) or (noisy and not self._is_like_one()):
            return Understood(self.text, self.language, "none", confidence=_BARE)
        if (
            kind == "migration"
            and fields.purpose == "marriage"
            and fields.age is not None
            and fields.age < ADULT_AT
        ):
            kind = "child_marriage"
        return self._understood(kind, fields, told, sure)

    def _is_empty(self, told: marks.Text) -> bool:
        """«Naam: Umr: Ladka/Ladki: Kahan:»: the poster's form, and nothing filled in."""
        if len(_FILLED_IN.findall(self.folded)) <= _LEAST_LABELS:
            return False
        asks = [hit for hit in told.hits if hit.meaning.startswith(_OF_A_FORM)]
        labels = {hit.meaning for hit in asks if hit.meaning.startswith(("label.", "way."))}
        asked = {at for hit in asks for at in range(hit.start, hit.end)}
        return (
            len(labels) > _LEAST_LABELS
            and not any(hit.meaning.startswith("fact.") for hit in told.hits)
            and not told.fields
            and all(at in asked or word in self.view.tongue for at, word in enumerate(told.raw))
        )

    def _is_like_one(self) -> bool:
        """Whether a report of the poster is meant, though a word in it belongs to jokes."""
        weighed = self.weighed
        return weighed.total > _LIKE and "laughs" not in weighed.traits

    def _labelled(self) -> Understood | None:
        """A text with labels but without a keyword."""
        weighed, told = self.weighed, self._as_told
        if self._is_empty(told):
            return self._nothing()
        if told.has("taken_back") and told.has("label.person"):
            return self._nothing()
        labels = {h.meaning for h in told.hits if h.meaning.startswith(("label.", "way."))}
        separated = len(_LABELLED_BY.findall(self.folded))
        if told.has("noise") or not (
            told.has("label.person") or told.has("label.age") or separated >= 3
        ):
            return None
        labelled = told.has("label.person") and (
            len(labels) >= _LEAST_LABELS or "age" in told.fields
        )
        if not labelled or told.has("nonhuman") or told.has("notice"):
            return None
        kind = weighed.kind
        told = self._prepare(self.clean, self.folded, kind, free=False)
        fields = self._fill(told, kind)
        solid = [n for n in fields.told() if n not in {"person", "reason"}]
        if (
            len(solid) < _LEAST_BEHIND_WORD
            or _joke(fields, told)
            or (self._asks() and weighed.total < 0)
        ):
            return None
        if weighed.total < _LEAST:
            return None
        return self._understood(kind, fields, told, _LABELLED)

    def free(self) -> Understood:
        """Weigh and read the text as people write when they just tell."""
        weighed, told = self.weighed, self._counted
        if weighed.total < _LEAST and self._is_plain(weighed):
            weighed = replace(weighed, total=_LEAST)
        sure_of_more = weighed.total - (_TO_ASK if self._asks() or self.tokens[-1] in "?？" else 0)
        if weighed.total < _LEAST or (sure_of_more < 0 and not self._tells_of_somebody(told)):
            return self._nothing()
        past, ahead = self._is_past(weighed.kind, free=True), self._is_ahead(weighed.kind)
        if (past, ahead) != (self._is_past("", free=True), self._is_ahead("")) and not (
            marks.redate(told, self.lexicon.dates, self.received.date(), past=past, ahead=ahead)
        ):
            told = self._prepare(self.clean, self.folded, weighed.kind, free=True)
        fields = self._fill(told, weighed.kind)
        if fields.age is not None and fields.age > ages.OLDEST:
            return Understood(self.text, self.language, "none", confidence=_BARE)
        sure = min(_MOST_FREE, _LEAST_FREE + _EACH_WEIGHT * weighed.total)
        if weighed.kind == "sos":
            sure = max(sure, _BARE)
        return self._understood(weighed.kind, fields, told, sure)

    def _is_plain(self, weighed: kinds.Weighed) -> bool:
        """Whether the rules see a report in what is a little unlike the reports that were sorted."""
        if self.corrects and weighed.weight and weighed.traits >= _SOMEBODY_GOES_THERE:
            return weighed.total >= _CORRECTED
        brief = len(self.tokens) <= _PLAIN_WORDS
        return brief and weighed.weight >= _PLAIN and weighed.total >= _LITTLE_UNLIKE

    def others_phone(self) -> bool:
        """Whether the text says that somebody else has this phone or reads it."""
        return any(word.startswith(_PHONE) for word in self.tokens) and self._as_told.has(
            "others_phone"
        )

    def sorted_as(self, kind: str) -> Understood:
        """Read the text as a report of this kind, whatever it looks like."""
        told = self._prepare(self.clean, self.folded, kind, free=True)
        return replace(self._understood(kind, self._fill(told, kind), told, _SURE), confidence=1.0)

    def _opening(self) -> str:
        """What the text begins with, of what reports begin with."""
        opened = self._opened
        if opened is None:
            return "nothing"
        if opened[3]:
            return "code" if opened[2] >= _SURE else "misspelt code"
        return "digit" if self.tokens[0].isdecimal() else "word"

    @cached_property
    def _as_told(self) -> marks.Text:
        """The text as one that just tells."""
        return self._prepare(self.clean, self.folded, "", free=True)

    @cached_property
    def _counted(self) -> marks.Text:
        """The same with people and a bare age read, where no word tells an age."""
        told = self._as_told
        if "age" in told.fields:
            return told
        counted = replace(told, fields=dict(told.fields))
        counting.read_people(counted, self.lexicon.names, self.lexicon.numbers)
        marks.read_bare_age(counted, self.lexicon.names, self.gazetteer)
        return counted

    @cached_property
    def weighed(self) -> kinds.Weighed:
        """What stands for the text, as one that just tells, being a report."""
        told = self._counted
        age = told.fields.get("age")
        return kinds.weigh(
            told,
            self.lexicon.kinds,
            age=age if isinstance(age, int) else None,
            place=self._names_place(told),
            named=self._names_person(told),
            opening=self._opening(),
            corrects=self.corrects,
        )

    def _prepare(self, clean: str, folded: str, kind: str, *, free: bool) -> marks.Text:
        return marks.prepare(
            clean,
            self._digits if folded == self.folded else self.lexicon.numbers.as_digits(folded),
            self.language,
            free=free,
            past=self._is_past(kind, free=free),
            ahead=self._is_ahead(kind),
            today=self.received.date(),
            region=self.region,
            dates=self.lexicon.dates,
            view=self.view,
            gazetteer=self.gazetteer,
        )

    @cached_property
    def _digits(self) -> str:
        """The whole text with digits for number words."""
        return self.lexicon.numbers.as_digits(self.folded)

    def _is_past(self, kind: str, *, free: bool) -> bool:
        """Whether dates that are told lie in the past."""
        if kind == "child_marriage":
            return self._wed
        return kind in reading.PAST_KINDS or (free and self._tells_past)

    def _is_ahead(self, kind: str) -> bool:
        """Whether a wedding is still to be held, whatever has been done for it.

        «biye thik hoye geche», «the cards were printed»: agreed upon and prepared only.
        """
        return kind == "child_marriage" and not self._wed

    @cached_property
    def _wed(self) -> bool:
        """Whether the text says of every wedding that it tells of that it has been held.

        «biye hobe 5 tarikh. didi r biye hoye geche»: one is still to come, and that one counts.
        """
        told = self._as_told
        weddings = told.of("event.marry")
        return bool(weddings) and all(self._held(told, hit) for hit in weddings)

    def _held(self, told: marks.Text, hit: Hit) -> bool:
        near = [
            word
            for word, part in islice(
                zip(told.raw, told.parts, strict=True),
                max(0, hit.start - _BEFORE_WED),
                hit.end + _BEHIND_WED,
            )
            if part == told.parts[hit.start]
        ]
        said = {*near, *map(" ".join, pairwise(near))}
        small = self.view.small
        return not small["wed"].isdisjoint(said) and small["not_wed"].isdisjoint(said)

    @cached_property
    def _tells_past(self) -> bool:
        """Whether what is told has happened: «kal» is yesterday, then."""
        small = self.view.small
        return any(token in small["happened"] for token in self.tokens) and not any(
            token in small["to_come"] for token in self.tokens
        )

    def _fill(self, told: marks.Text, kind: str) -> Fields:
        self.filled = told
        return reading.fill(
            told,
            kind,
            self.gazetteer,
            self.near,
            self.view,
            self.lexicon.names,
            self.lexicon.numbers,
            self.lexicon.roles,
        )

    def _names_place(self, told: marks.Text) -> bool:
        words = [
            ""
            if word in self.view.tongue
            or len(word) < 3
            or (word in self.view and not self.gazetteer.is_well_known(word))
            or self.view.means_alone(word)
            else word
            for word in told.raw
        ]
        return self.gazetteer.find(words, self.near) is not None

    def _names_person(self, told: marks.Text) -> bool:
        return any(
            word not in self.view.tongue
            and word not in self.view
            and self.lexicon.names.given(word) is not None
            for word in told.raw
        )

    def _is_noise(self) -> bool:
        return self._as_told.has("noise")

    def _tells_of_somebody(self, told: marks.Text) -> bool:
        """Whether a question tells of somebody somewhere, rather than of the law."""
        return (
            self._names_place(told)
            or self._names_person(told)
            or "date" in told.fields
            or told.has("event.plea")
            or told.has("fact.danger_now")
            or any(word in self.view.small["mine"] for word in told.raw)
        )

    def _counts(self) -> bool:
        """«3 boys …», «2 din holo …», «8 tarikh …»: the digit counts, and is no poster's number."""
        behind = self.folded[self.folded.index(self.tokens[0]) + 1 :]
        hits = self.view.scan([self.view.canonical(token) for token in self.tokens[1:4]])
        return re.match(r"\s*\w", behind) is not None and (
            self.lexicon.dates.is_unit(self.tokens[1])
            or ages.is_unit(self.tokens[1])
            or any(
                hit.start == 0 and hit.meaning in {"unit.people", "child", "somebody"}
                for hit in hits
            )
        )

    def _asks(self) -> bool:
        return self.tokens[0] in self.view.small["asks_first"] or self._as_told.has("asking")

    def _nothing(self) -> Understood:
        intent = "question" if self._asks() or self.tokens[-1] in "?？" else "none"
        return Understood(self.text, self.language, intent, confidence=_BARE)

    def _understood(self, kind: str, fields: Fields, told: marks.Text, sure: float) -> Understood:
        named = fields.told()
        solid = [name for name in named if name not in {"person", "reason"}]
        report = Understood(
            text=self.text,
            language=self.language,
            intent="report",
            kind=kind,
            fields=fields,
            facts=frozenset(told.facts),
            hours_to_event=0.0
            if fields.date is None and told.has("now")
            else hours_to(fields.date, self.received),
            missing=tuple(name for name in _WANTED[kind] if name not in named),
            confidence=round(min(_MOST_SURE, sure + _EACH_FIELD * len(solid)), 2),
            ambiguous=tuple(
                (slot, told.namesakes[code])
                for slot, code in (
                    ("origin", fields.origin_code),
                    ("destination", fields.destination_code),
                )
                if code in told.namesakes
            ),
        )
        if told.free and self._is_guessed(kind, named):
            return replace(report, facts=report.facts | {GUESSED})
        # by itself it wakes somebody only where this is plainly a report that tells something
        if (
            (told.free or sum(not token.isdecimal() for token in self.tokens) > _BRIEF)
            and self.weighed.total > _LIKE
            and urgency.reads_urgent(
                report,
                self.weighed.traits,
                self.lexicon.urgency,
                # a form is one by its form
                likely=self.weighed.total if told.free else inf,
            )
        ):
            return replace(report, facts=report.facts | {urgency.READS_URGENT})
        return report

    def _is_guessed(self, kind: str, told: Mapping[str, object]) -> bool:
        """Whether only likeness speaks for the kind, and nothing is told that one could go by."""
        weighed = self.weighed
        return (
            kind in _MAY_BE_GUESSED
            and not weighed.weight
            and weighed.kind == kind
            and _SIGNS_TO_GO_BY.isdisjoint(weighed.traits)
            and not any(name in told for name in TO_GO_BY)
        )


def _joined(clean: str, lexicon: Lexicon) -> str:
    """«M I G, …» with its code in one word; «MIGKABIR14MKERALA7/12», «RINA16DELHI» in several."""
    glued = _GLUED_CODE.match(clean)
    if glued is not None:
        known = lexicon.lookup("keyword", glued[1].casefold())
        if known is not None and known[1].code:
            return f"{glued[1]} {_parted(clean[glued.end() :])}"
    named = _RUN_ON.match(clean)
    if named is not None and lexicon.names.given(named[1].casefold()) is not None:
        return _parted(clean)
    spaced = _SPACED_CODE.match(clean)
    if spaced is None:
        return clean
    code = "".join(spaced.groups())
    known = lexicon.lookup("keyword", code.casefold())
    return code + clean[spaced.end() :] if known is not None and known[1].code else clean


def _parted(run_on: str) -> str:
    return _GLUED.sub(" ", _GLUED_SEX.sub(r" \1 ", run_on))


def _apart(clean: str, lexicon: Lexicon) -> str:
    """«mig.jitu.23.m.surat»: stops that separate as commas do; between digits they stay."""
    code, stop, _ = clean.partition(".")
    known = lexicon.lookup("keyword", code.casefold()) if stop else None
    return _STOP.sub(",", clean) if known is not None and known[1].code else clean


_STOP = re.compile(r"(?<=[^\W\d])\.(?=\w)|(?<=\d)\.(?=[^\W\d])")


def _folded(clean: str) -> str:
    folded = clean.casefold()
    return (
        folded
        if len(folded) == len(clean)
        else clean.lower()
        if len(clean.lower()) == len(clean)
        else clean
    )


def _looks_free(folded: str, tokens: list[str]) -> bool:
    """Whether a text that begins with an everyday word is a sentence rather than a form."""
    separators = len(_PARTED.findall(folded))
    return len(tokens) > 9 and separators < 2


def _denied(told: marks.Text) -> int:
    """How often a form says that there is none, and not that somebody has none: «ma nei baba nei»."""
    lacks = {
        at
        for hit in told.hits
        if hit.meaning.startswith(("fact.", "event.need", "event.missing"))
        for at in hit.words()
    }
    return sum(
        word in told.view.small["none"] for at, word in enumerate(told.raw) if at not in lacks
    )


#: facts that say only who is told of
_WHO = frozenset(["minor", "young"])


def _absurd(fields: Fields, told: marks.Text) -> bool:
    """Nobody is as old as that."""
    return fields.age is not None and (
        fields.age > ages.OLDEST or (fields.age >= 95 and told.has("noise"))
    )


def _joke(fields: Fields, told: marks.Text) -> bool:
    if _absurd(fields, told):
        return True
    return told.has("noise") and told.facts <= _WHO and fields.companion != "agent"


def _keyword(
    clean: str, folded: str, tokens: list[str], lexicon: Lexicon
) -> tuple[str, int, float, bool, str] | None:
    """(kind, where the rest begins, how sure, is it a code, its language) of the keyword."""
    matches = list(islice(_TOKEN.finditer(without_underscores(folded)), _MOST_OPENING))
    first = tokens[0]
    if len(first) == 1 and first in lexicon.digits:
        kind = lexicon.digits[first]
        if len(tokens) > 2 or (len(tokens) == 2 and _means(tokens[1], kind, lexicon)):
            return kind, matches[0].end(), _MISSPELT, False, "en"
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
        return (
            kind,
            matches[skipped - 1].end(),
            _SURE if exact else _MISSPELT,
            word.code,
            word.language,
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


def _is_command(clean: str, lexicon: Lexicon) -> bool:
    """Whether a text is a command, whoever sends it: nothing that could be a report in any words."""
    typed = lexicon.verbs.exactly(clean)
    if typed is None or typed.verb.open or typed.fault:
        return False
    # words of all kinds may be a report, whatever stands before them
    bare = len(clean.split(maxsplit=1)[0]) >= _SHORTEST_VERB and typed.verb.plain
    return "text" not in typed.args and ("case" in typed.args or bare)


_BENGALI, _DEVANAGARI = re.compile("[\u0980-\u09ff]+"), re.compile("[\u0900-\u0963\u0966-\u097f]+")
_LATIN = re.compile("[A-Za-z]+")


def _language(text: str, tokens: list[str], lexicon: Lexicon) -> str:
    """By the script, or in Latin letters by the words."""
    if text.isascii():
        return lexicon.tongue(tokens) or "en"
    bengali, devanagari, latin = (
        sum(map(len, letters.findall(text))) for letters in (_BENGALI, _DEVANAGARI, _LATIN)
    )
    if (bengali or devanagari) and max(bengali, devanagari) * 3 >= latin:
        return "bn" if bengali >= devanagari else "hi"
    return lexicon.tongue(tokens) or "en"
