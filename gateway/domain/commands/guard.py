"""Who may do what: rights, PINs, codes and locks.

A sender's number can be forged, but a forger never sees the reply.  So what tells details needs
the PIN, what changes a case needs it as the last word, and the gravest also a code that is sent
to the registered number.  PINs come here sealed (``Verbs.mask``): nobody can read them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from gateway.domain.commands.verbs import WEAK_PIN, Typed, Verbs, sealed_pins
from gateway.domain.consequences import Say
from gateway.domain.messages import Priority
from gateway.domain.text import ascii_digits, plain

if TYPE_CHECKING:
    from gateway.domain.contacts import Contact
    from gateway.domain.directory import Directory

#: how long details stay open after the PIN, and a code is good for, in milliseconds
WINDOW_MS = 15 * 60_000
CODE_MS = 5 * 60_000
#: so many wrong PINs or codes in a row lock a contact
MOST_WRONG = 5
_CODE = re.compile(r"\d{3}")
#: what a command has and talk has not: a number or a name's sign; or nothing behind the verb
_NOT_WORDS = re.compile(r"[\d@]|^\S*$")
#: a PIN alone, or with the word before it
_BARE_PIN = re.compile(r"(?:[^\W\d]+\W*)?~[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Pending:
    """A command that waits for its PIN (``code`` "") or its code, until ``until`` (ms)."""

    text: str
    code: str
    until: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How a contact stands with the gateway.

    ``pin`` is sealed, "" where none was chosen; ``open_until`` (ms): details are told until then.
    ``digest``: whether the daily or weekly summary is wanted.  Wrong codes are counted apart from
    wrong PINs, and only a right code takes them back: whoever knows the PIN must not guess on.
    """

    pin: str = ""
    wrong: int = 0
    wrong_codes: int = 0
    locked: bool = False
    open_until: int = 0
    pending: Pending | None = None
    digest: bool = True


@dataclass(frozen=True, slots=True)
class Heard:
    """What was made of a text: a command to carry out (``typed``), or something to answer.

    ``standing`` is as it is from now on.  ``only_else``: it counts only if the text is nothing
    else, no report and no answer.  ``doubtful``: it holds words of all kinds and no PIN, so that
    a plain report goes before it, unless ``typed`` is of a case there is.
    """

    standing: Standing
    typed: Typed | None = None
    says: tuple[Say, ...] = ()
    only_else: bool = False
    doubtful: bool = False


def hear(
    text: str, contact: Contact, standing: Standing, verbs: Verbs, now: int, fresh_code: str
) -> Heard | None:
    """What a contact's text commands; None if it is no command at all.

    ``fresh_code`` are three digits by chance, for whoever has to prove to have the phone.
    """
    said = ascii_digits(plain(text)).strip(" \t\n.,!?।")
    pending, late = standing.pending, False
    if pending is not None and pending.until <= now:
        pending, late, standing = None, True, replace(standing, pending=None)
    if pending is not None and pending.code and _CODE.fullmatch(said):
        return _coded(said, pending, contact, standing, verbs)
    pins = sealed_pins(said)
    if pins and _BARE_PIN.fullmatch(said) and (pending is None or not pending.code):
        if pending is not None:
            return _run(verbs, f"{pending.text} ~{pins[0]}", contact, standing, now, fresh_code)
        if late and pins[0] == standing.pin:
            return Heard(standing, says=(_reply("pin.late", contact),))
        if said.startswith("~"):
            return None
    return _run(verbs, text, contact, standing, now, fresh_code)


def _run(
    verbs: Verbs, text: str, contact: Contact, standing: Standing, now: int, fresh_code: str
) -> Heard | None:
    typed = verbs.read(text)
    if typed is None or (typed.near and typed.fault and not _NOT_WORDS.search(typed.rest)):
        return None  # «thank you» is no THANA
    verb = typed.verb
    if typed.near:
        say = _reply("command.near", contact, verb=verb.name, syntax=verb.syntax)
        return Heard(standing, says=(say,), only_else=True)
    if typed.fault == "mistyped" and verb.allows(contact.role):
        return Heard(standing, says=(_reply("number.wrong", contact),), only_else=True)
    if typed.fault:
        say = _reply("command.syntax", contact, syntax=verb.syntax)
        return Heard(standing, says=(say,), only_else=True)
    if not verb.allows(contact.role):
        say = _reply("command.rights", contact, verb=verb.name)
        return Heard(standing, says=(say,), only_else=True)
    if verb.name == "PIN" and "alias" not in typed.args:
        return _choose_pin(typed, text, contact, standing, now, fresh_code)
    if verb.name == "PIN" and contact.role != "coordinator":
        say = _reply("command.rights", contact, verb=verb.name)
        return Heard(standing, says=(say,))
    heard = _guarded(typed, contact, standing, now, fresh_code)
    return replace(heard, doubtful="text" in typed.args and not typed.pin)


