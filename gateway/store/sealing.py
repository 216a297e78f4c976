"""Sealing of personal data: authenticated encryption, and keyed hashes to look things up by.

``SAFETYNET_KEYS`` is ``index:BASE64,1:BASE64[,2:BASE64…]``: one key for the hashes, which never
changes, and numbered keys for sealing.  The highest number seals, every number opens, so a key
is rotated by adding one.  A sealed value is one byte of key number, twelve of nonce, then
AES-256-GCM's ciphertext and tag; the name of its column is authenticated with it, so a value
copied into another column does not open.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from gateway.errors import KeyFault

_KEY_BYTES = 32
_NONCE_BYTES = 12
_HOW = "make keys with: safetynet keys new"


class Keyring:
    """Seals, opens and hashes."""

    def __init__(self, index_key: bytes, sealing_keys: dict[int, bytes]) -> None:
        self._index_key = index_key
        self._newest = max(sealing_keys)
        self._ciphers = {number: AESGCM(key) for number, key in sealing_keys.items()}

    @classmethod
    def from_text(cls, text: str) -> Keyring:
        """Read the keys from the text of the setting.

        Raises:
            KeyFault: there is no key, or one is malformed.
        """
        if not text.strip():
            raise KeyFault(f"SAFETYNET_KEYS is not set; {_HOW}")
        index_key: bytes | None = None
        sealing: dict[int, bytes] = {}
        for part in text.split(","):
            name, _, encoded = part.strip().partition(":")
            key = _decoded(name, encoded)
            if name == "index":
                index_key = key
            elif name.isascii() and name.isdigit() and 0 < int(name) <= 255:  # noqa: PLR2004 one byte
                sealing[int(name)] = key
            else:
                raise KeyFault("SAFETYNET_KEYS: a key is named neither index nor 1 to 255")
        if index_key is None or not sealing:
            raise KeyFault(
                f"SAFETYNET_KEYS: the index key or every numbered key is missing; {_HOW}"
            )
        return cls(index_key, sealing)

    def seal(self, column: str, plain: str) -> bytes:
        """Encrypt a text for a column, named ``table.column``."""
        nonce = os.urandom(_NONCE_BYTES)
        # surrogatepass: a provider may deliver half a surrogate pair; the raw text is kept as is
        data = plain.encode("utf-8", "surrogatepass")
        sealed = self._ciphers[self._newest].encrypt(nonce, data, column.encode())
        return bytes((self._newest,)) + nonce + sealed

    def open(self, column: str, sealed: bytes) -> str:
        """Decrypt what :meth:`seal` made for the same column.

        Raises:
            KeyFault: the key is not in SAFETYNET_KEYS, or the value was changed or moved.
        """
        cipher = self._ciphers.get(sealed[0])
        if cipher is None:
            raise KeyFault(f"key {sealed[0]} is not in SAFETYNET_KEYS, but data is sealed with it")
        nonce, rest = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            return cipher.decrypt(nonce, rest, column.encode()).decode("utf-8", "surrogatepass")
        except InvalidTag:
            raise KeyFault(f"a value of {column} does not open with SAFETYNET_KEYS") from None

    def index(self, value: str) -> bytes:
        """A keyed hash (16 bytes) to find equal values by, such as a phone number's rows."""
        return hmac.new(
            self._index_key, value.encode("utf-8", "surrogatepass"), hashlib.sha256
        ).digest()[:16]

    def mac(self, purpose: str, data: bytes) -> bytes:
        """A keyed hash (32 bytes) that proves data; each purpose has a key of its own.

        From the key that never changes, so that what was proved once stays so.
        """
        key = hmac.new(self._index_key, b"mac\0" + purpose.encode(), hashlib.sha256).digest()
        return hmac.new(key, data, hashlib.sha256).digest()


def new_keys() -> str:
    """Fresh keys as the text of SAFETYNET_KEYS."""
    return f"index:{_encoded(os.urandom(_KEY_BYTES))},1:{_encoded(os.urandom(_KEY_BYTES))}"


def rotated(text: str) -> str:
    """The same keys with a new one that seals from now on; the old ones still open.

    Raises:
        KeyFault: the present keys are missing or malformed.
    """
    Keyring.from_text(text)
    numbers = [
        int(n) for n in (p.strip().partition(":")[0] for p in text.split(",")) if n.isdigit()
    ]
    return f"{text.strip()},{max(numbers) + 1}:{_encoded(os.urandom(_KEY_BYTES))}"


def _encoded(key: bytes) -> str:
    return base64.urlsafe_b64encode(key).decode()


def _decoded(name: str, encoded: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(encoded.encode())
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_BYTES:
        raise KeyFault(f"SAFETYNET_KEYS: the key {name[:8]!r} is not {_KEY_BYTES} bytes in base64")
    return key
