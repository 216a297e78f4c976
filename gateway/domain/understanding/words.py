"""The lexicon: which words mean what, in each way of writing."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from typing import TYPE_CHECKING

from rapidfuzz.distance import OSA
from rapidfuzz.process import extractOne

from gateway.domain.text import plain
from gateway.domain.understanding.counting import Nouns
from gateway.domain.understanding.phrases import (
    GAP,
    Hit,
    Line,
    Lines,
    Phrases,
    expand,
    respell,
    slots,
)
from gateway.domain.understanding.shapes import skeleton, sound, spelling, stem, with_ending

if TYPE_CHECKING:
    from gateway.domain.commands.verbs import Verbs
    from gateway.domain.understanding.ages import AgeReader
    from gateway.domain.understanding.dates import DateReader
    from gateway.domain.understanding.figures import Figures
    from gateway.domain.understanding.kinds import KindTable
    from gateway.domain.understanding.likeness import Likeness
    from gateway.domain.understanding.number_words import NumberWords

LANGUAGES = ("en", "bn", "bn-Latn", "hi", "hi-Latn", "sw")
_IN_LATIN = ("en", "bn-Latn", "hi-Latn", "sw")
#: how much a word of the lexicon says of its language, beside a small word's 1
_OWN_WORD = 0.5
#: whose words are read in a text of a language, the first counting most
_READ_WITH = {
    "en": ("en", "bn", "hi"),
    "bn": ("bn", "en"),
    "bn-Latn": ("bn-Latn", "en", "hi-Latn", "bn"),
    "hi": ("hi", "en"),
    "hi-Latn": ("hi-Latn", "en", "bn-Latn", "hi"),
    "sw": ("sw", "en"),
}
#: words shorter than this are read to the letter: too many others are one slip away
_FUZZY_FROM = 5
_TWO_SLIPS_FROM = 9
#: words longer than this may slip in a consonant too
_LONG = 8
#: words of so many letters are known by a spelling without habits
_SPELT_FROM = 4
#: meanings whose words are read as they are written: what silences a report must be meant
_TO_THE_LETTER = ("noise", "notice", "nonhuman", "asking", "relief", "followup", "opt_out")
#: meanings that stand above others within their words: «not come back» is no return
_OVER: dict[str, tuple[str, ...]] = {
    "idiom": ("",),
    "event.missing": ("event.returned",),
    "relief": ("event.", "fact."),
    "followup": ("event.need", "event.plea"),
    "look.described": ("noise", "notice"),
}
#: of these the language's own meaning of a word goes before another's
_OWN_FIRST = ("sex.", "companion.")
_PEOPLE = frozenset(["child", "somebody"])
#: what hangs in Bengali on whom something is done to, or on one of several
_OBJECT = ("কে", "টা", "টি", "দের", "ke", "take", "tike", "derke")
#: meanings that are looked up by the word, and are no phrases in a text
_NO_PHRASE = ("keyword", "tongue", "small.", "root.", "denied_root.", "spelling.")
#: letters of a poster's code
_CODE = 3
#: words that begin so many lines are met in many a text
_MANY_LINES = 14
#: a name is known by its sound from this many letters on
_SOUND_FROM, _LATIN_SOUND_FROM = 3, 4


@dataclass(frozen=True, slots=True)
class Word:
    """A word or phrase as written; ``code``: a poster's code, no everyday word."""

    text: str
    language: str
    code: bool = False


