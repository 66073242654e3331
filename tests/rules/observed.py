"""Names that outlive a version: those of properties, what a fix sets, and what is said of both.

`make observed` writes them to observed.json, as the cases show them, `make observed ID=HD-04` those
of one control. A name may come; where one of a property is lost, say in the changelog which
findings are new by that. Where a sentence is lost, a case shows something else than it was written
for. The sentences of each case that is `told` stand in told.json.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from auditor.messages.message import Message
from auditor.model.result import ControlResult, Evidence, Fix, Observation
from auditor.model.rule import RuleDocument

PLACE: Final = Path(__file__).parent / "observed.json"
TOLD_PLACE: Final = PLACE.with_name("told.json")
OBSERVED: Final[dict[str, Any]] = json.loads(PLACE.read_text("utf-8")) if PLACE.exists() else {}
TOLD: Final[dict[str, dict[str, list[str]]]] = (
    json.loads(TOLD_PLACE.read_text("utf-8")) if TOLD_PLACE.exists() else {}
)

RENEW: Final = "make observed"

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


def told(result: ControlResult) -> list[str]:
    """Return every sentence that a control says, also of evidence, without the values in them."""
    seen = [finding.observation for finding in result.findings]
    said = [text for one in seen for text in (one.subject.name, one.detail, one.remark)]
    evidence = [part for one in seen for part in one.evidence]
    shown = [text for one in evidence for text in (one.source, one.attribute, one.value, one.via)]
    return sorted(set(templates_in((result.reason, *said, *shown))))


def templates_in(text: object) -> Iterator[str]:
    """Yield the templates of a message, and of the messages among its parameters."""
    if isinstance(text, tuple):
        for part in text:
            yield from templates_in(part)
    elif isinstance(text, Message) and text:
        yield text.template
        yield from templates_in(tuple(value for _, value in text.parameters))


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


def main(wanted: list[str]) -> int:
    """Write what every case and example shows, or those of some controls. Returns the exit code."""
    from auditor.rules.catalogue import load_catalogue  # noqa: PLC0415 -- tests need what is above alone
    from tests.rules.cases import case_input, inputs_of, load_tables  # noqa: PLC0415
    from tests.rules.harness import Input, audit  # noqa: PLC0415

    def judged(rule: RuleDocument, given: Input) -> ControlResult:
        with tempfile.TemporaryDirectory() as folder:
            return audit(rule, given, Path(folder))

    rules, tables = load_catalogue(examples=True).rules, load_tables()
    unknown = sorted(set(wanted) - set(rules))
    if unknown:
        sys.stderr.write(f"error: there is no control {', '.join(unknown)}\n")
        return 2
    table = {name: OBSERVED[name] for name in OBSERVED if wanted and name in rules}
    sentences = {name: TOLD[name] for name in TOLD if wanted and name in rules}
    for name in wanted or rules:
        results = [judged(rules[name], given) for given in inputs_of(rules[name])]
        seen = [finding.observation for result in results for finding in result.findings]
        _put(table, name, observed(seen))
        cases = tables[name].cases if name in tables else []
        said = {
            case.name: told(judged(rules[name], case_input(case, tables[name].defaults)))
            for case in cases
            if case.told
        }
        _put(sentences, name, said)
    for place, content in ((PLACE, table), (TOLD_PLACE, sentences)):
        changed = _write(place, dict(sorted(content.items())))
        sys.stdout.write(f"{place.name}: {'written' if changed else 'as it was'}\n")
    return 0


def _put(into: dict[str, Any], name: str, content: object) -> None:
    """Put what a control shows into a table; one that shows nothing is not in it."""
    into.pop(name, None)
    if content:
        into[name] = content


def _write(place: Path, content: object) -> bool:
    """Write a file if that changes it; return whether it did."""
    text = f"{json.dumps(content, indent=1, ensure_ascii=False)}\n"
    if place.is_file() and place.read_text(encoding="utf-8") == text:
        return False
    place.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
