"""How a known finding stands after a judgement: what is fixed, gone, or as it was.

Nothing is fixed by not being seen. A control has to decide about the subject again, or a complete
list has to show that the subject is no more; else a finding keeps its standing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import Final

from auditor.fleet.history_model import (
    ControlSeen,
    FindingSeen,
    Judgement,
    KnownFinding,
    Standing,
)
from auditor.model.vocabulary import Status

_AT_AN_END: Final = frozenset({Standing.FIXED, Standing.GONE})


class Standings:
    """How findings stand by one judgement."""

    def __init__(self, judgement: Judgement) -> None:
        self.judgement = judgement

    @cached_property
    def controls(self) -> Mapping[str, ControlSeen]:
        """Controls that ran, by id."""
        return {one.control: one for one in self.judgement.controls}

    @cached_property
    def findings(self) -> Mapping[str, FindingSeen]:
        """Findings of all controls, by key."""
        return {one.key: one for seen in self.judgement.controls for one in seen.findings}

    def of(self, known: KnownFinding) -> Standing:
        """Return how a finding stands by this judgement, given how it stood before."""
        control = self.controls.get(known.control)
        found = self.findings.get(known.key)
        if found is not None:
            return found.standing
        if known.standing in _AT_AN_END:
            return known.standing
        if control is None:
            return Standing.NOT_ASKED
        if control.status is Status.ERROR:
            return _kept(known)
        if known.key in control.cleared:
            return Standing.FIXED
        return self._of_unseen(known, control)

    def looked_at(self, finding: FindingSeen | KnownFinding) -> bool:
        """Return whether a control saw the subject of a finding, whatever it came to about it."""
        control, owner = self.controls.get(finding.control), finding.subject.owner.casefold()
        if control is None:
            return False
        return finding.key in control.cleared or (owner != "" and owner in self._there)

    def _of_unseen(self, known: KnownFinding, control: ControlSeen) -> Standing:
        """Return how a finding stands of which a control that ran says nothing."""
        owner = known.subject.owner
        if owner and owner.casefold() not in self._there:
            if not self.judgement.has_all_objects:
                return _kept(known)
            return Standing.FIXED if control.wants_absence else Standing.GONE
        return _kept(known) if _is_doubted(owner, control) else Standing.FIXED

    @cached_property
    def _there(self) -> Collection[str]:
        return {name.casefold() for _, name in self.judgement.subjects}


def _is_doubted(owner: str, control: ControlSeen) -> bool:
    """Return whether a control left something open that could be about an object, or the PBX."""
    if control.doubted is None:
        return True
    return owner.casefold() in control.doubted if owner else bool(control.doubted)


def _kept(known: KnownFinding) -> Standing:
    """Return the standing before; one that was not asked about any more is open again."""
    return Standing.UNDECIDED if known.standing is Standing.NOT_ASKED else known.standing