class Lexicon:
    """All entries, and a view for each language."""

    def __init__(
        self,
        entries: Iterable[tuple[str, str, Word]],
        digits: Mapping[str, str],
        dates: DateReader,
        ages: AgeReader,
        figures: Figures,
        numbers: NumberWords,
        kinds: KindTable,
        names: Names,
        verbs: Verbs,
        roles: Likeness,
        urgency: Likeness,
    ) -> None:
        self.verbs = verbs
        self.keyword = lru_cache(maxsize=20_000)(self._keyword)
        self._spoken_in = lru_cache(maxsize=20_000)(self._speaks_for)
        self.roles: Likeness | None = roles
        self.urgency = urgency
        self.digits = digits
        self.dates, self.ages, self.figures = dates, ages, figures
        self.kinds = kinds
        self.names = names
        self.numbers = numbers
        self._entries = tuple(entries)
        self._by_meaning: dict[str, dict[str, tuple[str, Word]]] = {}
        self._tongues: dict[str, set[str]] = {}
        written: dict[str, list[tuple[str, str, str]]] = {language: [] for language in LANGUAGES}
        for meaning, value, word in self._entries:
            text = plain(word.text)
            self._by_meaning.setdefault(meaning, {}).setdefault(text, (value, word))
            written[word.language].append((meaning, value, text))
            if meaning == "tongue":
                self._tongues.setdefault(text, set()).add(word.language)
        self._written = {language: _Written(known) for language, known in written.items()}
        self._small = _small(each for known in written.values() for each in known)
        self._views: dict[str, View] = {}

    def _is_everyday(self, word: str) -> bool:
        """Whether no poster's code is misspelt as this: a word of any language, or a stem of one."""
        return word in self._tongues or any(
            not own.isdisjoint(with_ending(word)) for own in self._own.values()
        )

    @cached_property
    def _own(self) -> Mapping[str, frozenset[str]]:
        """The words of each language itself, not of those read with it."""
        return {language: self.view(language).own for language in LANGUAGES}

    @property
    def entries(self) -> tuple[tuple[str, str, Word], ...]:
        """(meaning, value, word) of every entry."""
        return self._entries

    def view(self, language: str) -> View:
        """What is read in a text of this language; made when it is first asked for."""
        view = self._views.get(language)
        if view is None:
            view = View(self._written, language, self.names.written, self._small)
            self._views[language] = view
        return view

    def warm(self) -> None:
        """Make all views now: for a process whose first text is not to wait for one."""
        for language in LANGUAGES:
            self.view(language).warm()

    def lookup(self, meaning: str, phrase: str) -> tuple[str, Word] | None:
        """The value of exactly this word or phrase (case-folded), in any language."""
        return self._by_meaning.get(meaning, {}).get(phrase)

    def tongue(self, words: Sequence[str]) -> str | None:
        """The language in Latin letters that most of the words speak for; None if none does."""
        score = dict.fromkeys(_IN_LATIN, 0.0)
        for word in words:
            for language, weight in self._spoken_in(word):
                score[language] += weight
        best = max(score, key=lambda each: score[each])
        return best if score[best] > 0 else None

    def _speaks_for(self, word: str) -> Sequence[tuple[str, float]]:
        """How much a word speaks for each language in Latin letters."""
        # a word or two in another script stand in many a text in Latin letters
        languages = self._tongues.get(word, set()) & set(_IN_LATIN)
        small = {language: 1 / len(languages) for language in languages}
        english = word in self._own["en"]
        weights = [
            (
                language,
                small.get(language, 0.0)
                + (_OWN_WORD if not english and word in self._own[language] else 0.0),
            )
            for language in _IN_LATIN
        ]
        return [each for each in weights if each[1]]

    def _keyword(self, word: str) -> tuple[str, Word, bool] | None:
        """(kind, the word meant, to the letter) of a word that may be misspelt.

        A poster's code of three letters may have one letter too many, two swapped or a digit for a
        letter (MIGG, MIGR, MGI, M1G); longer words may have one slip.
        """
        known = self._by_meaning.get("keyword", {})
        found = known.get(word)
        if found is not None:
            return (*found, True)
        swapped = word[0] + word[2] + word[1] if len(word) == _CODE else ""
        for near in (word.replace("1", "i").replace("0", "o"), word[:-1], swapped):
            if near in self._codes and not self._is_everyday(word):
                return *self._codes[near], False
        if len(word) >= _SPELT_FROM and (alike := self._by_spelling.get(spelling(word))):
            return *alike, False
        if len(word) >= _FUZZY_FROM:
            of_length = self._by_length.get(len(word), ())
            slip = extractOne(word, of_length, scorer=OSA.distance, score_cutoff=1)
            if slip is not None:
                return *known[slip[0]], False
        return None

    @cached_property
    def _codes(self) -> Mapping[str, tuple[str, Word]]:
        """The posters' codes."""
        known = self._by_meaning.get("keyword", {})
        return {text: told for text, told in known.items() if told[1].code}

    @cached_property
    def _by_spelling(self) -> Mapping[str, tuple[str, Word]]:
        """The other keywords by their spelling without habits."""
        found: dict[str, tuple[str, Word]] = {}
        for text, told in self._by_meaning.get("keyword", {}).items():
            if not told[1].code:
                found.setdefault(spelling(text), told)
        return found

    @cached_property
    def _by_length(self) -> Mapping[int, Sequence[str]]:
        """Those of them that may have a slip, by the length of a word one letter away at the most."""
        found: dict[int, list[str]] = {}
        known = self._by_meaning.get("keyword", {})
        for text in sorted(known, key=len):  # of several the shortest is meant
            if len(text) >= _FUZZY_FROM and not known[text][1].code:
                for length in (len(text) - 1, len(text), len(text) + 1):
                    found.setdefault(length, []).append(text)
        return found


