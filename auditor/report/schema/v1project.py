"""The project file of a run, as `report.json` has it."""

from __future__ import annotations

from auditor.values.frozen import frozen


@frozen
class ProjectFile:
    """The file that gave options of the run, by its path from where it started, and which keys."""

    path: str
    keys: list[str]
