"""Names that outlive a version: those of properties, what a fix sets, and what is said of both.

`python -m tests.rules.observed` writes them to observed.json, as the cases show them. A name may
come; where one of a property is lost, say in the changelog which findings are new by that. Where a
sentence is lost, a case shows something else than it was written for.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from auditor.messages.message import Message
from auditor.model.result import Evidence, Fix, Observation

PLACE: Final = Path(__file__).parent / "observed.json"
OBSERVED: Final[dict[str, Any]] = json.loads(PLACE.read_text("utf-8")) if PLACE.exists() else {}

# Whose value a script changes depends on the case.
_WHOSE: Final = frozenset({"guid", "cn"})


def observed(seen: Iterable[Observation]) -> dict[str, list[str]]:
    """Return the names in some observations, and the sentences that say what they come to."""
    found: dict[str, set[str]] = {}
    for one in seen:
        about = f"{one.subject.kind} [{one.property}]"
        found.setdefault("properties", set()).add(about)
        said = found.setdefault("said", set())
        said.update(f"{about} {one.verdict}: {text}" for text in _sentences(one))
        for evidence in one.evidence:
            if evidence.attribute is not None:
                shown = f"{about} {one.verdict}: {evidence.attribute}{_shown(evidence)}"
                found.setdefault("evidence", set()).add(shown)
        if one.fix is not None:
            found.setdefault("fixes", set()).add(_changed(one.fix))
    return {name: sorted(texts) for name, texts in sorted(found.items())}


def _sentences(one: Observation) -> Iterator[str]:
    """Yield what is said, without the values in it: a case that loses one shows another thing."""
    texts = (one.subject.name, one.remark, one.fix.by_hand if one.fix else "")
    yield from (text.template for text in texts if isinstance(text, Message) and text)
    yield f"{one.detail.template}{' (shown where)' if one.evidence else ''}"


def _shown(evidence: Evidence) -> str:
    """Return which of its parts evidence has: what they hold depends on the case."""
    parts = ("object", "value", "via")
    return "".join(f" +{part}" for part in parts if getattr(evidence, part) is not None)


def _changed(fix: Fix) -> str:
    """Return what a fix changes from what was seen, and what a script would do about it."""
    said = f"{fix.property}: {fix.current} -> {fix.wanted}"
    if fix.repair is None:
        return said
    kept = {name: value for name, value in asdict(fix.repair).items() if name not in _WHOSE}
    return f"{said}, {type(fix.repair).__name__} {json.dumps(kept, ensure_ascii=False)}"


def main() -> None:
    """Write what every case and example shows."""
    from auditor.rules.catalogue import load_catalogue  # noqa: PLC0415 -- tests need what is above alone
    from tests.rules.cases import inputs_of  # noqa: PLC0415
    from tests.rules.harness import audit  # noqa: PLC0415

    table = {}
    for name, rule in sorted(load_catalogue(examples=True).rules.items()):
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