class Names:
    """Names that people bear; in other scripts than the Latin one known by their sound."""

    def __init__(self, given: Iterable[str], family: Iterable[str]) -> None:
        given, family = tuple(given), tuple(family)
        #: all of them, in small Latin letters
        self.written = frozenset(name.casefold() for name in (*given, *family))
        self._given = _Sounds(given)
        self._family = _Sounds(family)

    def given(self, word: str) -> str | None:
        """The given name in this word, without the ending it may carry; None if there is none."""
        return self._given.heard(word)

    def family(self, word: str) -> str | None:
        """The same of a surname."""
        return self._family.heard(word)


class _Sounds:
    def __init__(self, names: Iterable[str]) -> None:
        self.heard = lru_cache(maxsize=20_000)(self._find)
        self._written = frozenset(name.casefold() for name in names)
        self._heard = frozenset(sound(name) for name in self._written)

    def _find(self, word: str) -> str | None:
        if word.isascii():
            known = word in self._written or (
                len(heard := sound(word)) >= _LATIN_SOUND_FROM and heard in self._heard
            )
            return word if known else None
        for each in (word, *stem(word)):
            if len(heard := sound(each)) >= _SOUND_FROM and heard in self._heard:
                return each
        return None


class SwahiliVerbs:
    """Swahili verbs by their roots: ni-na-m-PIG-a is subject, tense, object, root, ending."""

    def __init__(self, entries: Iterable[tuple[str, str, str]]) -> None:
        told: dict[str, str] = {}
        denied: dict[str, str] = {}
        for meaning, value, text in entries:
            if meaning.startswith("root."):
                told[text] = value
            elif meaning.startswith("denied_root."):
                denied[text] = value
        self._told, self._denied = told, denied
        self._affirms = re.compile(
            "(?:(?:ni|na|u|a|tu|m|wa|i|zi|li|ku|ki|vi|ya|ka)(?:na|li|me|ta|ka|ki|nge|mesha|)"
            f"(?:ye|o|)|hu|ka)(?:ku|)(?:{_SWAHILI_OBJECT})({self._roots(told)})[a-z]*"
        )
        self._denies = re.compile(
            f"(?:hatu|hawa|hamu|ha|hu|si)(?:ja|ku|ta|wezi|)(?:ku|)(?:{_SWAHILI_OBJECT})({self._roots(denied)})[a-z]*"
        )

    @staticmethod
    def _roots(roots: Iterable[str]) -> str:
        return "|".join(sorted(roots, key=len, reverse=True)) or "(?!)"

    def read(self, word: str) -> str | None:
        """The word of the lexicon that stands for this verb; None if it is none."""
        if (match := self._denies.fullmatch(word)) is not None:
            return self._denied[match[1]]
        if word.startswith(("haja", "hawaja", "hatuja", "sija", "haku", "hawaku", "hatuku")):
            return None  # denied, and so not what the root says
        match = self._affirms.fullmatch(word)
        return None if match is None else self._told[match[1]]


_SWAHILI_OBJECT = "ni|ku|mu|mw|m|tu|wa|ji|u|i|zi|ya|vi|"


#: sorts of meanings of which a word may have one only
_SORTS = frozenset({"keyword", "sex", "companion", "purpose"})
#: meanings that speak against each other: what silences a report, and what makes one
_OPPOSITES = (
    ("event.missing", "event.returned"),
    ("event.returned", "relief"),
    *((silencing, telling) for silencing in ("noise", "notice") for telling in ("event.", "fact.")),
    *(("nonhuman", person) for person in ("child", "somebody", "sex.")),
)


def clashes(entries: Iterable[tuple[str, str, Word]]) -> list[str]:
    """Words of one language that mean two things that clash.

    Two of one sort, such as two kinds or two sexes; or two that speak against each other.
    """
    sorts: dict[tuple[str, str, str], str] = {}
    meanings: dict[tuple[str, str], dict[str, None]] = {}
    found = []
    for meaning, value, word in entries:
        sort = meaning.split(".")[0]
        for phrase in expand(plain(word.text)):
            meanings.setdefault((word.language, phrase), {})[meaning] = None
            if sort not in _SORTS:
                continue
            other = sorts.setdefault((sort, word.language, phrase), value)
            if other != value:
                found.append(f"{word.language} {sort}: {phrase} means {other} and {value}")
    found += [
        f"{language}: {phrase} means {one} and {other}"
        for (language, phrase), known in meanings.items()
        for silencing, telling in _OPPOSITES
        for one in known
        if one.startswith(silencing)
        for other in known
        if other.startswith(telling)
    ]
    return found


