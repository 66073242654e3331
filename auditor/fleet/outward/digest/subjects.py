"""What findings are about, for recipients who are to have details."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from auditor.fleet.history_model import Standing
from auditor.fleet.store.queries.result_rows import ControlState, SpanChange


class Subjects:
    """The names of what fails now and did not before, by PBX and control."""

    def __init__(self, found: Mapping[tuple[str, str], Sequence[str]]) -> None:
        self._found = found

    def of(self, pbx: str, control: str) -> Sequence[str]:
        """Return the names of what newly fails a control of a PBX, in their order."""
        return self._found.get((pbx, control), ())


NO_SUBJECTS = Subjects({})


def subjects_of(changes: Iterable[SpanChange]) -> Subjects:
    """Return what newly fails by the changes since a run, in the order of runs."""
    before: dict[tuple[str, str, str], ControlState | None] = {}
    names: dict[tuple[str, str, str], str] = {}
    for one in changes:
        if one.subject is None:
            continue
        key = one.pbx, one.control, one.key
        first = before.setdefault(key, one.before)
        names.pop(key, None)
        if one.after is Standing.FAILED and first is not Standing.FAILED:
            names[key] = one.subject.name or one.subject.id
    found: dict[tuple[str, str], list[str]] = {}
    for (pbx, control, _), name in sorted(names.items(), key=lambda pair: pair[1]):
        found.setdefault((pbx, control), []).append(name)
    return Subjects(found)
