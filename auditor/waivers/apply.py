"""Applies waivers: which violations somebody accepted, and what became of every waiver.

A waiver counts through the day it expires. It accepts violations only: what could not be decided
stays open, and no finding changes but by who accepted it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any, Final, NamedTuple

from auditor.errors import InputError, OptionPlace
from auditor.messages.message import Message, say, say_count, together
from auditor.model.result import ControlResult, Finding, Subject
from auditor.model.snapshot import PbxObject, Snapshot
from auditor.model.vocabulary import Area, Automation, Coverage, Status, Verdict
from auditor.model.waiver import WaiverEntry, WaiverState, WaiverUse
from auditor.model.waiver_document import Waiver
from auditor.values.patterns import compile_pattern, matches

# Where and how completely an object was read, and its password, are not what was accepted.
_NOT_CONFIGURATION: Final = frozenset({"source", "line", "visible", "password"})
_LOST: Final = say("waiver lost: the configuration is not the one that was accepted")
_OPEN: Final = frozenset({Status.UNKNOWN, Status.ERROR, Status.MANUAL})


class Waived(NamedTuple):
    """Results with what was accepted, and what each waiver did."""

    results: list[ControlResult]
    uses: list[WaiverUse]


def apply_waivers(
    results: Sequence[ControlResult],
    snapshot: Snapshot,
    entries: Sequence[WaiverEntry],
    today: date,
) -> Waived:
    """Return the results with every violation accepted that a valid waiver covers."""
    if not entries:
        return Waived(list(results), [])
    system = System(snapshot)
    claims = [_Claim(entry, system, today) for entry in entries]
    by_rule: dict[str, list[_Claim]] = {}
    for claim in claims:
        by_rule.setdefault(claim.entry.rule, []).append(claim)
    waived = [_waive(result, by_rule.get(result.rule.id, ()), system) for result in results]
    ran = {result.rule.id: result for result in waived}
    return Waived(waived, [claim.use(ran.get(claim.entry.rule)) for claim in claims])


def configuration_hash(configuration: Mapping[str, Any]) -> str:
    """Return the sha256 of what was configured; parts that are empty do not count."""
    kept = {name: value for name, value in configuration.items() if value}
    text = json.dumps(kept, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def binding(waiver: Waiver, snapshot: Snapshot) -> str:
    """Return the hash that binds a waiver to what it speaks about.

    Raises InputError unless that is one object, or a setting that was read.
    """
    system = System(snapshot)
    if waiver.subject:
        found = system.configuration(waiver.subject, None)
        if not found:
            raise InputError(
                say("the snapshot has no setting of that name to bind to"),
                where=OptionPlace("--subject"),
                advice=say("leave out --bind, or select an object by --guid or --name"),
            )
        return found
    selected = system.selected(waiver)
    if len(selected) != 1:
        kind, _ = waiver.selector
        raise InputError(
            say(
                "it selects {count} objects of the snapshot, and a waiver is bound to one",
                count=len(selected),
            ),
            where=OptionPlace(f"--{kind}"),
            advice=say("name one object by its --guid, as report.json shows it"),
        )
    return object_hash(selected[0])


class System:
    """Finds what a waiver speaks about in what was read from one PBX."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    @property
    def shows_all_objects(self) -> bool:
        """Return whether an object that is not there does not exist."""
        return self._snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE

    @cached_property
    def _by_key(self) -> Mapping[str, PbxObject | None]:
        """Objects by key; None where evidence that contradicts itself has several."""
        index: dict[str, PbxObject | None] = {}
        for candidate in self._snapshot.objects:
            index[candidate.key] = None if candidate.key in index else candidate
        return index

    def owner(self, subject: Subject) -> PbxObject | None:
        """Return the object that a subject is, or is a part of."""
        return self._by_key.get(subject.owner) if subject.owner else None

    def selected(self, waiver: Waiver) -> list[PbxObject]:
        """Return the objects that a waiver selects by guid or name."""
        if waiver.guid:
            wanted = waiver.guid.casefold()
            return [one for one in self._snapshot.objects if one.guid.casefold() == wanted]
        if not waiver.name:
            return []
        pattern = compile_pattern(waiver.name)
        return [
            one
            for one in self._snapshot.objects
            if matches(pattern, one.h323) or matches(pattern, one.label)
        ]

    def configuration(self, subject_id: str, owner: PbxObject | None) -> str:
        """Return the hash of an object or of a setting, empty if the subject is neither."""
        if owner is not None:
            return object_hash(owner)
        settings = {str(name): setting for name, setting in self._snapshot.settings.items()}
        found = settings.get(subject_id)
        return configuration_hash({"values": found.values}) if found else ""


def object_hash(candidate: PbxObject) -> str:
    """Return the hash of the configuration of an object, without secrets and places."""
    values = candidate._asdict()
    return configuration_hash({n: v for n, v in values.items() if n not in _NOT_CONFIGURATION})


