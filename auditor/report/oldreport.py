"""What reports of earlier programs lack: those of before `reach` was written.

What a control says about reach is taken from its document of today.
"""

from __future__ import annotations

from functools import cache

from auditor.report.reach import reach_of
from auditor.report.v1reach import Reach


@cache
def bundled_reach() -> list[Reach]:
    """Return what the controls of this program say about reach."""
    from auditor.rules.catalogue import load_catalogue  # noqa: PLC0415 -- only old reports need it

    return reach_of(load_catalogue().rules.values())
