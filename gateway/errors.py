"""The faults an operator can meet, each told in one line that says what to do.

Fault
├── KeyFault          SAFETYNET_KEYS is missing, malformed, or not the one the data was sealed with
├── SchemaFault       the database is newer than this program, or cannot be reached
├── ImportFault       rows of an imported file are wrong
├── DataDirFault      another gateway works on the data directory (gateway.data_lock)
└── RedisFault        the embedded Redis cannot be started (gateway.embedded_redis)
gateway.settings.SettingsFault tells of the environment.
"""

from __future__ import annotations


class Fault(Exception):
    """Something the operator can mend; its text says how.  Never holds personal data."""


class KeyFault(Fault):
    """The encryption keys cannot be used."""


class SchemaFault(Fault):
    """The database cannot be used by this program."""


class ImportFault(Fault):
    """A file to import has wrong rows; the text names each with its line."""
