"""decide(): what follows from one message.  The one door of the domain.

It is given the message as understood and what is known of its sender, and returns what is to be
stored and said.  It changes nothing itself.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gateway.domain import growth, ladders, linking, prompts
from gateway.domain.cases import Story
from gateway.domain.commands import asked
from gateway.domain.commands.desk import Asking, answer
from gateway.domain.commands.guard import locked_says
from gateway.domain.consequences import NEW_CASE, RECEIPT_WORD, Ask, Consequences, OpenCase, Say
from gateway.domain.directory import COMMITTEE_ROLES, STAFF_ROLES
from gateway.domain.messages import Priority
from gateway.domain.prompts import Answer
from gateway.domain.text import ascii_digits, runs
from gateway.domain.triage import ADULT_AT, facts_told, triage
from gateway.domain.understanding.shapes import sound

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gateway.domain.commands.guard import Heard
    from gateway.domain.consequences import Known, Policy
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory
    from gateway.domain.growth import Candidate, Growth
    from gateway.domain.linking import Clues
    from gateway.domain.prompts import Question
    from gateway.domain.understanding import Understood
    from gateway.domain.understanding.values import Fields

#: below this a text that sounds like a report goes to the staff's inbox, unless danger is plain
_UNSURE = 0.5
_PLAIN_DANGER = frozenset({"danger_now", "sold", "sexual"})
#: no name of a place has more words
_SHORT = 3
#: so many words only answer; a name, and who goes along, may take more
_SHORT_ANSWER, _AT_LENGTH = 5, frozenset({"person", "companion"})
#: answers to STATUS that repeat no number
_NAMELESS = frozenset({"unknown", "later"})
#: how many open cases one reply lists
_LISTED = 4
#: R21: so many other cases name the same agent
_PATTERN = 2


def is_sure(understood: Understood) -> bool:
    """Whether a case follows from this text by itself; otherwise a person reads it."""
    return understood.is_report and (
        understood.confidence >= _UNSURE or bool(understood.facts & _PLAIN_DANGER)
    )


def decide(understood: Understood, known: Known, policy: Policy) -> Consequences:
    """What follows from a message.

    A word to opt out, a member's command and a new report go before an open question, so that
    none of them is taken for its answer.
    """
    if understood.intent == "opt_out":
        return Consequences("opt_out", opt_out=True)
    if understood.others_phone and known.contact is None:  # whatever is written there is read
        return replace(_decide(understood, replace(known, safe=False), policy), safe=False)
    return _decide(understood, known, policy)


#: a phone that shows no answer is pressed again within this, in ms
AGAIN_WITHIN_MS = 10 * 60_000
#: what the same text once more may be taken for; an answer and a command mean something anew
MAY_REPEAT = frozenset({"joined", "unsure", "unsorted", "question"})
_REPEATED = "repeated"
#: after what a text that joins is said again: it has made the case, or has joined it
_BEFORE_JOINING = frozenset({"report", "joined", _REPEATED})


def said_again(
    decided: Consequences,
    before: Sequence[str],
    understood: Understood,
    known: Known,
    policy: Policy,
) -> Consequences:
    """What follows from a text that its sender has sent before, within a short time.

    ``decided`` would follow from it alone, and ``before`` is what the same text was taken for then.
    Nothing follows twice; the first time it comes again it is answered again, and then no more.
    """
    of_case = decided.outcome == "joined"
    if known.contact is not None and not of_case:
        return decided  # «ok» may be meant for another alert than the first time
    if not any(each in _BEFORE_JOINING if of_case else each in MAY_REPEAT for each in before):
        return decided
    says: tuple[Say, ...] = ()
    if _REPEATED not in before and not known.quiet:
        says = tuple(each for each in decided.says if each.contact is None)
        if of_case:
            number, language = decided.grow[0].before.number, reply_language(understood)
            says = (_received(number, language, policy, last=False),)
    return Consequences(_REPEATED, says)


def _decide(understood: Understood, known: Known, policy: Policy) -> Consequences:
    if known.status is not None:
        number, standing, language = known.status
        params = {} if standing in _NAMELESS else {"number": number}
        say = _reply(f"status.{standing}", "" if language == "en" else language, **params)
        return _unless_quiet("status", say, known)
    heard, contact = known.heard, known.contact
    ours = contact is not None and contact.role in COMMITTEE_ROLES | STAFF_ROLES
    if ours and contact is not None and not _answers_question(understood, known):
        if heard is not None and not heard.only_else and not _is_report(heard, understood, known):
            return _commanded(heard, contact, known, policy)
        if serial_digit(understood.text) == "1" and known.asked:
            return asked.answer("ACK", {}, contact, known)
    if is_sure(understood):
        return _report(understood, known, policy)
    if known.question is not None and known.questioned is not None:
        answered = _answer(understood, known.question, known.questioned, known, policy)
        if answered is not None:
            return answered
    return _otherwise(understood, known, policy)


def _is_report(heard: Heard, understood: Understood, known: Known) -> bool:
    """Whether a text that reads like a command is a plain report all the same.

    Many a report begins with a verb's word and a number: «note 5007 rupees paid, girl sold».
    """
    if not heard.doubtful or not is_sure(understood):
        return False
    if heard.typed is not None and heard.typed.verb.name == "COUNT":
        asks = len(heard.typed.args["text"].split()) <= _SHORT  # a kind, or a place's name
        return known.found.counted is None or not asks
    case_id = heard.typed.case_id if heard.typed is not None else None
    there = case_id in known.found.details or any(e.case_id == case_id for e in known.asked)
    return case_id is None or not there


def _otherwise(understood: Understood, known: Known, policy: Policy) -> Consequences:
    """What follows from a text that is no report for sure, no answer, and no right command."""
    heard, contact = known.heard, known.contact
    ours = contact is not None and contact.role in COMMITTEE_ROLES | STAFF_ROLES
    if understood.is_report:
        # it wakes nobody by itself; a person reads it
        return _unless_quiet("unsure", _unsorted(understood, policy), known)
    if heard is not None and contact is not None:
        return _commanded(heard, contact, known, policy)
    if ours and contact is not None:
        waiting = [each.number for each in known.asked if each.waiting]
        if waiting:  # «ok», «I will go»: of which, and how, is told
            numbers = ", ".join(waiting[:_LISTED])
            return Consequences(
                "unsorted", (_reply("ack.which", contact.language, numbers=numbers),)
            )
        return Consequences("unsorted", (_reply("member.help", contact.language),))
    if understood.intent == "question":
        return _unless_quiet(
            "question", _reply("question.received", reply_language(understood)), known
        )
    return _unless_quiet("unsorted", _unsorted(understood, policy), known)


def _commanded(heard: Heard, contact: Contact, known: Known, policy: Policy) -> Consequences:
    """What follows from a command, or from what has to be said before it is carried out."""
    typed = heard.typed
    locked = heard.standing.locked and not known.was_locked
    says = (*heard.says, *(locked_says(contact, known.directory) if locked else ()))
    if typed is None:
        # what could not be read as a command is kept for a person, too
        outcome = "unsorted" if heard.only_else else "command"
        return Consequences(outcome, says, standing=heard.standing)
    if typed.verb.name in asked.VERBS:
        follows = asked.answer(typed.verb.name, typed.args, contact, known)
    else:
        asking = Asking(
            typed,
            contact,
            known.directory,
            policy,
            known.now,
            known.reader.received,
            asked.held_by(contact, known),
        )
        follows = answer(asking, known.found)
    return replace(follows, standing=heard.standing)


def serial_digit(text: str) -> str:
    """The text as one ASCII digit, or "" if it is anything else."""
    digits = ascii_digits(text.strip())
    return digits if len(digits) == 1 and digits.isdecimal() else ""


def _unless_quiet(outcome: str, say: Say, known: Known) -> Consequences:
    return Consequences(outcome, () if known.quiet else (say,))


def _unsorted(understood: Understood, policy: Policy) -> Say:
    return _reply(
        "report.unsorted",
        reply_language(understood),
        emergency=policy.emergency,
        childline=policy.childline,
    )


def reply_language(understood: Understood) -> str:
    """The language to answer in; "" for the deployment's own, where the text does not tell.

    English does not: forms and names are in English letters everywhere.
    """
    tells = understood.chosen or understood.language != "en"
    return understood.language if tells else ""


def _reply(template: str, language: str, **params: object) -> Say:
    return Say(template, language, params)


# ---------------------------------------------------------------- reports


def story_of(understood: Understood) -> Story:
    """What one report tells."""
    return Story(understood.kind or "migration", understood.fields, understood.facts)


def place_of(told: Story, contact: Contact | None, directory: Directory) -> str:
    """The place whose committee is asked: the report's, else the reporter's own."""
    fields = told.fields
    own = directory.is_own
    if fields.origin_code and own(fields.origin_code):
        return fields.origin_code
    if (
        fields.destination_code
        and own(fields.destination_code)
        and _has_committee(fields.destination_code, directory)
    ):
        return fields.destination_code
    return contact.place_code if contact is not None else ""


def clues_of(told: Story, sender: str, contact: Contact | None, directory: Directory) -> Clues:
    """Under which words what a sender has reported is kept, and others are looked up."""
    return linking.clues_of(told, place_of(told, contact, directory), sender, directory)


def _report(understood: Understood, known: Known, policy: Policy) -> Consequences:
    told = story_of(understood)
    place_code = place_of(told, known.contact, known.directory)
    clues = clues_of(told, known.sender, known.contact, known.directory).kept
    excluded = _excluded(told, known, understood.text)
    corrected = _corrected(understood, known)
    same = corrected or next(
        (
            each
            for each in known.candidates
            if linking.same_event(
                told,
                place_code,
                each.story,
                each.place_code,
                same_reporter=each.same_reporter,
                directory=known.directory,
            )
        ),
        None,
    )
    shared, others = _shared(told, known, policy, same)
    says: list[Say] = []
    number = NEW_CASE if same is None else same.number
    out = (*excluded, *(same.excluded if same is not None else ()))
    says += _pattern_says(shared, others, number, known, policy.ladder.cluster, out)
    if same is None:
        story = Story(told.kind, told.fields, told.facts | shared)
        opened = _opened(story, place_code, excluded, known, policy)
        grown: tuple[Growth, ...] = ()
    else:
        more = Story(told.kind, told.fields, told.facts | shared)
        # a correction goes before what was told then, anything else behind it
        story = more.with_also(same.story) if corrected else same.story.with_also(more)
        places = (place_code, same.place_code) if corrected else (same.place_code, place_code)
        place_code = places[0] or places[1]
        opened = None
        grown = (
            _grow(
                same, story, known, policy, place_code=place_code, excluded=excluded, joined=True
            ),
        )
    if "same_agent" in shared:
        grown += tuple(
            _grow(
                each,
                replace(each.story, facts=each.story.facts | {"same_agent"}),
                known,
                policy,
            )
            for each in others
            if each.status != "closed" and "same_agent" not in each.story.facts
        )
    put_right = _put_right(told.fields) if corrected else {}
    ask, language = None, reply_language(understood)
    if not known.quiet and known.contact is None:
        ask = _next(story, place_code, (), known, language, understood.ambiguous)
    if not known.quiet:
        says.insert(0, _received(number, language, policy, last=ask is None))
    if ask is not None:
        says.append(_question(ask, number, known))
    return Consequences(
        "report" if same is None else "joined",
        tuple(says),
        open_case=opened,
        report=told,
        grow=grown,
        clues=clues,
        corrected=Answer(fields=put_right) if put_right else None,
        ask=ask,
    )


def _corrected(understood: Understood, known: Known) -> Candidate | None:
    """The sender's own case of the last day that a text corrects; None if it corrects none."""
    if not known.reader.corrects(understood.text):
        return None
    mine = [
        each
        for each in known.candidates
        if each.same_reporter
        and known.at - each.opened <= _CORRECTED_WITHIN
        and linking.may_be_one(story_of(understood), each.story)
    ]
    return max(mine, key=lambda each: each.opened, default=None)


