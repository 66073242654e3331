"""What a site changed about a run: its controls, and where settings are found."""

from __future__ import annotations

from auditor.values.frozen import frozen


@frozen
class Adjustment:
    """What the site changed about one control, and why."""

    control: str
    change: str
    reason: str


@frozen
class DialectFile:
    """The dialect that is a file of the site, with the digest of what it said.

    `replaced` names the facts whose bundled entry the file has another entry for.
    """

    path: str
    sha256: str
    replaced: list[str]
