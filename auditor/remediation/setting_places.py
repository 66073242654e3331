"""Where a script sets what was read: as the snapshot says, so that no dialect is looked up.

The dialect may have been a file that nobody has any more. Snapshots of earlier versions say nothing
of places; what they were read with is known as long as it was a bundled dialect.
"""

from __future__ import annotations

from auditor.dialects import Dialect, dialect_names, load_dialect
from auditor.model.snapshot import Snapshot


def option_of(snapshot: Snapshot, fact: str) -> tuple[str, str] | None:
    """Return the module and the option, with its slash, that set a fact; None if none is known."""
    setting = snapshot.settings.get(fact)
    if setting is None or not setting.line:
        return None
    if setting.option is not None:
        module, option = setting.option
        return module, f"/{option}"
    dialect = _bundled(snapshot)
    place = dialect.settings.get(fact) if dialect is not None else None
    if place is None or place.place != "option":
        return None
    return place.module, f"/{place.option.lstrip('/')}"


def parent_place(snapshot: Snapshot) -> tuple[str, str] | None:
    """Return the element and attribute by which a template names its parents, if that is known."""
    if snapshot.template_parent_place is not None:
        return snapshot.template_parent_place
    dialect = _bundled(snapshot)
    return dialect.parent_place if dialect is not None else None


def _bundled(snapshot: Snapshot) -> Dialect | None:
    """Return the bundled dialect that a snapshot was read with; None if it was a file."""
    if snapshot.dialect_file is not None or snapshot.dialect not in dialect_names():
        return None
    return load_dialect(snapshot.dialect)