def _small(entries: Iterable[tuple[str, str, str]]) -> dict[str, frozenset[str]]:
    found: dict[str, set[str]] = {}
    for meaning, value, text in entries:
        if meaning.startswith("small."):
            found.setdefault(value, set()).add(text)
    return {name: frozenset(words) for name, words in found.items()}


class _Written:
    """What the lexicon has in one language."""

    def __init__(self, entries: Sequence[tuple[str, str, str]]) -> None:
        self.entries = entries

    @cached_property
    def lines(self) -> Lines:
        """The phrases."""
        lines = Lines()
        for meaning, value, text in self._phrases():
            lines.add(Line(slots(text), meaning, value, text))
        return lines

    @cached_property
    def spellings(self) -> Mapping[str, str]:
        """Other spellings of a word, and the one that the lexicon uses."""
        return {
            text: value for meaning, value, text in self.entries if meaning.startswith("spelling.")
        }

    @cached_property
    def tongue(self) -> frozenset[str]:
        """Small words of the language."""
        return frozenset(text for meaning, _, text in self.entries if meaning == "tongue")

    @cached_property
    def words(self) -> Sequence[str]:
        """Every word of the phrases, in the order of the files."""
        return list(dict.fromkeys(w for _, _, text in self._phrases() for w in _words_of(text)))

    @cached_property
    def forgiven(self) -> frozenset[str]:
        """Those that may be misspelt."""
        return frozenset(
            word
            for meaning, _, text in self._phrases()
            if not meaning.startswith(_TO_THE_LETTER)
            for word in _words_of(text)
        )

    @cached_property
    def alone(self) -> frozenset[str]:
        """Those that mean something by themselves."""
        return frozenset(
            run[0]
            for _, _, text in self._phrases()
            if len(parts := slots(text)) == 1
            for run in parts[0]
            if len(run) == 1
        )

    def _phrases(self) -> Iterable[tuple[str, str, str]]:
        return (entry for entry in self.entries if not entry[0].startswith(_NO_PHRASE))


@cache
def _words_of(line: str) -> tuple[str, ...]:
    """Every word that a line may be written with."""
    return tuple(word for slot in slots(line) for run in slot for word in run if word != GAP)


