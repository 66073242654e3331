"""A folder with a page for each control: what is not up to date in it, and what is left over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import ExitCode
from auditor.files.inputs import MOST_TOML, read_bytes
from auditor.rules.catalogue import Catalogue
from auditor.rules.rule_pages import to_index, to_markdown

_INDEX: Final = "README.md"


class PageFolder(NamedTuple):
    """The pages that a folder should have, those that differ there, and those of no control."""

    pages: Mapping[str, str]
    stale: Sequence[str]
    left_over: Sequence[str]

    @property
    def code(self) -> ExitCode:
        """Return the exit code: whether the folder is up to date."""
        return ExitCode.FINDINGS if self.stale or self.left_over else ExitCode.OK


def page_folder(catalogue: Catalogue, folder: Path) -> PageFolder:
    """Return how a folder stands to the pages of all controls."""
    pages = pages_of(catalogue)
    stale = [name for name, text in pages.items() if _stands(folder / name) != text]
    left_over = [path.name for path in folder.glob("*.md") if path.name not in pages]
    return PageFolder(pages, stale, left_over)


def pages_of(catalogue: Catalogue) -> dict[str, str]:
    """Return the pages of all controls by file name."""
    pages = {f"{name}.md": to_markdown(rule) for name, rule in sorted(catalogue.rules.items())}
    return {_INDEX: to_index(catalogue.rules.values()), **pages}


def _stands(path: Path) -> str | None:
    try:
        return read_bytes(path, MOST_TOML).decode()
    except (OSError, UnicodeDecodeError):
        return None
