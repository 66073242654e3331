"""The scripts that apply a plan and take it back: they need nothing but Python itself."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from auditor.resources import templates_directory

_FOLDER: Final = "scripts"
REMEDIATE: Final = "remediate.py"
ROLLBACK: Final = "rollback.py"
SCRIPTS: Final[tuple[Path, ...]] = tuple(
    templates_directory() / _FOLDER / name for name in (REMEDIATE, ROLLBACK)
)
