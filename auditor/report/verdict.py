"""The verdict: a word for programs, and one sentence for people who read nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from auditor.messages.message import Message, joined, say, say_count
from auditor.model.result import EITHER, certain_failures
from auditor.model.vocabulary import Status
from auditor.report import v1
from auditor.report.terms import said
from auditor.report.translation import plain

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


def sentence(
    by_status: Mapping[str, int],
    by_severity: Mapping[str, int],
    either: Sequence[Sequence[str]] = (),
) -> str:
    """Return the verdict and its reason as one sentence in English."""
    if not by_status.get(Status.FAILED, 0) and not _undecided(by_status):
        return _settled_sentence(by_status)
    first = "Not compliant" if by_status.get(Status.FAILED, 0) or either else "Not proven"
    return f"{first}: {plain(explanation(by_status, by_severity, either), 'en')}"


def explanation(
    by_status: Mapping[str, int],
    by_severity: Mapping[str, int],
    either: Sequence[Sequence[str]] = (),
) -> Message:
    """Return why the verdict is as it is.

    `by_status` counts the controls by status, `by_severity` the failed ones by severity.
    """
    parts = [*map(_one_of, either), *_parts(by_status, by_severity)]
    if not parts and not any(by_status.values()):
        return NOT_READ
    if not parts:
        return _settled(by_status)
    return say("{first}.", first=joined("{one}; {other}", parts))


def _one_of(names: Sequence[str]) -> Message:
    return say(
        "one of {names} has failed for certain, and which one is open", names=", ".join(names)
    )


def _parts(by_status: Mapping[str, int], by_severity: Mapping[str, int]) -> list[Message]:
    failed, waived = by_status.get(Status.FAILED, 0), by_status.get(Status.WAIVED, 0)
    undecided = _undecided(by_status)
    if not failed and not undecided:
        return []
    parts = []
    if failed:
        worst = [
            say("{number} {severity}", number=count, severity=said(name))
            for name, count in by_severity.items()
            if count
        ]
        failure = say_count(
            "{count} control failed ({worst})",
            "{count} controls failed ({worst})",
            failed,
            worst=joined("{one}, {other}", worst),
        )
        parts.append(failure)
    if undecided and failed:
        parts.append(_open(undecided))
    elif undecided:
        parts.append(say("{part}, and none of the others failed", part=_open(undecided)))
    if waived:
        parts.append(
            say_count(
                "{count} control violated, but waived",
                "{count} controls violated, but waived",
                waived,
            )
        )
    return parts


def _open(undecided: int) -> Message:
    return say_count(
        "{count} control could not be decided", "{count} controls could not be decided", undecided
    )


def _undecided(by_status: Mapping[str, int]) -> int:
    return by_status.get(Status.UNKNOWN, 0) + by_status.get(Status.ERROR, 0)


def _settled(by_status: Mapping[str, int]) -> Message:
    """Return the reason for a system of which nothing failed and nothing is open."""
    passed, waived = by_status.get(Status.PASSED, 0), by_status.get(Status.WAIVED, 0)
    if waived:
        return say(
            "{passed}, and somebody accepted the violations of {waived}.",
            passed=say_count("{count} control passed", "{count} controls passed", passed),
            waived=say_count("{count} control", "{count} controls", waived),
        )
    if passed:
        return say_count(
            "{count} control passed, none failed and none was left open.",
            "{count} controls passed, none failed and none was left open.",
            passed,
        )
    return say("No control applied.")


def _settled_sentence(by_status: Mapping[str, int]) -> str:
    reason = _settled(by_status)
    if by_status.get(Status.WAIVED, 0):
        return f"{WITH_ACCEPTED}: {reason}"
    if by_status.get(Status.PASSED, 0):
        return f"Compliant: {reason}"
    why = "no control applied" if any(by_status.values()) else "the PBX could not be read"
    return f"Nothing was audited: {why}."