def _guarded(
    typed: Typed, contact: Contact, standing: Standing, now: int, fresh_code: str
) -> Heard:
    if typed.guard == "number":
        return Heard(replace(standing, pending=None), typed)
    if standing.locked:
        return Heard(standing, says=(_reply("pin.locked", contact),))
    if not standing.pin:
        return Heard(standing, says=(_reply("pin.unset", contact),))
    if not typed.pin:
        return _without_pin(typed, contact, standing, now)
    if typed.pin != standing.pin:
        return _wrong(contact, standing)
    standing = replace(standing, wrong=0, pending=None, open_until=now + WINDOW_MS)
    if typed.guard != "code":
        return Heard(standing, typed)
    waits = Pending(typed.rest, fresh_code, now + CODE_MS)
    say = _reply("code.ask", contact, verb=_named(typed), code=fresh_code)
    return Heard(replace(standing, pending=waits), says=(say,))


def _without_pin(typed: Typed, contact: Contact, standing: Standing, now: int) -> Heard:
    if typed.guard != "window":
        # what changes a case is never left waiting for a PIN: a forger could put it there
        say = _reply("pin.last", contact, syntax=typed.verb.syntax)
        return Heard(replace(standing, pending=None), says=(say,))
    if now < standing.open_until:
        return Heard(replace(standing, pending=None), typed)
    waits = Pending(typed.rest, "", now + CODE_MS)
    say = _reply("pin.ask", contact, verb=_named(typed))
    return Heard(replace(standing, pending=waits), says=(say,))


def _coded(
    code: str, pending: Pending, contact: Contact, standing: Standing, verbs: Verbs
) -> Heard:
    if standing.locked:
        return Heard(standing, says=(_reply("pin.locked", contact),))
    if code != pending.code:
        return _wrong(contact, standing, codes=1)
    standing = replace(standing, pending=None, wrong=0, wrong_codes=0)
    typed = verbs.read(pending.text)
    if typed is not None and typed.verb.name == "PIN" and "alias" not in typed.args:
        chosen = sealed_pins(pending.text)
        return Heard(replace(standing, pin=chosen[-1]), says=(_reply("pin.set", contact),))
    return Heard(standing, typed)


def _choose_pin(
    typed: Typed, text: str, contact: Contact, standing: Standing, now: int, fresh_code: str
) -> Heard:
    """PIN new; PIN old new.  Confirmed by a code, so that no forger can choose one."""
    pins = sealed_pins(ascii_digits(plain(text)))
    if standing.locked:
        return Heard(standing, says=(_reply("pin.locked", contact),))
    if WEAK_PIN in text:
        return Heard(standing, says=(_reply("pin.weak", contact),))
    if not pins or len(pins) > 2:  # noqa: PLR2004 the old one and the new one
        say = _reply("command.syntax", contact, syntax=typed.verb.syntax)
        return Heard(standing, says=(say,))
    if standing.pin and pins == [standing.pin]:
        say = _reply("command.syntax", contact, syntax=typed.verb.syntax)
        return Heard(standing, says=(say,))
    if standing.pin and (len(pins) == 1 or pins[0] != standing.pin):
        return _wrong(contact, standing)
    waits = Pending(f"PIN ~{pins[-1]}", fresh_code, now + CODE_MS)
    say = _reply("code.ask", contact, verb="PIN", code=fresh_code)
    return Heard(replace(standing, pending=waits), says=(say,))


def _wrong(contact: Contact, standing: Standing, *, codes: int = 0) -> Heard:
    standing = replace(
        standing, wrong=standing.wrong + 1 - codes, wrong_codes=standing.wrong_codes + codes
    )
    left = MOST_WRONG - (standing.wrong_codes if codes else standing.wrong)
    if left <= 0:
        locked = replace(standing, locked=True, open_until=0, pending=None)
        return Heard(locked, says=(_reply("pin.locked", contact),))
    return Heard(standing, says=(_reply("pin.wrong", contact, left=left),))


def locked_says(contact: Contact, directory: Directory) -> tuple[Say, ...]:
    """What the other coordinators are told when a contact is locked."""
    params = {"alias": shown(contact)[:12]}
    others = [each for each in directory.staff() if each.id != contact.id]
    coordinators = [each for each in others if each.role == "coordinator"]
    return tuple(
        Say("staff.locked", each.language, params, each, Priority.ALERT)
        for each in coordinators or others
    )


def shown(contact: Contact | None) -> str:
    """A contact as a reply names them: by the alias, never by the name."""
    if contact is None:
        return "?"
    return f"@{contact.alias}" if contact.alias else f"@{contact.id}"


def _named(typed: Typed) -> str:
    return f"{typed.verb.name} {typed.args['case']}" if "case" in typed.args else typed.verb.name


def _reply(template: str, contact: Contact, **params: object) -> Say:
    return Say(template, contact.language, params)
