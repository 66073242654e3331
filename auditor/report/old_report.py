"""What reports of earlier programs lack: those of before `reach` was written.

They hold what is told of passwords and of revisions as text alone, which is recognised by the
templates of that time. What a control says about reach is taken from its document of today.
"""

from __future__ import annotations

from functools import cache, lru_cache
from typing import Final

from auditor.messages.message import joined, together
from auditor.messages.recognition import recognised
from auditor.report.reach import reach_of
from auditor.report.schema import v1
from auditor.report.schema.v1reach import Reach

REVISIONS: Final = (
    "no page revision noted",
    "no commit noted",
    "no revision noted",
    "no edition noted",
    "the page was not available",
    "first published version",
    "third party",
    "edition {year}",
    "public disclosure of {day}",
    "as stored on {day}",
)
# The parts of what is told of a password; a password itself is in no report.
PASSWORD: Final = (
    "the same password",
    "absent",
    "empty",
    "set",
    "score {score} of 4",
    "about 10^{power} guesses",
    "fewer than 10^{power} guesses",
    "{least} to {most} bytes long",
    "{least} or more bytes long",
    "patterns: {names}",
)


def is_old(report: v1.Report) -> bool:
    """Return whether a report is of before there was `reach`."""
    return report.reach is None


@cache
def bundled_reach() -> list[Reach]:
    """Return what the controls of this program say about reach."""
    from auditor.rules.catalogue import load_catalogue  # noqa: PLC0415 -- only old reports need it

    return reach_of(load_catalogue().rules.values())


@lru_cache(maxsize=1024)
def revision(text: str) -> str:
    """Return the revision of a reference, as a message as far as it is told in our words."""
    parts = [next(iter(recognised(part, REVISIONS)), part) for part in text.split(", ")]
    return joined("{one}, {other}", parts)


@lru_cache(maxsize=1024)
def password(text: str) -> str:
    """Return what is told of a password, as a message if all of it is ours."""
    parts = [recognised(part, PASSWORD) for part in text.split("; ")]
    return together(*(found[0] for found in parts)) if all(parts) else text
