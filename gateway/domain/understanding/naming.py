"""Names of people: behind a label, before a surname, known by a list, or by where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gateway.domain.understanding.marks import Text
    from gateway.domain.understanding.phrases import Hit
    from gateway.domain.understanding.words import Names, View

#: the longest name in words
_MOST_WORDS = 3
#: words between «I» and what the sender is: «ami 14 bochorer meye»
_SELF = 4
#: kinds that tell of one place where it happens, rather than of a journey
STAYING = frozenset(["missing", "abuse", "child_marriage", "child_labour", "returned", "support"])


def label_name(text: Text, view: View) -> None:
    """Take the name behind (or, in Bengali and Hindi, before) the word «name»."""
    for hit in text.of("label.person"):
        text.mark(hit.start, hit.end)
        if hit.end < len(text.raw) and text.raw[hit.end] in view.small["not_known"]:
            return
        if _ends_with_label(text, hit, view):
            continue
        end = name_end(text, hit.end, view, same_part=False)
        if end > hit.end:
            end = max(end, _whole_part(text, hit.end, view))
            before = text.raw[max(0, hit.start - 2) : hit.start]
            if any(word in view.small["man"] for word in before):
                text.put("companion_name", hit.end, end)
                continue
            text.put("person", hit.end, end)
            return
        # "Riya naam", "সাবিত্রী নামের"
        if (
            text.raw[hit.start].startswith(tuple(view.small["named"]))
            and hit.start
            and may_be_name(text, hit.start - 1, view)
        ):
            text.put("person", hit.start - 1, hit.start)
            return


def senders_name(text: Text, view: View, names: Names) -> frozenset[int]:
    """Where «amar nam Rekha», «ami Rekha bolchi» name the sender, if it is a child who is told of."""
    small = view.small
    own = {
        hit.end + (not small["is"].isdisjoint(text.raw[hit.end : hit.end + 1]))
        for hit in text.of("label.person")
        if not small["mine"].isdisjoint(text.raw[max(0, hit.start - 2) : hit.start])
    } | {
        at + 1
        for at, word in enumerate(text.raw[:-1])
        if word in small["i_am"] and text.parts[at] == text.parts[at + 1]
    }
    own = {
        at
        for at in own
        if at < len(text.raw) and names.given(text.raw[at]) and text.raw[at] not in view
    }
    another = any(
        all(
            text.raw[at] not in small["i_am"] or text.parts[at] != text.parts[hit.start]
            for at in range(max(0, hit.start - _SELF), hit.start)
        )
        for hit in text.of("child")
    )
    return frozenset(own) if another else frozenset()


def _ends_with_label(text: Text, hit: Hit, view: View) -> bool:
    """«dont tell my name. Minakhan»: the sentence is over, and what follows is no name."""
    if hit.end >= len(text.raw) or view.small["mine"].isdisjoint(
        text.raw[max(0, hit.start - 2) : hit.start]
    ):
        return False
    between = text.original[text.spans[hit.end - 1][1] : text.spans[hit.end][0]]
    return between.strip() in _STOPS


def _whole_part(text: Text, start: int, view: View) -> int:
    """Where «Kartick Bag» ends: a few words between a label and a comma are a name, any word."""
    end = start
    while end < len(text.raw) and text.parts[end] == text.parts[start]:
        labels = any(
            hit.start == end and hit.meaning.startswith(("label.", "sex.", "way."))
            for hit in text.hits
        )
        if labels or text.raw[end] in view.tongue or end - start == _MOST_WORDS:
            return start
        end += 1
    # a number between is no part of a name, and ends none either
    return start if any(char.isdigit() for char in text.written(start, end)) else end


def _labelled_whom(text: Text, view: View) -> bool:
    """«PERSON gyanu …», «কাকে: নন্দিনী»: behind a word that labels a person, and a colon or dash."""
    for at, raw in enumerate(text.raw[:-1]):
        if raw not in view.small["whom_label"]:
            continue
        between = text.original[text.spans[at][1] : text.spans[at + 1][0]].strip()
        capitals = text.original[slice(*text.spans[at])].isupper() and not text.original.isupper()
        nickname = text.raw[at + 1] in view.small["nickname"]
        if not (between in _COLONS or (capitals and len(raw) > 3 and not between)):
            continue
        if nickname or may_be_name(text, at + 1, view):
            end = at + 2 if nickname else name_end(text, at + 1, view, same_part=False)
            text.put("person", at + 1, end)
            return True
    return False


def _says_name(text: Text, view: View, names: Names) -> bool:
    """«ami jinia, …», «I'm Puja.»: the sender's name, with nothing behind it."""
    for at, raw in enumerate(text.raw[:-1]):
        word = text.raw[at + 1]
        if (
            raw not in view.small["i_am"]
            or text.known[at + 1]
            or text.parts[at] != text.parts[at + 1]
        ):
            continue
        behind = text.original[text.spans[at + 1][1] :].lstrip()[:1]
        named = names.given(word) is not None or word in view.small["nickname"]
        if named and behind in _ENDS:
            text.put("person", at + 1, at + 2)
            return True
    return False


#: what stands between a label and a name, and what ends a name
_COLONS = frozenset([":", "-", "=", "\N{EN DASH}", "\N{EM DASH}", "ঃ"])
_STOPS = frozenset([".", "!", "।", "?"])
_ENDS = frozenset(["", ",", ".", ";", "!", "।", "-", "("])


def name_end(text: Text, start: int, view: View, *, same_part: bool) -> int:
    """Where a name that begins at ``start`` ends; ``start`` itself if none does."""
    end = start
    while end < len(text.words) and end - start < _MOST_WORDS and may_be_name(text, end, view):
        if end > start and text.parts[end] != text.parts[start]:
            break
        if same_part and text.parts[end] != text.parts[start - 1]:
            break
        end += 1
    return end


def may_be_name(text: Text, at: int, view: View) -> bool:
    """Whether this word is nothing that is known, and so may be a name."""
    raw = text.raw[at]
    return (
        not text.known[at]
        and raw not in view.small["filler"]
        and (not view.knows(raw) or (raw in view.names and raw not in view))
        and raw[0].isalpha()
        and len(raw) > 1
        and raw not in view.tongue
    )


def _known_name(text: Text, view: View, names: Names) -> bool:
    """Take the first name that people are known to bear, with the surname behind it."""
    for at, raw in enumerate(text.raw):
        name = None if text.known[at] or raw in view.tongue or raw in view else names.given(raw)
        if name is None or _somebody_else(text, at, view):
            continue
        end = at + 1
        while (
            end < len(text.raw)
            and end - at < _MOST_WORDS
            and text.parts[end] == text.parts[at]
            and not text.known[end]
            and (names.family(text.raw[end]) or names.given(text.raw[end]))
            and text.raw[end] not in view.tongue
        ):
            end += 1
        text.put("person", at, end)
        written = text.written(at, end).removesuffix("'s").removesuffix("’s")
        text.fields["person"] = written[: len(name)] if end == at + 1 else written
        return True
    return False


def _somebody_else(text: Text, at: int, view: View) -> bool:
    """«agent Salim», «Jamuna boudi», «Mzee Barasa»: not who the text is about."""
    around = {
        text.raw[each]
        for each in (at - 1, at + 1)
        if 0 <= each < len(text.raw) and text.parts[each] == text.parts[at]
    }
    if at and text.raw[at - 1] in view.small["before_others"] and text.raw[at - 1] in around:
        return True
    behind = text.raw[at + 1] if at + 1 < len(text.raw) else ""
    if text.free and behind in around and behind in view.small["elder"]:
        return True
    return any(
        hit.value in {"agent", "employer"}
        and (hit.end == at or hit.start == at + 1)
        and text.parts[hit.start] == text.parts[at]
        for hit in text.hits
        if hit.meaning.startswith("companion.")
    )


_KIN = frozenset({"sex.F", "sex.M", "child"})


def _before_surname(text: Text, names: Names) -> bool:
    """«Munni Khatun», «পূজা কুমারী»: an everyday word before a surname is a name."""
    for at in range(1, len(text.raw)):
        first, last = text.raw[at - 1], text.raw[at]
        if (
            text.parts[at - 1] == text.parts[at]
            and names.family(last)
            and not (text.known[at] or text.known[at - 1])
            and first.isalpha()
            and len(first) > 2
            and (not text.free or text.view.means_alone(first) or names.given(first))
            and (capital(text, at) or not text.free)
            and last not in text.view.tongue
            and first not in text.view.tongue
        ):
            text.put("person", at - 1, at + 1)
            return True
    return False


def put_name(text: Text, kind: str, view: View, names: Names) -> None:
    """The name: in a structured report what is left; in a free text what stands where names do."""
    if _before_surname(text, names) or _labelled_whom(text, view) or _says_name(text, view, names):
        return
    if not text.free:
        first = text.raw[0] if text.raw else ""
        if first in view.small["nickname"] and (
            text.parts.count(text.parts[0]) == 1 or not text.parts[-1]
        ):
            text.put("person", 0, 1)
            return
        for at in range(len(text.words)):
            if not may_be_name(text, at, view):
                continue
            late = text.age_at is not None and text.spans[at][0] > text.age_at
            if late and kind in STAYING and names.given(text.raw[at]) is None:
                continue  # behind the age stands the place, though no gazetteer knows it
            end = name_end(text, at, view, same_part=False)
            text.put("person", at, end)
            return
        return
    if _known_name(text, view, names):
        return
    for at, raw in enumerate(text.raw[1:-1], start=1):
        if raw in view.small["nickname"] and text.raw[at - 1] in view.small["kin"]:
            text.put("person", at, at + 1)
            return
    for hit in text.hits:
        if hit.meaning in _KIN and hit.end < len(text.raw):
            after = hit.end
            if (
                text.parts[after] - text.parts[hit.end - 1] <= 0
                and may_be_name(text, after, view)
                and _looks_named(text, after)
                and capital(text, after)
                and not text.known[hit.start]
            ):
                text.put("person", after, after + 1)
                return
    for at in range(len(text.raw)):
        if not may_be_name(text, at, view) or not _looks_named(text, at):
            continue
        if at and (
            text.raw[at - 1] in view.small["before_others"]
            or text.raw[at - 1] in view.small["maybe_home_before"]
        ):
            continue
        upper = capital(text, at)
        following = text.raw[at + 1] if at + 1 < len(text.raw) else ""
        opens = at == 0 or text.parts[at - 1] != text.parts[at]
        verb = any(
            hit.meaning.startswith("event.") and at < hit.start <= at + 4 for hit in text.hits
        )
        if (upper and (not opens or verb)) or following in view.small["whom"]:
            text.put("person", at, at + 1)
            return


def capital(text: Text, at: int) -> bool:
    """Whether a word begins with a capital, in a text that is not all in capitals."""
    return text.original[text.spans[at][0]].isupper() and not text.original.isupper()


def _looks_named(text: Text, at: int) -> bool:
    raw = text.raw[at]
    if raw.isascii():
        return len(raw) > 2 and not any(char.isdigit() for char in raw)
    return len(raw) > 2
