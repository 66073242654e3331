"""Secrets to evidence: the only package that scores passwords.

`fields` reads the stored form, `comparing` finds equal ones, `context` knows words that weaken a
password, `scoring` asks zxcvbn, `workers` spreads that over processes, and `book` puts it together
for one PBX.
"""

from __future__ import annotations

from auditor.passwords.book import NOT_UNDERSTOOD, PasswordBook, Workload
from auditor.passwords.fields import AdminFields, classify
from auditor.passwords.scoring import MAX_SCORED_CHARACTERS

__all__ = [
    "MAX_SCORED_CHARACTERS",
    "NOT_UNDERSTOOD",
    "AdminFields",
    "PasswordBook",
    "Workload",
    "classify",
]
