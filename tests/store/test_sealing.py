import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.errors import KeyFault
from gateway.store.sealing import Keyring, new_keys, rotated

KEYS = new_keys()


@given(st.text())
def test_what_is_sealed_opens_in_its_own_column_only(plain: str) -> None:
    keyring = Keyring.from_text(KEYS)
    sealed = keyring.seal("inbox.body", plain)
    assert keyring.open("inbox.body", sealed) == plain
    with pytest.raises(KeyFault):
        keyring.open("inbox.sender", sealed)


def test_half_a_surrogate_pair_is_kept_as_it_came() -> None:
    keyring = Keyring.from_text(KEYS)
    assert keyring.open("c", keyring.seal("c", "a\ud83d")) == "a\ud83d"


def test_every_changed_bit_is_noticed() -> None:
    keyring = Keyring.from_text(KEYS)
    sealed = bytearray(keyring.seal("c", "+917000000301"))
    for position in range(1, len(sealed)):
        changed = sealed.copy()
        changed[position] ^= 1
        with pytest.raises(KeyFault):
            keyring.open("c", bytes(changed))


def test_equal_texts_are_sealed_differently_and_indexed_alike() -> None:
    keyring = Keyring.from_text(KEYS)
    assert keyring.seal("c", "x") != keyring.seal("c", "x")
    assert keyring.index("+917000000301") == keyring.index("+917000000301")
    assert keyring.index("+917000000301") != keyring.index("+917000000302")


def test_rotation_seals_anew_opens_the_old_and_keeps_the_index() -> None:
    old = Keyring.from_text(KEYS)
    new = Keyring.from_text(rotated(KEYS))
    assert new.open("c", old.seal("c", "x")) == "x"
    with pytest.raises(KeyFault, match="key 2"):
        old.open("c", new.seal("c", "x"))
    assert new.index("x") == old.index("x")


GOOD = base64.urlsafe_b64encode(bytes(32)).decode()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "safetynet keys new"),
        ("   ", "safetynet keys new"),
        ("index:abc,1:abc", "not 32 bytes"),
        (f"index:{GOOD}", "missing"),
        (f"1:{GOOD}", "missing"),
        (f"index:{GOOD},256:{GOOD}", "1 to 255"),
        (f"index:{GOOD},²:{GOOD}", "1 to 255"),
        (f"index:{GOOD},one:{GOOD}", "1 to 255"),
        ("rubbish", "not 32 bytes"),
    ],
)
def test_unusable_keys_are_told_and_never_shown(text: str, told: str) -> None:
    with pytest.raises(KeyFault, match=told) as fault:
        Keyring.from_text(text)
    assert GOOD not in str(fault.value)