class View:
    """The words that are read in a text of one language."""

    def __init__(
        self,
        written: Mapping[str, _Written],
        language: str,
        names: frozenset[str],
        small: Mapping[str, frozenset[str]],
    ) -> None:
        self._language = language
        self._read = [written[each] for each in _READ_WITH[language]]
        #: names that people bear, which are no other word misspelt
        self.names = names
        self._verbs = SwahiliVerbs(self._read[0].entries) if language == "sw" else None
        #: other spellings of a word, and the one that the lexicon uses
        self._meant = {k: v for each in self._read for k, v in each.spellings.items()}
        self._variants: dict[str, list[str]] = {}
        for variant, word in self._meant.items():
            self._variants.setdefault(word, []).append(variant)
        #: small words of the language, which are no names and no places
        self.tongue: frozenset[str] = frozenset().union(*(each.tongue for each in self._read))
        #: small words by what they do, the same in every language
        self.small = small
        #: words of the language itself, not of those read with it
        self.own = frozenset(self._spelt_as_here(self._read[0].words))
        self._counted: dict[str, Nouns] = {}
        self._phrases = Phrases(self._beginning)
        self._vocabulary = frozenset(self._spelt_as_here(w for r in self._read for w in r.words))
        forgiven = frozenset(self._spelt_as_here(w for r in self._read for w in r.forgiven))
        #: words that mean something by themselves, not only in a phrase
        self._alone = frozenset(self._spelt_as_here(w for r in self._read for w in r.alone))
        #: words that may be misspelt by what they sound like, and by how that begins
        self._alike: dict[str, list[str]] = {}
        self._begin_alike: dict[str, list[str]] = {}
        for known in sorted(forgiven):
            if len(known) >= _FUZZY_FROM:
                shape = skeleton(known)
                self._alike.setdefault(shape, []).append(known)
                self._begin_alike.setdefault(shape[:2], []).append(known)
        #: words by the spelling that is left when habits are taken off
        self._spelt: dict[str, str] = {}
        if language != "en":
            for known in self._spelt_as_here(self._read[0].words):
                if known in forgiven and len(known) >= _SPELT_FROM:
                    self._spelt.setdefault(spelling(known), known)
        #: the word of the lexicon that is meant: itself, its stem, or one a slip away
        self.canonical = lru_cache(maxsize=20_000)(self._canonical)
        #: whether this is a word of the lexicon, perhaps with an ending; no spelling is forgiven
        self.knows = lru_cache(maxsize=20_000)(self._is_known)

    def _spelt_as_here(self, words: Iterable[str]) -> Iterator[str]:
        return (self._meant.get(word, word) for word in words)

    def _beginning(self, word: str) -> Iterator[Line]:
        """The lines that begin with a word in the lexicon's own spelling."""
        taken: set[tuple[str, str]] = set()
        met: set[str] = set()
        meant = self._meant.keys()
        for written in self._read:
            for first in (word, *self._variants.get(word, ())):
                for line in written.lines.beginning(first):
                    if line.meaning.startswith(_OWN_FIRST):
                        told = line.meaning.split(".")[0], line.text
                        if told in taken:
                            continue
                        taken.add(told)
                    met.add(line.meaning)
                    as_here = meant.isdisjoint(_words_of(line.text))
                    yield (
                        line if as_here else line._replace(parts=respell(line.parts, self._meant))
                    )
        if _PEOPLE.isdisjoint(met) and (
            word.endswith(_OBJECT) or any(each.startswith("sex.") for each in met)
        ):
            yield from self._of_stem(word)

    def _of_stem(self, word: str) -> Iterator[Line]:
        """«মেয়েকে», «নাতনিকে» tell of a child as «মেয়ে», «নাতনি» do."""
        for shorter in stem(word):
            for written in self._read:
                for line in written.lines.beginning(shorter):
                    if line.meaning in _PEOPLE and line.parts == (((shorter,),),):
                        yield line._replace(parts=(((word,),),))

    def warm(self) -> None:
        """Lay out now what begins with the words that begin most."""
        begun = Counter(
            self._meant.get(word, word) for written in self._read for word in written.lines.firsts()
        )
        for word, lines in begun.items():
            if lines >= _MANY_LINES:
                self._phrases.begin(word)

    def counted(self, sort: str) -> Nouns:
        """The nouns of this sort that are counted."""
        if sort not in self._counted:
            lines = self.small[sort]
            self._counted[sort] = Nouns(
                frozenset(line[:-1] for line in lines if line.endswith("*")),
                frozenset(line for line in lines if not line.endswith("*")),
            )
        return self._counted[sort]

    def __contains__(self, word: str) -> bool:
        return word in self._vocabulary

    def means_alone(self, word: str) -> bool:
        """Whether this word means something by itself, and so is no place."""
        return word in self._alone

    def _is_known(self, word: str) -> bool:
        return word in self._vocabulary or any(each in self._vocabulary for each in stem(word))

    def _canonical(self, word: str) -> str:
        word = self._meant.get(word, word)
        if word in self._vocabulary or word in self.tongue:
            return word
        if self._verbs is not None and (verb := self._verbs.read(word)) is not None:
            return verb
        if len(word) >= _SPELT_FROM and (spelt := self._spelt.get(spelling(word))):
            return spelt
        for shorter in stem(word):
            if shorter in self._vocabulary:
                return shorter
        if word in self.names:
            return word
        if len(word) < (_FUZZY_FROM if word.isascii() else _FUZZY_FROM + 2):
            return word
        shape = skeleton(word)
        most = 2 if len(word) >= _TWO_SLIPS_FROM and self._language != "sw" else 1
        alike = (
            self._begin_alike.get(shape[:2], ())
            if len(word) > _LONG
            else self._alike.get(shape, ())
        )
        return next(
            (
                candidate
                for candidate in alike
                if abs(len(candidate) - len(word)) <= most
                and OSA.distance(word, candidate, score_cutoff=most) <= most
            ),
            word,
        )

    def scan(self, words: Sequence[str], parts: Sequence[int] = ()) -> list[Hit]:
        """Every phrase among canonical words, without what stands inside an idiom."""
        hits = self._phrases.scan(words, parts)
        over = [hit for hit in hits if hit.meaning in _OVER]
        return [
            hit
            for hit in hits
            if not any(
                hit.meaning.startswith(_OVER[other.meaning])
                and hit.meaning != other.meaning
                and other.start <= hit.start
                and hit.end <= other.end
                for other in over
            )
        ]
