"""Names that outlive a version: those of properties, and what a fix sets.

`python -m tests.rules.observed` writes them to observed.json, as the cases show them. A name may
come; where one is lost, say in the changelog which findings are new by that.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from auditor.model.result import Observation

PLACE: Final = Path(__file__).parent / "observed.json"
OBSERVED: Final[dict[str, Any]] = json.loads(PLACE.read_text("utf-8")) if PLACE.exists() else {}


def observed(seen: Iterable[Observation]) -> dict[str, list[str]]:
    """Return the names in some observations: of subjects, properties, evidence and fixes."""
    found: dict[str, set[str]] = {}
    for one in seen:
        kind = one.subject.kind
        found.setdefault("properties", set()).add(f"{kind} [{one.property}]")
        for evidence in one.evidence:
            if evidence.attribute is not None:
                said = f"{kind} [{one.property}] {one.verdict}: {evidence.attribute}"
                found.setdefault("evidence", set()).add(said)
        if one.fix is not None:
            wanted = one.fix.wanted
            found.setdefault("fixes", set()).add(f"{one.fix.property} = {wanted}")
    return {name: sorted(texts) for name, texts in sorted(found.items())}


def main() -> None:
    """Write what every case and example shows."""
    from tests.rules.harness import audit  # noqa: PLC0415 -- the tests need no more than above
    from tests.rules.test_german import RULES, inputs_of  # noqa: PLC0415

    table = {}
    for name, rule in sorted(RULES.items()):
        seen = []
        for given in inputs_of(rule):
            with tempfile.TemporaryDirectory() as folder:
                result = audit(rule, given, Path(folder))
            seen += [finding.observation for finding in result.findings]
        if seen:
            table[name] = observed(seen)
    PLACE.write_text(json.dumps(table, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