class _Claim:
    """One waiver at work on one PBX."""

    def __init__(self, entry: WaiverEntry, system: System, today: date) -> None:
        self.entry = entry
        self.expired = entry.waiver.expires < today
        self._system = system
        self._kind, self._wanted = entry.waiver.selector
        self._pattern = compile_pattern(entry.waiver.name) if entry.waiver.name else None
        self.accepted = 0
        self.refused = 0

    def covers(self, subject: Subject, owner: PbxObject | None) -> bool:
        """Return whether the waiver speaks about a subject, which its owner is or has."""
        if self._pattern is not None:
            names = [subject.name, owner.h323 if owner else ""]
            return any(matches(self._pattern, name) for name in names)
        if self._kind == "subject":
            return subject.id == self._wanted
        return subject.owner.casefold() == self._wanted and bool(self._selected)

    def objection(self, subject: Subject, owner: PbxObject | None) -> str:
        """Return why the waiver does not count for a subject it covers; empty if it does."""
        waiver = self.entry.waiver
        if self.expired:
            return _expired(waiver)
        if waiver.configuration:
            found = self._system.configuration(subject.id, owner)
            if found != waiver.configuration:
                return _LOST
        return ""

    def use(self, result: ControlResult | None) -> WaiverUse:
        """Return what the waiver did, given the result of its control; None if it did not run."""
        state, detail = self._state(result)
        return WaiverUse(self.entry, state, detail, self.accepted)

    def _state(self, result: ControlResult | None) -> tuple[WaiverState, str]:
        if self.expired:
            return WaiverState.EXPIRED, _with_refused(_expired(self.entry.waiver), self.refused)
        if self.refused or self._changed:
            return WaiverState.LOST, _with_refused(_LOST, self.refused)
        if self.accepted:
            accepted = say_count(
                "accepted {count} violation", "accepted {count} violations", count=self.accepted
            )
            return WaiverState.USED, accepted
        return self._idle(result)

    def _idle(self, result: ControlResult | None) -> tuple[WaiverState, str]:
        """Return what there is to say of a waiver that accepted nothing."""
        subjects = {finding.observation.subject for finding in result.findings} if result else ()
        seen = any(self.covers(subject, self._system.owner(subject)) for subject in subjects)
        named = self._kind != "subject" and self._system.shows_all_objects
        if named and not seen and not self._selected:
            return WaiverState.GONE, say("nothing on the PBX is meant by it any more")
        if result is None:
            return WaiverState.NOT_RUN, say("its control did not run")
        if result.status in _OPEN:
            return WaiverState.UNDECIDED, say("its control could not be decided")
        return WaiverState.UNUSED, say("its control found nothing that it accepts")

    @cached_property
    def _selected(self) -> list[PbxObject]:
        return self._system.selected(self.entry.waiver)

    @property
    def _changed(self) -> bool:
        """Whether the waiver is bound, and no object it selects is as it was accepted."""
        wanted = self.entry.waiver.configuration
        if not wanted or not self._selected:
            return False
        return all(object_hash(one) != wanted for one in self._selected)


def _expired(waiver: Waiver) -> Message:
    return say("waiver expired on {day}", day=str(waiver.expires))


def _with_refused(why: Message, number: int) -> Message:
    """Return why a waiver does not count, with how many violations it does not accept."""
    if not number:
        return why
    return say_count(
        "{why}; {count} violation counts again",
        "{why}; {count} violations count again",
        why=why,
        count=number,
    )


def _waive(result: ControlResult, claims: Iterable[_Claim], system: System) -> ControlResult:
    """Return a result in which violations are accepted, as far as claims cover them."""
    active = list(claims)
    if result.status is not Status.FAILED or not active:
        return result
    findings = tuple(_judge(finding, active, system) for finding in result.findings)
    changed = result._replace(findings=findings)
    return changed._replace(status=_status(changed))


def _judge(finding: Finding, claims: Iterable[_Claim], system: System) -> Finding:
    """Return a violation with the first waiver that counts for it, or with why none does."""
    subject = finding.observation.subject
    if finding.observation.verdict is not Verdict.VIOLATED:
        return finding
    owner = system.owner(subject)
    covering = [
        (claim, claim.objection(subject, owner)) for claim in claims if claim.covers(subject, owner)
    ]
    counting = [claim for claim, objection in covering if not objection]
    if counting:
        for claim in counting:
            claim.accepted += 1
        return finding._replace(accepted=counting[0].entry)
    for claim, _ in covering:
        claim.refused += 1
    notes = [
        say("{objection} ({place})", objection=objection, place=claim.entry.place)
        for claim, objection in covering
    ]
    return finding._replace(waiver_note=together(*notes))


def _status(result: ControlResult) -> Status:
    """Return the outcome of a control that failed before waivers were looked at."""
    verdicts = {f.observation.verdict for f in result.findings if f.accepted is None}
    if Verdict.VIOLATED in verdicts:
        return Status.FAILED
    if Verdict.UNDETERMINED in verdicts:
        return Status.MANUAL if result.rule.automation is Automation.ATTESTED else Status.UNKNOWN
    return Status.WAIVED
