"""The verdict: a word for programs, and one sentence for people who read nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from auditor.messages.message import Message, joined, say
from auditor.model.result import EITHER, certain_failures
from auditor.model.vocabulary import Status
from auditor.report import counts
from auditor.report.schema import v1
from auditor.report.terms import said

NOT_READ: Final = say("The PBX could not be read.")
WITH_ACCEPTED: Final = say("Compliant but for accepted risks")


def certain(results: Iterable[v1.Result]) -> list[tuple[str, ...]]:
    """Return the controls of which one has failed for certain, although each of them is open."""
    return certain_failures(
        (seen.subject_id, result.id)
        for result in results
        for seen in result.observations
        if seen.subject_kind == EITHER and seen.verdict == "undetermined"
    )


def verdict(by_status: Mapping[str, int], either: Sequence[Sequence[str]] = ()) -> v1.VerdictWord:
    """Return the word, given the number of controls by status.

    `either` lists controls of which one has failed for certain.
    """
    if by_status[Status.FAILED] or either:
        return "noncompliant"
    if by_status[Status.UNKNOWN] or by_status[Status.ERROR]:
        return "incomplete"
    decided = by_status[Status.PASSED] + by_status[Status.WAIVED]
    return "compliant" if decided else "nothing-audited"


def headline(word: v1.VerdictWord, by_status: Mapping[str, int]) -> str:
    """Return the verdict in the words that people read."""
    accepted = word == "compliant" and by_status.get(Status.WAIVED, 0)
    return WITH_ACCEPTED if accepted else said(word)


def sentence(
    by_status: Mapping[str, int],
    by_severity: Mapping[str, int],
    either: Sequence[Sequence[str]] = (),
) -> Message:
    """Return the verdict and the counts that it rests on."""
    word = verdict(by_status, either)
    return say(
        "{verdict}. {counts}",
        verdict=headline(word, by_status),
        counts=explanation(by_status, by_severity, either),
    )


def explanation(
    by_status: Mapping[str, int],
    by_severity: Mapping[str, int],
    either: Sequence[Sequence[str]] = (),
) -> Message:
    """Return what all controls came to, and what is certain although it is open.

    `by_status` counts the controls by status, `by_severity` the failed ones by severity.
    """
    if not any(by_status.values()):
        return NOT_READ
    told = counts.told(by_status, by_severity)
    if not either:
        return told
    certain_ones = joined("{one} {other}", [_one_of(names) for names in either])
    return say("{counts} {certain}", counts=told, certain=certain_ones)


def _one_of(names: Sequence[str]) -> Message:
    return say("One of {names} failed for certain, and which one is open.", names=", ".join(names))
