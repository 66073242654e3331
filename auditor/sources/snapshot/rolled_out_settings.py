"""What Devices rolls out beside what a box itself shows: it fills in, and never wins.

What the box shows keeps its grade where both say the same. Where they contradict, nobody is
believed. An attestation of a person counts only where neither says anything, as everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from auditor.facts import UNCLEAR, known_facts
from auditor.facts.missing import advice
from auditor.messages.message import say
from auditor.model.snapshot import Gap, Setting
from auditor.sources.parse.device_configs import (
    LOGGING,
    MEDIA_ENCRYPTION,
    PHONES_PROTECTED,
)
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.comparable_values import comparable

# Facts that Devices tells of all phones of a domain, whichever box they are registered at.
_OF_PHONES: Final = frozenset({MEDIA_ENCRYPTION, PHONES_PROTECTED})
# The App Platform takes logs by HTTP, and a box names it by itself.
_OVER_HTTP: Final = frozenset({"http", "https"})
_PLATFORM: Final = "ap"
_ADVICE: Final = say("compare what Devices rolls out with what the box has")


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
    return found


def _agree(fact: str, shown: Setting, told: Setting) -> bool:
    """Return whether a box shows what devices are told, as far as both can be compared."""
    if UNCLEAR in shown.values or not shown.values:
        return True  # what the box shows is open already
    reduced = comparable(fact)
    ours, theirs = ({reduced(value) for value in one.values} for one in (shown, told))
    if fact == LOGGING and ours <= {_PLATFORM} and theirs <= _OVER_HTTP:
        return True
    return ours <= theirs
