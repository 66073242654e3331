"""Where rule documents, templates, guides and what is built live, in a wheel or a checkout."""

from __future__ import annotations

from collections.abc import Mapping
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


def guides() -> Mapping[str, Path]:
    """Return the guides that people read, by topic."""
    inside = _PACKAGE / "_data" / "guides"
    if inside.is_dir():
        return {path.stem: path for path in sorted(inside.glob("*.md"))}
    return guides_of(_CHECKOUT)


def guides_of(checkout: Path) -> Mapping[str, Path]:
    """Return the guides of a checkout by topic, which is also their name in the wheel."""
    found = {path.stem: path for path in (checkout / "docs").glob("*.md")}
    found |= {"ci": checkout / "docs" / "ci" / "README.md", "readme": checkout / "README.md"}
    return dict(sorted(found.items()))


def dialects_directory() -> Path:
    """Return the folder of the bundled dialects."""
    return _PACKAGE / "dialects"


def built_directory() -> Path:
    """Return the folder of what was made when the package was built; it may not be there."""
    return _locate("built", "build/package")