#: what is told later of another event is no correction
_CORRECTED_WITHIN = timedelta(days=1)
#: what a correction may put right
_CORRECTABLE = (
    "age", "sex", "people", "origin", "origin_code", "destination", "destination_code", "date",
)  # fmt: skip


def _put_right(told: Fields) -> dict[str, object]:
    """What a correction tells, of all that one may put right."""
    return {name: value for name in _CORRECTABLE if (value := getattr(told, name)) is not None}


def _amended(
    understood: Understood, question: Question, case: Candidate, known: Known, policy: Policy
) -> Consequences | None:
    """What «sorry wrong, age 12 not 9», «not Delhi, Surat» change in an open question's case.

    The question is put once more: it is not answered yet.
    """
    if not (known.reader.corrects(understood.text) or understood.corrects):
        return None
    told = known.reader.understood(understood.text, sorted_as=case.story.kind).fields
    given = _put_right(told)
    if not given:
        return None
    corrected = Answer(fields=given)
    story = prompts.told_by(corrected, case.story)
    place_code = _own(told.origin_code, known) or case.place_code
    excluded = _excluded(story, known)
    grown = _grow(
        case, story, known, policy, place_code=place_code, excluded=excluded, told_more=True
    )
    again = Ask(question.what, question.options, question.before, question.tries, question.language)
    says = () if known.quiet else (_question(again, question.number, known),)
    return Consequences("answered_more", says, grow=(grown,), corrected=corrected, ask=again)


