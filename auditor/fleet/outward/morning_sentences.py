"""What is said of a morning in a sentence: how many PBXs need somebody, and why."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, TypeVar

from auditor.fleet.drift.usable_evidence import fewer
from auditor.fleet.history_model import State
from auditor.fleet.look_back.fleet_labels import age
from auditor.fleet.look_back.status_table import COUNTED
from auditor.fleet.outward.morning import Morning, Need, PbxMorning
from auditor.messages.message import NOTHING, Message, joined, say, say_count, template
from auditor.report.text import visible

_NEEDS: Final[Mapping[Need, str]] = {
    Need.CONFLICT: COUNTED[State.CONFLICT],
    Need.NEVER: COUNTED[State.NEVER],
    Need.STALE: COUNTED[State.STALE],
    Need.UNREACHABLE: COUNTED[State.UNREACHABLE],
    Need.FAILED: template("{count} with something that failed newly"),
    Need.UNDECIDED: template("{count} with something that became undecided"),
    Need.SHRUNK: template("{count} with fewer objects"),
    Need.ENDS: template("{count} with something that ends in a week"),
}
# Of those that need nobody.
_KNOWN: Final[Mapping[State, str]] = {
    State.FAILED: template("{count} failed for more than a week"),
    State.INCOMPLETE: template("{count} incomplete as before"),
    State.COMPLIANT: COUNTED[State.COMPLIANT],
}
_KINDS: Final[Mapping[str, str]] = {
    "waiver": template("waiver {name}"),
    "attestation": template("attestation {name}"),
    "certificate": template("certificate {name}"),
}
_MOST: Final = 4
_SHORT: Final = 80
_Counted = TypeVar("_Counted", Need, State)


def headline(morning: Morning) -> Message:
    """Return how many PBXs need somebody today."""
    pbxs = say_count("{count} PBX", "{count} PBXs", len(morning.pbxs))
    if not morning.pbxs:
        return say("There is no PBX")
    if all(one.state is State.NEVER for one in morning.pbxs):
        return say("Nothing was audited yet")
    number = len(morning.needing)
    if number == 0:
        return say("None of {pbxs} needs you today", pbxs=pbxs)
    return say_count(
        "{count} of {pbxs} needs you today", "{count} of {pbxs} need you today", number, pbxs=pbxs
    )


def sentence(morning: Morning) -> Iterator[Message]:
    """Yield why these need somebody, and how the others stand. The numbers add up."""
    needs = Counter(one.needs[0] for one in morning.needing)
    why = _counted(_NEEDS, needs)
    if why:
        yield say("{counts}.", counts=why)
    rest = Counter(one.state for one in morning.pbxs if not one.needs)
    if rest:
        how = _counted(_KNOWN, rest)
        yield (say("The others: {counts}.", counts=how) if why else say("{counts}.", counts=how))


def reasons_of(pbx: PbxMorning) -> Iterator[Message]:
    """Yield why a PBX needs somebody, in words that name what it is."""
    for need in pbx.needs:
        yield from _why(pbx, need)


def ends(kind: str, name: str) -> Message:
    """Return what ends: a waiver, an attestation or a certificate, with its name, cut short."""
    return say(_KINDS.get(kind, template("{name}")), name=visible(name, _SHORT))


def some(names: Iterable[str], most: int = _MOST) -> Message | str:
    """Return names, the first of many, with how many more there are."""
    known = list(names)
    shown = joined("{one}, {other}", known[:most])
    left = len(known) - most
    if left <= 0:
        return shown
    return say("{names} and {count} more", names=shown, count=left)


def _why(pbx: PbxMorning, need: Need) -> Iterator[Message]:
    match need:
        case Need.NEVER:
            yield say("never audited")
        case Need.CONFLICT:
            yield say("another box answers; `fleet rebind` it, or correct its target")
        case Need.STALE:
            yield say("read {age} ago, which is too old", age=age(pbx.status.age_seconds or 0))
            if pbx.not_read_since is not None:
                yield _not_read(pbx)
        case Need.UNREACHABLE:
            yield _not_read(pbx)
        case Need.FAILED | Need.UNDECIDED | Need.SHRUNK | Need.ENDS:
            yield _known_need(pbx, need)


def _known_need(pbx: PbxMorning, need: Need) -> Message:
    """Return why a PBX needs somebody that could be read."""
    status = pbx.status
    if need is Need.FAILED:
        return say("failed newly: {controls}", controls=some(pbx.worse.failed))
    if need is Need.UNDECIDED:
        return say("became undecided: {controls}", controls=some(pbx.worse.undecided))
    if need is Need.SHRUNK:
        return fewer(status.objects_before or 0, status.objects or 0)
    first = status.expiring[0]
    what, day = ends(first.kind, first.name), first.ends.isoformat()
    return say("{what} ends on {day}", what=what, day=day)


def _not_read(pbx: PbxMorning) -> Message:
    since = pbx.not_read_since
    reason = pbx.row.reason or NOTHING
    if since is None:
        return say("not reached: {reason}", reason=reason)
    return say("not reached since {day}: {reason}", day=since.day.isoformat(), reason=reason)


def _counted(words: Mapping[_Counted, str], numbers: Counter[_Counted]) -> Message | str:
    told = [say(text, count=numbers[one]) for one, text in words.items() if numbers[one]]
    return joined("{one}, {other}", told)
