"""Where the documents of a target are, and which object stands on which of their lines."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from auditor.facts import FactKind, known_facts
from auditor.model.snapshot import Setting, Snapshot
from auditor.report.formats.terminal_places import Documents, Line
from auditor.report.schema import v1
from auditor.run.repository_paths import documents_of
from auditor.run.session import Audited
from auditor.run.target import is_live


def with_shown_objects(audited: Audited) -> Audited:
    """Return what came out for a target without the objects that its report shows no place of.

    The objects of a large system take the room that its page could be made in.
    """
    seen = set(_places_in(audited.report))
    snapshot = audited.outcome.snapshot
    shown = tuple(one for one in snapshot.objects if (one.source, one.line) in seen)
    outcome = audited.outcome._replace(snapshot=replace(snapshot, objects=shown))
    return audited._replace(outcome=outcome)


def readable_documents(target: str, snapshot: Snapshot, report: v1.Report) -> Documents:
    """Return what a terminal needs to know to show where the report says something was seen."""
    kinds = {one.name: one.kind for one in snapshot.sources}
    seen = set(_places_in(report))
    lines = {
        (one.source, one.line): Line(
            kinds.get(one.source, ""), (("cn", one.cn), ("h323", one.h323))
        )
        for one in snapshot.objects
        if one.line and (one.source, one.line) in seen
    }
    facts = known_facts()
    secrets = {
        str(one.place)
        for name, one in snapshot.settings.items()
        if name in facts and facts[name].kind is FactKind.SECRET
    }
    stand = {
        str(one.place): _standing(one)
        for one in snapshot.settings.values()
        if one.absent or one.option
    }
    return Documents(
        {} if is_live(target) else _paths(Path(target), kinds),
        lines,
        frozenset(secrets),
        stand,
        live=is_live(target) or snapshot.requests.sent > 0,
    )


def _places_in(report: v1.Report) -> Iterator[tuple[str, int | None]]:
    """Yield document and line of all evidence; most objects are in none of it."""
    for result in report.results:
        for observation in result.observations:
            for entry in observation.evidence:
                yield entry.source, entry.line


def _standing(setting: Setting) -> str:
    """Return how a setting stands in its line; empty if it is not there."""
    if setting.absent or setting.option is None:
        return ""
    module, option = setting.option
    return f"config change {module} /{option}"


def _paths(target: Path, names: Iterable[str]) -> dict[str, str]:
    """Return the paths of documents by their names, those that are there."""
    files = documents_of(target)
    return {name: shown_path(files[name]) for name in names if name in files}


def shown_path(path: Path) -> str:
    """Return a path from the working directory, if it is below it; else as it was given."""
    whole, here = Path(os.path.abspath(path)), Path.cwd()  # noqa: PTH100 -- links stay as they are
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(path)
