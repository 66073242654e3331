"""How a PBX stands: the first state that holds."""

from __future__ import annotations

from datetime import timedelta

from auditor.errors import ExitCode
from auditor.fleet.history_model import AuditEnding, State
from auditor.fleet.store.queries.result_rows import Overview


def state_of_pbx(pbx: Overview | None, age: timedelta | None, max_age: timedelta) -> State:
    """Return the state of a PBX; `age` is that of its last audit that could look.

    Whatever is not certain to be compliant is something else.
    """
    if pbx is None or pbx.last is None:
        return State.NEVER
    if pbx.is_in_conflict:
        return State.CONFLICT
    if age is not None and age > max_age:
        return State.STALE
    if pbx.success is None or pbx.last.ending is not AuditEnding.AUDITED:
        return State.UNREACHABLE
    if pbx.success.code is ExitCode.FINDINGS:
        return State.FAILED
    return State.COMPLIANT if pbx.success.code is ExitCode.OK else State.INCOMPLETE
