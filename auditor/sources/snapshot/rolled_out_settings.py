"""What Devices rolls out beside what a box itself shows: it fills in, and never wins.

What the box shows keeps its grade where both say the same. Where they contradict, nobody is
believed. An attestation of a person counts only where neither says anything, as everywhere.

What is told to some devices only, or in part, decides nothing. But where that would be a finding,
nobody else decides either: neither a box that shows something better, nor a person who states it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from auditor.facts import FALSE, UNCLEAR, SecretState, known_facts
from auditor.facts.missing import advice
from auditor.messages.message import say, together
from auditor.model.snapshot import Gap, Setting
from auditor.model.vocabulary import Grade
from auditor.sources.parse.device_configs import (
    LOGGING,
    MEDIA_ENCRYPTION,
    PHONES_PROTECTED,
    TURN,
    TURN_PASSWORD,
    TURN_USER,
)
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.comparable_values import comparable

# Facts that Devices tells of all phones of a domain, whichever box they are registered at.
_OF_PHONES: Final = frozenset({MEDIA_ENCRYPTION, PHONES_PROTECTED})
# The App Platform takes logs by HTTP, and a box names it by itself.
_OVER_HTTP: Final = frozenset({"http", "https"})
_PLATFORM: Final = "ap"
_ADVICE: Final = say("compare what Devices rolls out with what the box has")
_AGAINST: Final = say(
    "what Devices rolls out, at least to some devices, is against it; to which devices is not shown"
)
_ELSEWHERE: Final = say(
    "Devices rolls out something else to some devices, and does not show to which"
)
_MAY_BE: Final = say("Devices rolls out a TURN server at least to some devices")
# By the fact, the values that are a finding wherever they are.
_FINDINGS: Final[Mapping[str, frozenset[str]]] = {
    MEDIA_ENCRYPTION: frozenset({FALSE}),
    PHONES_PROTECTED: frozenset({FALSE}),
    TURN_PASSWORD: frozenset({SecretState.EMPTY, SecretState.DEFAULT}),
    TURN_USER: frozenset({""}),
}


def with_rolled_out(
    settings: Mapping[str, Setting], readings: Sequence[Reading], gaps: list[Gap]
) -> dict[str, Setting]:
    """Return settings with what is rolled out where no box shows it; add a gap where that is open.

    Of several boxes it is not known which of them are in the domain. What a box shows, and Devices
    rolls out as well, is marked: whoever changes it has to do that in Devices.
    """
    found = dict(settings)
    several = any(one.further for one in readings)
    for fact, told in [item for one in readings for item in one.rolled_out.items()]:
        shown = found.get(fact)
        if shown is not None:
            if _agree(fact, shown, told):
                found[fact] = replace(shown, rolled_out=True)
            else:
                del found[fact]
                reason = say("Devices rolls out something else than the box shows")
                gaps.append(Gap(fact, reason, told.source, advice=_ADVICE, doubtful=True))
        elif several and fact not in _OF_PHONES:
            reason = say("Devices rolls it out to a domain, in which not every box need be")
            gaps.append(Gap(fact, reason, told.source, advice=advice(known_facts()[fact])))
        else:
            found[fact] = replace(told, rolled_out=True)
    for one in readings:
        for fact in one.told:
            _beside_told(fact, one, found, gaps)
    return found


def _beside_told(fact: str, reading: Reading, found: dict[str, Setting], gaps: list[Gap]) -> None:
    """Open a fact that others show better than some devices are told it; else note a difference."""
    if any(gap.area == fact and gap.doubtful for gap in gaps):
        return
    shown, told = found.get(fact), Setting(reading.told[fact], Grade.INFERRED, reading.source)
    if _is_hidden(fact, reading, found):
        found.pop(fact, None)
        _leave_out(fact, reading, gaps)
        gaps.append(Gap(fact, _AGAINST, reading.source, advice=_ADVICE, doubtful=True))
    elif shown is None and fact == TURN:
        # Whoever states a server may be right; whoever states none is not.
        _leave_out(fact, reading, gaps)
        found[fact] = replace(told, values=(UNCLEAR,), note=_MAY_BE, rolled_out=True)
    elif shown is not None and fact not in reading.rolled_out:
        ours, theirs = _reduced(fact, shown), _reduced(fact, told)
        note = shown.note if _agree(fact, told, shown) else together(shown.note, _ELSEWHERE)
        again = shown.rolled_out or not ours.isdisjoint(theirs)
        found[fact] = replace(shown, note=note, rolled_out=again)


def _leave_out(fact: str, reading: Reading, gaps: list[Gap]) -> None:
    """Leave out what the same source said of a fact before: more is known now."""
    gaps[:] = [one for one in gaps if (one.area, one.source) != (fact, reading.source)]


def _is_hidden(fact: str, reading: Reading, found: Mapping[str, Setting]) -> bool:
    """Return whether what some devices are told is a finding, and what others show is none.

    A server whose login is not said is as one without, unless the box has the same.
    """
    shown = found.get(fact)
    if fact == TURN:
        return shown is not None and _reduced(fact, shown) == {""}
    findings = _FINDINGS.get(fact, frozenset())
    told = reading.told[fact]
    is_found = not findings.isdisjoint(told)
    if fact in {TURN_PASSWORD, TURN_USER} and UNCLEAR in told and TURN in found:
        servers, own = set(map(comparable(TURN), reading.told[TURN])), found[TURN]
        is_found |= own.source == reading.source or not servers <= _reduced(TURN, own)
    return is_found and (shown is None or findings.isdisjoint(_reduced(fact, shown)))


def _reduced(fact: str, setting: Setting) -> set[str]:
    """Return the values of a setting in one spelling."""
    return set(map(comparable(fact), setting.values))


def _agree(fact: str, shown: Setting, told: Setting) -> bool:
    """Return whether a box shows what devices are told, as far as both can be compared."""
    if UNCLEAR in shown.values or not shown.values:
        return True  # what the box shows is open already
    ours, theirs = _reduced(fact, shown), _reduced(fact, told)
    if fact == LOGGING and ours <= {_PLATFORM} and theirs <= _OVER_HTTP:
        return True
    return ours <= theirs
