"""Where the knowledge comes from with which evidence was read."""

from __future__ import annotations

from auditor.values.frozen import frozen


@frozen
class DialectFile:
    """A dialect that is a file of the site: where it was, and the digest of what it said.

    `replaced` names the facts whose bundled entry it has another entry for.
    """

    path: str
    sha256: str
    replaced: tuple[str, ...] = ()
