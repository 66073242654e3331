"""Where rule documents, templates and what is built of them live, in a wheel or in a checkout."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent


def _locate(installed: str, checkout: str) -> Path:
    inside = _PACKAGE / "_data" / installed
    return inside if inside.is_dir() else _CHECKOUT / checkout


def rules_directory() -> Path:
    """Return the folder of the bundled rule documents."""
    return _locate("rules", "rules")


def templates_directory() -> Path:
    """Return the folder of the bundled report templates."""
    return _locate("templates", "reports/templates")


def dialects_directory() -> Path:
    """Return the folder of the bundled dialects."""
    return _PACKAGE / "dialects"


def built_directory() -> Path:
    """Return the folder of what was made when the package was built; it may not be there."""
    return _locate("built", "build/package")
