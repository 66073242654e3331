"""One PBX over nights: real evidence and papers, and what a history would keep of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from auditor.fleet.drift.changes import changes_between
from auditor.fleet.drift.content import content_digest
from auditor.fleet.drift.judging import judgement_of
from auditor.fleet.drift.kept_documents import papers_of, versions_of
from auditor.fleet.drift.rejudge import NewAudit, Rejudge, Stored
from auditor.fleet.history_model import Basis, Known, KnownControl, KnownFinding, Standing
from auditor.model.snapshot import Certificate, TlsEndpoint
from auditor.model.vocabulary import Area, Coverage, Identity, TlsAnswer
from auditor.run.audit import audit, scores_everybody
from auditor.run.setup import Choice, OptionFiles, prepare
from auditor.sources.options import DEFAULTS
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.pbx import ROOT, configuration_of, simulated
from tests.fixtures.waivers import waiver, waiver_text

FIRST_DAY = date(2026, 11, 22)


def configuration(config="insecure"):
    return configuration_of(config).decode()


def site_text(config="insecure"):
    return simulated(config).site.read_text(encoding="utf-8")


class Pbx:
    """A PBX whose evidence and papers are changed from night to night."""

    def __init__(self, folder, config="insecure"):
        self.folder = folder
        self.files = {"cfg.txt": configuration(config)}
        self.site = site_text(config)
        self.waivers = ""
        self.rules: dict[str, str] = {}
        self.dialect = ""
        self.profile = "tutorial"
        self.controls = ()
        self.day = FIRST_DAY
        self.password = None
        self.known = Known()
        self.stored = None
        self.number = 0
        self.judgement = None
        self.again = None
        self.versions = {}

    def write(self):
        root = self.folder / str(self.number)
        evidence = root / "evidence"
        evidence.mkdir(parents=True)
        for name, text in self.files.items():
            content = text if isinstance(text, bytes) else text.encode()
            (evidence / name).write_bytes(content)
        site = root / "site.toml"
        site.write_text(self.site, encoding="utf-8")
        if self.dialect:
            (root / "own.toml").write_text(self.dialect, encoding="utf-8")
        waivers = None
        if self.waivers:
            waivers = root / "waivers.toml"
            waivers.write_text(self.waivers, encoding="utf-8")
        rules: tuple[Path, ...] = ()
        if self.rules:
            rules = (root / "rules",)
            for name, text in self.rules.items():
                path = rules[0] / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        return evidence, site, OptionFiles(rules, waivers)

    def night(self, days=1):
        """Audit once more; return the changes, which are folded over what is known."""
        self.number += 1
        evidence, site, files = self.write()
        setup = prepare(site, Choice(self.profile, self.controls), files, today=self.day)
        everybody = scores_everybody(setup.selection.rules)
        options = DEFAULTS._replace(scores_everybody=everybody)
        snapshot = read_files(evidence, setup.site, self.password, options)
        return self.audited(setup, snapshot, days, files.rules)

    def audited(self, setup, snapshot, days=1, rules=()):
        outcome = audit(snapshot, setup.site, setup.selection, setup.today)
        self.setup, self.snapshot, self.outcome = setup, snapshot, outcome
        self.judgement = now = judgement_of(outcome, setup.minimum_coverage)
        papers = papers_of(setup, snapshot, rules)
        versions = versions_of(setup)._replace(**self.versions)
        self.again = Rejudge(lambda: self.stored, NewAudit(setup, snapshot, papers, versions, now))
        found = changes_between(self.known, now, self.again)
        basis = Basis(
            self.number,
            setup.today,
            "",
            content_digest(snapshot),
            {paper.kind: paper.digest for paper in papers},
            versions,
            len(snapshot.objects),
        )
        self.known = folded(self.known, found, now)._replace(basis=basis)
        self.stored = Stored(
            basis,
            b"".join(dump_snapshot(snapshot)),
            {paper.kind: paper.content for paper in papers},
        )
        self.papers = papers
        self.day = setup.today + timedelta(days=days)
        return found

    def replace(self, old, new, name="cfg.txt"):
        assert old in self.files[name]
        self.files[name] = self.files[name].replace(old, new)

    def lines(self, keep, name="cfg.txt"):
        """Keep the lines of a document that fulfil a condition."""
        text = self.files[name]
        kept = [line for line in text.splitlines(keepends=True) if keep(line)]
        assert len(kept) < len(text.splitlines())
        self.files[name] = "".join(kept)

    def line(self, part, name="cfg.txt"):
        (found,) = [line for line in self.files[name].splitlines() if part in line]
        return found

    def edit(self, old, new):
        assert old in self.site
        self.site = self.site.replace(old, new)


def folded(known, found, now):
    """Return what is known after changes, made of nothing but them."""
    controls, findings = dict(known.controls), dict(known.findings)
    for one in found:
        if one.key:
            findings[one.key] = KnownFinding(
                one.key, one.control, one.subject, one.property, one.after
            )
        elif one.after is Standing.NOT_ASKED:
            del controls[one.control]
        else:
            version = next(c.version for c in now.controls if c.control == one.control)
            controls[one.control] = KnownControl(one.control, version, one.after, one.severity)
    return known._replace(controls=controls, findings=findings)


def of_control(found, control):
    """Return before, after and cause of the change of a control, None if there is none."""
    (one,) = [c for c in found if c.control == control and not c.key] or [None]
    return one and (one.before, one.after, one.cause)


def of_findings(found, control, name=""):
    """Return before, after and cause of the changes of findings of a control, by subject."""
    return {
        one.subject.name: (one.before, one.after, one.cause)
        for one in found
        if one.control == control and one.key and name in one.subject.name
    }


def paths(folder: Path):
    return sorted(path for path in folder.rglob("*") if path.is_file())


def days(number):
    return FIRST_DAY + timedelta(days=number)


def accepting(name="temp", expires=5, **more):
    more = {"rule": "HD-10", "created": days(-1), "expires": days(expires), **more}
    return waiver_text(waiver(name=name, **more))


def own_rule(identity, severity="high", version=1, name="HD-10-temporary-user-removed.toml"):
    """Return a control of the user's own, made of a bundled one."""
    text = (ROOT / "rules/hot-desking" / name).read_text(encoding="utf-8")
    old = name[:5]
    text = text.replace(f'id = "{old}"', f'id = "{identity}"').replace("aliases", "# aliases")
    return text.replace('severity = "high"', f'severity = "{severity}"').replace(
        "version = 1", f"version = {version}"
    )


