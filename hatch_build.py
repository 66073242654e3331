"""Makes, when the package is built, what would otherwise be made at every start.

It goes into the wheel; for an editable installation it stays in the checkout, where it counts as
long as nothing that it is made of was changed. `python hatch_build.py` makes it there anew.
"""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_INSTALLED = "auditor/_data/built"
_GUIDES = "auditor/_data/guides"


class BuildHook(BuildHookInterface[Any]):
    """The build hook of the wheel, found by hatchling by the name of this file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Build, and put what was built into the wheel, and the guides that messages point at."""
        root = Path(self.root)
        build_data["force_include"][str(build(root))] = _INSTALLED
        from auditor.resources import guides_of  # noqa: PLC0415 -- `build` made it importable

        for topic, path in guides_of(root).items():
            build_data["force_include"][str(path)] = f"{_GUIDES}/{topic}.md"


def build(root: Path) -> Path:
    """Build in a checkout and return the folder where the result is."""
    sys.path.insert(0, str(root))
    from auditor.files import built_documents, compiled_templates  # noqa: PLC0415 -- found by the line before
    from auditor.remediation import runbook  # noqa: PLC0415
    from auditor.report.html import html_page  # noqa: PLC0415
    from auditor.resources import built_directory  # noqa: PLC0415

    folder = built_directory()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent) as beside:  # nobody reads what is half made
        new = Path(beside, "new")
        compiled_templates.compile_into(new, "html", html_page.__file__, html_page.environment())
        compiled_templates.compile_into(new, "md", runbook.__file__, runbook.environment("en"))
        built_documents.store(new, *documents_of(root / "auditor"))
        if folder.exists():
            folder.rename(Path(beside, "old"))
        new.rename(folder)
    return folder


def documents_of(package: Path) -> tuple[list[bytes], list[bytes]]:
    """Return the documents of rules, and all others, once all of them were validated."""
    from auditor.dialects import dialect_names, load_dialect  # noqa: PLC0415
    from auditor.resources import rules_directory  # noqa: PLC0415
    from auditor.rules.catalogue import load_catalogue  # noqa: PLC0415
    from auditor.rules.rule_documents import PROFILES_FOLDER  # noqa: PLC0415
    from auditor.volatile import volatile_lines  # noqa: PLC0415

    load_catalogue(examples=True)  # and with it facts and vulnerabilities
    for name in dialect_names():
        load_dialect(name)
    volatile_lines()
    paths = sorted(rules_directory().rglob("*.toml"))
    others = [path for path in paths if path.parent.name == PROFILES_FOLDER]
    rules = [path.read_bytes() for path in paths if path not in others]
    for folder in ("dialects", "facts", "volatile", "vulnerabilities"):
        others += sorted((package / folder).glob("*.toml"))
    return rules, [path.read_bytes() for path in others]


if __name__ == "__main__":
    build(Path(__file__).parent)
