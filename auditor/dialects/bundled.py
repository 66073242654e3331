"""The dialects that come with the program."""

from __future__ import annotations

from functools import cache

from auditor.dialects.document import Dialect, merged, read_dialect
from auditor.errors import SiteFileError
from auditor.messages.message import say
from auditor.resources import dialects_directory
from auditor.values.names import alike


def dialect_names() -> list[str]:
    """Return the names of the bundled dialects."""
    return sorted(path.stem for path in dialects_directory().glob("*.toml"))


def is_taken(name: str) -> bool:
    """Return whether a bundled dialect has this name, or one that people take for the same."""
    return alike(name) in {alike(known) for known in dialect_names()}


@cache
def bundled(name: str) -> Dialect:
    """Return a bundled dialect with what it extends. Raises SiteFileError if there is none."""
    if name not in dialect_names():
        raise SiteFileError(
            say("there is no dialect {name}", name=f"{name!r:.40}"), keys=("target", "dialect")
        )
    document = read_dialect(dialects_directory() / f"{name}.toml")
    if not document.extends:
        return Dialect.model_construct(**dict(document))
    base = bundled(document.extends)
    attributes = {**base.attributes, **document.attributes}
    return merged(base, document).model_copy(update={"attributes": attributes})
