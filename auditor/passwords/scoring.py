"""One clear text to numbers: the only importer of zxcvbn.

zxcvbn raises on the empty string and above 72 characters, and its result holds the clear
password, so both ends are handled here and only numbers and pattern names leave.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, NamedTuple

from auditor.passwords.context import (
    CONSTANT_WORDS,
    inputs,
    is_made_of,
    longest_first,
    singles,
)

MAX_SCORED_CHARACTERS: Final = 72
_CAPPED_SCORE: Final = 2
# A list of its own beside zxcvbn's, so that words of one object do not change the rank of others.
_SHARED: Final = "shared_inputs"


class ScoringJob(NamedTuple):
    """One text to score, with the words of its object if they matter."""

    text: str
    own: tuple[str, ...] = ()


class Score(NamedTuple):
    """The zxcvbn score 0 to 4, the rounded log10 of guesses, and the names of patterns."""

    value: int
    guesses_log10: float
    patterns: tuple[str, ...]


def shared_inputs(words: Iterable[str]) -> tuple[str, ...]:
    """Return the inputs that hold for every object: words of the site, and the vendor's."""
    return inputs(singles([*words, *CONSTANT_WORDS]))


class Scorer:
    """Scores texts against inputs that they share."""

    def __init__(self, shared: tuple[str, ...]) -> None:
        self._shared = shared
        self._removed = longest_first(shared)

    def score(self, job: ScoringJob) -> Score:
        """Return the score of a text that is not empty."""
        from zxcvbn import matching, zxcvbn  # noqa: PLC0415 -- only when there is a clear text

        text, own = job.text, inputs(job.own)
        matching.add_frequency_lists({_SHARED: self._shared})
        result = zxcvbn(text[:MAX_SCORED_CHARACTERS], user_inputs=list(own))
        patterns = tuple(sorted({str(match["pattern"]) for match in result["sequence"]}))
        value = int(result["score"])
        if is_made_of(text, longest_first(own), self._removed):
            value = min(value, _CAPPED_SCORE)
        return Score(value, round(float(result["guesses_log10"]), 1), patterns)
