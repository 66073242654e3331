"""What is decided before any target is read: site file, controls, waivers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final, NamedTuple

from auditor.dialects import check_dialect
from auditor.errors import SiteFileError
from auditor.messages.message import say
from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.rules.catalogue import Catalogue, load_catalogue
from auditor.rules.plugins import load_plugins
from auditor.run.audit import Selection, select
from auditor.run.engine import AssessmentTerms
from auditor.site.attestations import check_dates
from auditor.site.site_file import load_site_file

if TYPE_CHECKING:
    from auditor.model.waiver import WaiverEntry
    from auditor.report.schema import v1branding

_DEFAULT: Final = Thresholds()


def load_catalogue_of(
    site: Site, own_rules: Sequence[Path] = (), *, examples: bool = False
) -> Catalogue:
    """Return the bundled controls with those of the site and of the command line.

    Raises RuleDocumentError, and SiteFileError for a plugin that cannot be used.
    """
    folders = [*map(Path, site.rules.folders), *own_rules]
    plugins = load_plugins(site.rules.plugins)
    return load_catalogue(own=folders, plugins=plugins, examples=examples)


class OptionFiles(NamedTuple):
    """Files beside the site file that the command line names.

    Whoever prepares many audits has a `catalogue_of` that keeps what it read.
    """

    rules: tuple[Path, ...] = ()
    waivers: Path | None = None
    catalogue_of: Callable[[Site, Sequence[Path]], Catalogue] = load_catalogue_of


_NO_FILES: Final = OptionFiles()


class Choice(NamedTuple):
    """Which controls of a profile run, all if none is named, and what the caller tolerates."""

    profile: str = "tutorial"
    controls: Sequence[str] = ()
    thresholds: Thresholds = _DEFAULT


class Setup(NamedTuple):
    """Everything about an audit that was decided before the first target is read.

    `profile` is what a report shows, with the number of controls if only a part runs; `profile_id`
    is its name, and the titles say what it is to people. Of `site_file` and `waiver_file` reports
    say the names, empty if there are none.
    """

    site: Site
    catalogue: Catalogue
    selection: Selection
    profile: str
    profile_id: str
    today: date
    site_file: str = ""
    minimum_coverage: int = 100
    waiver_file: str = ""
    branding: v1branding.Branding | None = None
    site_path: Path | None = None
    profile_title: str = ""
    profile_title_de: str = ""


def prepare(
    site_path: Path | None,
    choice: Choice,
    files: OptionFiles = _NO_FILES,
    *,
    today: date,
    of_snapshots: bool = False,
) -> Setup:
    """Return what is decided before any target is read. Raises InputError.

    The dialect is needed unless all targets are saved snapshots, `of_snapshots`: these say what
    they were read with, and it may be gone since.
    """
    file = load_site_file(site_path)
    site = file.site
    try:
        catalogue = files.catalogue_of(site, files.rules)
        check_dates(site.facts, today)
        if not of_snapshots:
            check_dialect(site.target.dialect)
        rules = select(catalogue, site, choice.profile, choice.controls)
    except SiteFileError as error:
        raise file.locate(error) from None
    used = files.waivers or file.waiver_path
    waivers = _waivers(used, catalogue, today)
    whole = set(catalogue.controls_of(choice.profile))
    shown: str = choice.profile
    if {rule.id for rule in rules} < whole:
        shown = say(
            "{profile}, {number} of {total} controls",
            profile=choice.profile,
            number=len(rules),
            total=len(whole),
        )
    profile = catalogue.profile(choice.profile)
    terms = AssessmentTerms(site.controls, profile.refused_grades, profile.refused_proofs)
    return Setup(
        site,
        catalogue,
        Selection(rules, choice.thresholds, catalogue.checks, terms, waivers),
        shown,
        choice.profile,
        today,
        site_file=site_path.name if site_path else "",
        site_path=site_path,
        minimum_coverage=profile.minimum_coverage,
        waiver_file=used.name if used else "",
        branding=branding_at(file.branding_path),
        profile_title=profile.title,
        profile_title_de=profile.de.title,
    )


def _waivers(path: Path | None, catalogue: Catalogue, today: date) -> tuple[WaiverEntry, ...]:
    """Return the waivers that count in this run. Raises WaiverFileError."""
    if path is None:
        return ()
    from auditor.waivers.waiver_file import read_waivers  # noqa: PLC0415 -- only for such a file

    return read_waivers(path).entries(catalogue.rules, today)


def branding_at(path: Path | None) -> v1branding.Branding | None:
    """Return the branding of the report, None if there is no file of it. Raises BrandingError."""
    if path is None:
        return None
    from auditor.report.branding.branding_file import load_branding, recorded  # noqa: PLC0415 -- ditto

    return recorded(load_branding(path))