def told_with(told: Story, known: Story, *, alone: bool) -> Story:
    """What a case tells when one of its reports, the only one if ``alone``, tells more."""
    story = told.with_also(known) if alone else known.with_also(told)
    return replace(story, judged=known.judged)  # staff have lowered it, knowing all that


def told_more(
    understood: Understood, case: Candidate, known: Known, policy: Policy, *, alone: bool
) -> Consequences:
    """What follows when a report that became a case half told is gone on with.

    What is said now goes before what was said then; but not before what others have told, where
    the report is not the case's only one (``alone``).
    """
    told = story_of(understood)
    place_code = place_of(told, known.contact, known.directory)
    places = (place_code, case.place_code) if alone else (case.place_code, place_code)
    place_code = places[0] or places[1]
    grown = _grow(
        case,
        told_with(told, case.story, alone=alone),
        known,
        policy,
        place_code=place_code,
        excluded=_excluded(told, known, understood.text),
        told_more=True,
    )
    says: list[Say] = []
    ask = None
    if not known.quiet:
        language = reply_language(understood)
        says.append(_received(case.number, language, policy, last=False))
        if known.contact is None:
            ask = _next(grown.story, place_code, (), known, language)
        if ask is not None:
            says.append(_question(ask, case.number, known))
    return Consequences("told_more", tuple(says), report=told, grow=(grown,), ask=ask)


