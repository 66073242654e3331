"""What was noted while facts were read or attested, in words that can be said in German.

A snapshot holds notes as text, and may have been saved in between. So those that we write ourselves
are recognised; the rest of what people write stays as they wrote it.
"""

from __future__ import annotations

from typing import Final

from auditor.model.message import recognise
from auditor.model.snapshot import PasswordEvidence

# Of `auditor.attestations` and of `dialectfit`, `merge` and `parse` in `auditor.sources`.
NOTES: Final = (
    "attested was {values}, which differs: {place}",
    "it is not among the filters that were read",
    "other rows were attested: {source}",
    "it occurs more than once",
    "the entry for its rows was learned on {firmware}, this is {shown}",
    "that the login is the key is inferred",
    "the option is not there, which means {value}",
    "where its rows are stored is not documented; no dialect entry names the place",
    "it has a part that dialect {name} does not explain",
)
# Of `auditor.passwords.book`, and of imports.
UNREADABLE: Final = (
    "the stored value is not a password field",
    "the decrypted value is not text",
    "the script shows asterisks instead of it",
)


def noted(note: str) -> str:
    """Return a note as a statement, if it is one that we write."""
    return recognise(note, NOTES)


def why_unreadable(password: PasswordEvidence) -> str:
    """Return why a password cannot be read, empty if nothing says so."""
    return recognise(password.reason, UNREADABLE)
