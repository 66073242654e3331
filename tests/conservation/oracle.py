"""What no damage to evidence may do: let a control pass that did not pass before."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from tests.conservation.allowances import may_pass, tells_more
from tests.conservation.evidence import Evidence
from tests.conservation.focus import owners_of_defect
from tests.conservation.judging import Judged, judge
from tests.conservation.mutations import Mutation

_OPEN: Final = frozenset({"failed", "unknown", "error"})


@lru_cache(maxsize=8)
def unmutated(evidence_name: str, evidence: _Shared, view: str) -> Judged:
    """Return what an audit of the whole evidence says."""
    del evidence_name
    return judge(evidence.evidence, evidence.evidence.files, view)


class _Shared:
    """Evidence as an argument that is remembered by its name alone."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence

    def __hash__(self) -> int:
        return hash(self.evidence.name)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Shared) and other.evidence.name == self.evidence.name


def wrong(mutation: Mutation) -> list[str]:
    """Return what an audit of damaged evidence may not say; empty if it is all right."""
    evidence = mutation.evidence
    before = unmutated(evidence.name, _Shared(evidence), mutation.view)
    after = judge(evidence, mutation.files, mutation.view)
    if after.crash:
        return [f"crash: {after.crash}"]
    return list(_wrong(mutation, before, after))


def _wrong(mutation: Mutation, before: Judged, after: Judged) -> Iterator[str]:
    allowed = False
    for control, status in after.statuses.items():
        known = before.statuses.get(control, "unknown")
        if status == "error" and known != "error":
            yield f"{control}: {known} -> error"
        elif _is_suspicious(mutation, known, status):
            shown = before.account != after.account or not mutation.is_shorter
            if may_pass(mutation, control, owners_of_defect(mutation.evidence)) and shown:
                allowed = True
            else:
                hidden = "" if shown else ", and the account is the same"
                yield f"{control}: {known} -> {status}{hidden}"
    for profile, code in after.codes.items():
        if code == 0 and before.codes.get(profile) != 0 and not allowed:
            yield f"exit code in profile {profile}: {before.codes.get(profile)} -> 0"


def _is_suspicious(mutation: Mutation, known: str, status: str) -> bool:
    """Return whether a control came to pass that did not pass before."""
    better = known in _OPEN and status in {"passed", "not-applicable"}
    return better and (known == "failed" or not tells_more(mutation))