def _received(number: str, language: str, policy: Policy, *, last: bool) -> Say:
    """The number; and, where no question follows, the word to ask by how it goes."""
    params: dict[str, object] = {
        "number": number,
        "emergency": policy.emergency,
        "childline": policy.childline,
    }
    if last:
        return _reply("report.received_word", language, **params, word=RECEIPT_WORD)
    return _reply("report.received", language, **params)


def _grow(case: Candidate, story: Story, known: Known, policy: Policy, **more: Any) -> Growth:
    return growth.grow(case, story, known.directory, policy, at=known.at, now=known.now, **more)


def _opened(
    story: Story, place_code: str, excluded: tuple[int, ...], known: Known, policy: Policy
) -> OpenCase:
    hours = growth.hours(story, known.at)
    result = triage(
        facts_told(story.kind, story.fields, story.facts, hours, story.verified),
        policy.triage_table,
    )
    on_ladder = ladders.rungs(
        known.directory, policy.ladder, story.kind, place_code, excluded, known.now
    )
    step = ladders.first_step(policy.ladder, story.kind, result.urgency, on_ladder)
    return OpenCase(story, result, place_code, excluded, step)


def _shared(
    told: Story, known: Known, policy: Policy, same: Candidate | None
) -> tuple[frozenset[str], tuple[Candidate, ...]]:
    """The facts that comparing with other cases gives, and the cases that name the same agent."""
    facts = set()
    others = tuple(
        each
        for each in known.shared.same_agent
        if (same is None or each.case_id != same.case_id) and not each.same_reporter
    )
    if len(others) >= _PATTERN:
        facts.add("same_agent")
    age = told.fields.age
    if (age is not None and age < ADULT_AT) and any(
        each.story.fields.age is not None and each.story.fields.age < ADULT_AT for each in others
    ):
        facts.add("unrelated_children")
    if same is None and known.shared.same_route + 1 >= policy.ladder.cluster:
        facts.add("cluster")
    return frozenset(facts), others


