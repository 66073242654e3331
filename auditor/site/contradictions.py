"""What was attested of call filters and templates against what was read of them.

Rows that nothing can read come from the statement. Rows that were read and not understood, or read
twice, stay open: a statement does not make up for them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Final

from auditor.messages.message import NOTHING, say, template, together
from auditor.model.snapshot import TEMPLATE_KIND, CallFilter, Gap, Setting, Snapshot
from auditor.model.vocabulary import Area, Coverage

_ADVICE: Final = say("compare the name in the site file with the one on the PBX")
_ABSENT: Final = say("it is not among the filters that were read")
_NOT_UNDERSTOOD: Final = say("what was read of the filters is not understood, and may be this one")
_NO_PARENTS: Final = template("template {name} has the parents none, and others were attested")
_OTHER_PARENTS: Final = template(
    "template {name} has the parents {parents}, and others were attested"
)
_TWICE: Final = say("it is attested in two spellings, with different rows")


def with_attested_rows(
    snapshot: Snapshot, attested: Mapping[str, CallFilter]
) -> tuple[list[CallFilter], list[Gap]]:
    """Return filters as read, with attested rows for those that nothing can read, and doubts."""
    merged = {entry.name: entry for entry in snapshot.filters}
    gaps: list[Gap] = []
    whole = snapshot.coverage(Area.CALL_FILTERS) is Coverage.COMPLETE
    doubtful = any(gap.doubtful for gap in snapshot.gaps_in(Area.CALL_FILTERS))
    for name, stated in _agreed(attested, merged).items():
        read = merged.get(name)
        if read is not None:
            merged[name] = _beside(read, stated)
        elif whole and merged:
            # Objects may refer to it all the same; what such a filter does is not documented.
            merged[name] = replace(stated, rows=None, note=_ABSENT)
            reason = say(
                "rows are attested for filter {name}, which the PBX does not have", name=name
            )
            gaps.append(Gap(Area.CALL_FILTERS, reason, stated.source, advice=_ADVICE))
        elif doubtful:
            merged[name] = replace(stated, rows=None, note=_NOT_UNDERSTOOD, doubtful=True)
        else:
            merged[name] = replace(stated, note=stated.note or (_ABSENT if merged else NOTHING))
    return list(merged.values()), gaps


def _beside(read: CallFilter, stated: CallFilter) -> CallFilter:
    """Return a filter that was read, with a note if it says something else than a statement."""
    if read.rows is None and read.doubtful:
        unused = say("rows were attested, and not used: {statement}", statement=stated.source)
        return replace(read, note=together(read.note, unused))
    if read.rows is None:
        return stated
    if read.rows != stated.rows:
        return replace(
            read, note=say("other rows were attested: {statement}", statement=stated.source)
        )
    return read


def _agreed(attested: Mapping[str, CallFilter], read: Iterable[str]) -> Mapping[str, CallFilter]:
    """Return attested filters; those that are stated in two spellings with different rows are open.

    What the PBX has under both spellings is two filters.
    """
    known = set(read)
    by_spelling: dict[str, list[CallFilter]] = {}
    for name, stated in attested.items():
        if name not in known:
            by_spelling.setdefault(name.strip().casefold(), []).append(stated)
    open_ones = {
        one.name
        for several in by_spelling.values()
        if len({one.rows for one in several}) > 1
        for one in several
    }
    return {
        name: replace(stated, rows=None, note=_TWICE) if name in open_ones else stated
        for name, stated in attested.items()
    }


def doubted_parents(snapshot: Snapshot, attested: Mapping[str, Setting]) -> Iterator[Gap]:
    """Yield that parents are attested of a template that does not exist, or names others itself."""
    templates = [one for one in snapshot.objects if one.kind == TEMPLATE_KIND]
    for name, stated in attested.items():
        found = [one for one in templates if one.cn == name]
        if not found and snapshot.coverage(Area.OBJECTS) is Coverage.COMPLETE:
            reason = say(
                "parents are attested for template {name}, which the PBX does not have", name=name
            )
            yield Gap(Area.OBJECTS, reason, stated.source, advice=_ADVICE)
        for seen in found:
            listed = snapshot.listed_parents.get(name)
            parents = seen.templates if listed is None else listed.values
            is_read = bool(parents) or listed is not None or snapshot.reads_template_parents
            if is_read and set(parents) != set(stated.values):
                shown = ", ".join(parents)
                reason = say(_NO_PARENTS, name=name)
                if shown:
                    reason = say(_OTHER_PARENTS, name=name, parents=shown)
                yield Gap(Area.OBJECTS, reason, seen.source, seen.line, _ADVICE)
