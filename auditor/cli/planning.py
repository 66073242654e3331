"""What is decided before any target is read: site file, controls, formats, waivers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Final

from auditor.attestations import check_dates
from auditor.audit import Selection, is_snapshot, select
from auditor.catalogue import Catalogue, load_catalogue
from auditor.cli.reports import DEFAULT_FORMATS, PLAIN, Rendering
from auditor.dialects import check_dialect
from auditor.engine import Terms
from auditor.errors import SiteFileError
from auditor.gate import Thresholds
from auditor.language import Language
from auditor.model.site import Site
from auditor.model.waiver import Entry
from auditor.plugins import load_plugins
from auditor.report import v1, v1branding
from auditor.report.branding import load_branding, recorded
from auditor.report.compare import Baseline
from auditor.settings import DEFAULTS, load_site_file
from auditor.waiverfile import read_waivers


@dataclass(frozen=True, slots=True)
class Files:
    """Files beside the site file that the command line names."""

    rules: tuple[Path, ...] = ()
    waivers: Path | None = None


_NO_FILES: Final = Files()


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that was decided before the first target is read."""

    site: Site
    site_file: str
    catalogue: Catalogue
    selection: Selection
    profile: str
    formats: tuple[str, ...]
    out: Path | None
    today: date
    minimum_coverage: int = 100
    reading: tuple[float, float, int] = (
        DEFAULTS.timeout,
        DEFAULTS.deadline,
        DEFAULTS.max_connections,
    )
    waiver_file: str = ""
    branding: v1branding.Branding | None = None
    rendering: Rendering = PLAIN
    baseline: Baseline | None = None
    fail_on_new: bool = False
    language: Language | None = None
    earlier: tuple[v1.Report, ...] = ()
    profile_id: str = ""


def prepare(
    site_path: Path | None,
    profile: str,
    controls: tuple[str, ...],
    thresholds: Thresholds,
    files: Files = _NO_FILES,
    *,
    targets: Sequence[str] = (),
) -> Plan:
    """Return what is decided before any target is read. Raises InputError.

    The dialect is needed unless all targets are saved snapshots: these say what they were read
    with, and it may be gone since.
    """
    file = load_site_file(site_path)
    site = file.site
    today = datetime.now(UTC).date()
    try:
        catalogue = load_catalogue_of(site, files.rules)
        check_dates(site.facts, today)
        if not targets or not all(map(is_snapshot, targets)):
            check_dialect(site.target.dialect)
        rules = select(catalogue, site, profile, controls)
    except SiteFileError as error:
        raise file.locate(error) from None
    used = files.waivers or file.waiver_path
    waivers = _waivers(used, catalogue, today)
    whole = set(catalogue.controls_of(profile))
    part = f", {len(rules)} of {len(whole)} controls" if {r.id for r in rules} < whole else ""
    chosen = catalogue.profile(profile)
    terms = Terms(site.controls, chosen.refused_grades, chosen.refused_proofs)
    return Plan(
        site,
        site_path.name if site_path else "",
        catalogue,
        Selection(rules, thresholds, catalogue.checks, terms, waivers),
        f"{profile}{part}",
        DEFAULT_FORMATS,
        None,
        today,
        minimum_coverage=chosen.minimum_coverage,
        waiver_file=used.name if used else "",
        profile_id=profile,
        branding=recorded(load_branding(file.branding_path)) if file.branding_path else None,
    )


def load_catalogue_of(site: Site, own_rules: Sequence[Path] = ()) -> Catalogue:
    """Return the bundled controls with those of the site and of the command line.

    Raises RuleDocumentError, and SiteFileError for a plugin that cannot be used.
    """
    folders = [*map(Path, site.rules.folders), *own_rules]
    return load_catalogue(own=folders, plugins=load_plugins(site.rules.plugins))


def _waivers(path: Path | None, catalogue: Catalogue, today: date) -> tuple[Entry, ...]:
    """Return the waivers that count in this run. Raises WaiverFileError."""
    return () if path is None else read_waivers(path).entries(catalogue.rules, today)