def _worth_telling(count: int, cluster: int) -> bool:
    """Staff are told of a cluster when it is one, and each time it has doubled."""
    times, rest = divmod(count, cluster)
    return rest == 0 and times & (times - 1) == 0


def _pattern_says(
    shared: frozenset[str],
    others: tuple[Candidate, ...],
    number: str,
    known: Known,
    cluster: int,
    excluded: tuple[int, ...],
) -> list[Say]:
    says = []
    if "same_agent" in shared:
        numbers = ", ".join(each.number for each in others[:_LISTED])
        says += _to_staff("staff.pattern", known, excluded, number=number, numbers=numbers)
    count = known.shared.same_route + 1
    if "cluster" in shared and _worth_telling(count, cluster):
        says += _to_staff("staff.cluster", known, excluded, number=number, count=count)
    return says


def _to_staff(
    template: str, known: Known, excluded: tuple[int, ...], **params: object
) -> list[Say]:
    return [
        Say(template, each.language, params, each, Priority.UPDATE, wakes=False)
        for each in known.directory.duty_staff()
        if each != known.contact and each.id not in excluded
    ]


def _next(
    story: Story,
    place_code: str,
    before: tuple[str, ...],
    known: Known,
    language: str,
    ambiguous: tuple[tuple[str, tuple[str, ...]], ...] = (),
) -> Ask | None:
    unclear = next((codes for slot, codes in ambiguous if slot == "origin"), ())
    what = prompts.next_question(
        story,
        place_code,
        before,
        safe_known=known.safe is not None,
        unclear_place=bool(unclear),
    )
    if what is None:
        return None
    options = unclear if what == "place" else ()
    return Ask(what, options=options, before=before, language=language)


def _question(ask: Ask, number: str, known: Known) -> Say:
    params: dict[str, object] = {"number": number}
    if ask.what == "place":
        gazetteer = known.directory.gazetteer
        names = []
        for at, code in enumerate(ask.options, 1):
            above = gazetteer.ancestors(code)
            names.append(f"{at} {(above[0] if above else gazetteer[code]).name[:_LONGEST_PLACE]}")
        params["places"] = ", ".join(names[:_MOST_PLACES])
    return Say(f"ask.{ask.what}", ask.language, params, follows=True)


_MOST_PLACES, _LONGEST_PLACE = 3, 16


def _has_committee(code: str, directory: Directory) -> bool:
    return any(c.role in COMMITTEE_ROLES for c in directory.at(code))


def _excluded(told: Story, known: Known, text: str = "") -> tuple[int, ...]:
    """Contacts who must not hear of it: the reporter, and whom the report names."""
    ids = [known.contact.id] if known.contact is not None else []
    phone = told.fields.companion_phone
    accused = known.directory.with_phone(phone) if phone else None
    if accused is not None:
        ids.append(accused.id)
    heard = [sound(word) for word in runs(text.casefold())]
    ids += [
        contact.id
        for contact in known.directory.contacts.values()
        if contact.id not in ids and _stands_in(contact.name, heard)
    ]
    return tuple(ids)


