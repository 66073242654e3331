"""Runs the examples of a rule document: the whole way of an audit, on a few lines each."""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from auditor.attestations import attest, check_dates
from auditor.checks import Check
from auditor.engine import run_controls
from auditor.errors import InputError
from auditor.model.rule import Example, RuleDocument
from auditor.model.site import Site
from auditor.model.vocabulary import Area, Coverage, Status
from auditor.settings import Compared
from auditor.sources.files import read_files
from auditor.view import AuditView


@dataclass(frozen=True, slots=True)
class Trial:
    """One example that was run: what it came to, or why it could not run."""

    rule: str
    example: str
    wanted: Status
    found: Status | None
    reason: str

    @property
    def holds(self) -> bool:
        """Return whether the example leads to the status that its document states."""
        return self.found is self.wanted


def run_examples(rule: RuleDocument, checks: Mapping[str, Check], today: date) -> Iterator[Trial]:
    """Yield the outcome of each example of a document."""
    for example in rule.examples:
        try:
            found, reason = _run(rule, example, checks, today)
        except InputError as error:
            yield Trial(rule.id, example.name, example.status, None, error.message)
        else:
            yield Trial(rule.id, example.name, example.status, found, reason)


def _run(
    rule: RuleDocument, example: Example, checks: Mapping[str, Check], today: date
) -> tuple[Status, str]:
    """Return the status of an example, and what was observed. Raises InputError."""
    site = _site(example)
    check_dates(site.facts, today)
    with tempfile.TemporaryDirectory() as folder:
        for name, content in {"cfg.txt": example.configuration, **example.files}.items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        snapshot = read_files(
            Path(folder),
            site,
            example.pbx_password or None,
            compared=Compared(
                example.admin_password or None, example.app_platform_password or None
            ),
        )
    if example.tls:
        areas = {**snapshot.areas, Area.TLS: Coverage.COMPLETE}
        snapshot = replace(snapshot, tls=tuple(example.tls), areas=areas)
    view = AuditView(attest(snapshot, site.facts, today), site)
    (result,) = run_controls(view, [rule], site.parameters, checks)
    seen = [finding.observation.detail for finding in result.findings]
    return result.status, "; ".join([result.reason, *seen] if result.reason else seen)


def _site(example: Example) -> Site:
    try:
        return Site.model_validate(tomllib.loads(example.site))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"its site file is not valid TOML: {error}") from None
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(f"its site file: {place}: {first['msg']}") from None