ENDS = datetime(2027, 1, 20, 23, 30, tzinfo=UTC)


def with_certificate(snapshot):
    """Return a snapshot of a PBX that shows a certificate that ends in two months."""
    shown = Certificate(
        subject="CN=pbx",
        issuer="CN=ca",
        self_signed=False,
        not_before=datetime(2026, 1, 1, tzinfo=UTC),
        not_after=ENDS,
        algorithm="RSA",
        bits=2048,
        names=("pbx.example",),
        fingerprint="ab",
    )
    refused = {"TLSv1": TlsAnswer.REFUSED, "TLSv1.1": TlsAnswer.REFUSED}
    address = "https://pbx.example"
    endpoint = TlsEndpoint(address, "TLSv1.3", "x", Identity.SYSTEM, shown, refused)
    areas = {**snapshot.areas, Area.TLS.value: Coverage.COMPLETE}
    return replace(snapshot, tls=(endpoint,), areas=areas)


OWN_DIALECT = """
name = "own"
description = "own"
extends = "documented"
[settings.registrations_without_password]
place = "option"
grade = "learned"
module = "PBX0"
option = "sim-regs-without-pwd"
learned_on = 2026-01-01
learned_by = "K. Koerner"
"""
ATTESTED = """
[facts.ip_filter]
value = ["10.30.0.0/16"]
by = "K. Koerner"
on = {on}
until = {until}
"""