def _stands_in(name: str, heard: Sequence[str]) -> bool:
    """Whether a whole name, and not only a first one, stands among words, in whichever script."""
    parts = [sound(word) for word in runs(name.casefold())]
    return (
        len(parts) > 1
        and all(parts)
        and any(list(heard[at : at + len(parts)]) == parts for at in range(len(heard)))
    )


# ---------------------------------------------------------------- answers to questions


#: questions that a word for «no» answers
_YES_OR_NO = frozenset({"safe", "danger"})


def _answers_question(understood: Understood, known: Known) -> bool:
    """Whether a member's bare digit answers a question rather than an alert: the later asks."""
    if known.question is None or understood.intent != "answer":
        return False
    latest = max((each.asked_at for each in known.asked if each.waiting), default=-1)
    return known.question.asked_at > latest


def _answer(
    understood: Understood, question: Question, case: Candidate, known: Known, policy: Policy
) -> Consequences | None:
    answer = known.reader.read(question, case.story.kind, understood.text)
    language = question.language
    # «not Delhi, Surat» is no «no»
    may_correct = answer is None or (question.what in _YES_OR_NO and bool(understood.corrects))
    if may_correct and (amended := _amended(understood, question, case, known, policy)):
        return amended
    if answer is None:
        if question.tries + 1 >= prompts.MOST_TRIES or known.quiet:
            return None  # the question stays open; the text goes to the staff
        again = Ask(question.what, question.options, question.before, question.tries + 1, language)
        return Consequences("unclear", (_question(again, question.number, known),), ask=again)
    outcome = "answer" if _is_brief(question, understood.text) else "answered_more"
    if question.what == "check_in":
        checked = _checked_in(answer, question, case, language, known, policy)
        return replace(checked, outcome=outcome)
    story = prompts.told_by(answer, case.story)
    place_code = case.place_code or _own(story.fields.origin_code, known)
    if question.what == "place":
        place_code = _own(story.fields.origin_code, known) or place_code
    grown: tuple[Growth, ...] = ()
    if story != case.story or place_code != case.place_code:
        excluded = _excluded(story, known)
        grown = (
            _grow(
                case, story, known, policy, place_code=place_code, excluded=excluded, told_more=True
            ),
        )
    says: list[Say] = []
    ask = None
    if answer.safe is not False and not known.quiet:
        before = (*question.before, question.what)
        safe_known = known.safe is not None or answer.safe is not None
        what = prompts.next_question(story, place_code, before, safe_known=safe_known)
        if what is not None:
            ask = Ask(what, before=before, language=language)
            says.append(_question(ask, question.number, known))
        else:
            done = {"number": question.number, "word": RECEIPT_WORD}
            says.append(_reply("prompt.done", language, **done))
    return Consequences(
        outcome, tuple(says), grow=grown, answered=answer, ask=ask, safe=answer.safe
    )


def _is_brief(question: Question, text: str) -> bool:
    """Whether a text only answers; what else it says, a person reads."""
    return question.what in _AT_LENGTH or len(text.split()) <= _SHORT_ANSWER


def _own(code: str | None, known: Known) -> str:
    return code if code and known.directory.is_own(code) else ""


def _checked_in(
    answer: Answer,
    question: Question,
    case: Candidate,
    language: str,
    known: Known,
    policy: Policy,
) -> Consequences:
    """An answer to a check-in; no contact, or a need of help, raises the case."""
    facts = {"no_contact": {"contact_lost"}, "needs_help": {"danger_now"}}.get(answer.choice, set())
    grown: tuple[Growth, ...] = ()
    if facts:
        story = replace(case.story, facts=case.story.facts | facts)
        grown = (_grow(case, story, known, policy, at_least_one_up=True),)
    thanks = () if known.quiet else (_reply("prompt.thanks", language, number=question.number),)
    return Consequences("answer", thanks, grow=grown, answered=answer)
