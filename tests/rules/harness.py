"""Runs one control on a configuration and a site file, through all that a real audit uses."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from auditor.model.site import Site
from auditor.model.vocabulary import Area, Coverage
from auditor.pbx.view import AuditView
from auditor.run.engine import run_controls
from auditor.run.reader import Reader
from auditor.run.rule_examples import read_example
from auditor.site.attestations import attest, check_dates
from auditor.site.credentials import Credentials

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.model.result import ControlResult
    from auditor.model.rule import RuleDocument
    from auditor.model.snapshot import Snapshot, TlsEndpoint

TODAY: Final = date(2026, 11, 22)


@dataclass(frozen=True)
class Input:
    """What an audit is given: files by name, the content of a site file, passwords."""

    files: Mapping[str, str]
    site: Mapping[str, Any] = field(default_factory=dict)
    pbx_password: str = ""
    tls: tuple[TlsEndpoint, ...] = ()
    admin_password: str = ""
    app_platform_password: str = ""
    partial: bool = False


def site_of(given: Input) -> Site:
    return Site.model_validate(given.site)


def read(given: Input, folder: Path, site: Site | None = None) -> Snapshot:
    """Return the snapshot with attested facts, read from files as from a folder of evidence."""
    site = site or site_of(given)
    check_dates(site.facts, TODAY)
    credentials = Credentials(
        pbx_password=given.pbx_password or None,
        admin_password=given.admin_password or None,
        app_platform_password=given.app_platform_password or None,
    )

    def read_folder(stated: Site) -> Snapshot:
        return Reader(stated, credentials).read(str(folder))

    if given.partial:
        for name, content in given.files.items():
            (folder / name).write_text(content, encoding="utf-8", newline="")
        snapshot = read_folder(site)
    else:
        snapshot = read_example(given.files, site, folder, read_folder)
    if given.tls:
        areas = {**snapshot.areas, Area.TLS: Coverage.COMPLETE}
        snapshot = replace(snapshot, tls=given.tls, areas=areas)
    return attest(snapshot, site.facts, TODAY)


def judge(rule: RuleDocument, snapshot: Snapshot, site: Site) -> ControlResult:
    return run_controls(AuditView(snapshot, site, TODAY), [rule], site.parameters)[0]


def audit(rule: RuleDocument, given: Input, folder: Path) -> ControlResult:
    site = site_of(given)
    return judge(rule, read(given, folder, site), site)


def example_input(example) -> Input:
    return Input(
        {"cfg.txt": example.configuration, **example.files},
        tomllib.loads(example.site),
        example.pbx_password,
        tuple(example.tls),
        example.admin_password,
        example.app_platform_password,
    )


def explain(result: ControlResult) -> str:
    """Return what was observed, for the message of a failing test."""
    seen = [
        f"  {o.verdict.value} {o.subject.kind} {o.subject.id} [{o.property}]: {o.detail}"
        + (f" (remark: {o.remark})" if o.remark else "")
        for o in (finding.observation for finding in result.findings)
    ]
    return "\n".join([f"{result.rule.id} is {result.status.value}. {result.reason}", *seen])
