"""Reading targets: what a site file and credentials allow, and a snapshot to keep."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from auditor.errors import ExitCode
from auditor.files.writing import write_file
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Coverage
from auditor.run.ending import stopped_with
from auditor.run.target import check_account, check_form, has_tls, is_live, read_target
from auditor.site.credentials import Credentials
from auditor.site.secrets import find_credentials, logins_for
from auditor.sources.options import DEFAULTS, LiveOptions
from auditor.sources.snapshot.saved import SUFFIX, dump_snapshot

if TYPE_CHECKING:
    from auditor.sources.live.probe import Probe


class Reader(NamedTuple):
    """Reads targets of one site; it keeps nothing of what it read."""

    site: Site
    credentials: Credentials
    limits: LiveOptions = DEFAULTS

    def with_limits(self, limits: LiveOptions) -> Reader:
        """Return the reader with other limits."""
        return self._replace(limits=limits)

    def read(self, target: str) -> Snapshot:
        """Return the snapshot of an address, a file or a folder. Raises AuditorError."""
        return read_target(target, self.site, self.credentials, self.limits)

    def probe(self, target: str) -> Probe:
        """Return which areas of a PBX the account can read. Raises InputError."""
        from auditor.sources.live.probe import probe_pbx  # noqa: PLC0415 -- no httpx for a file

        return probe_pbx(target, self.site, self.credentials, self.limits)


def open_reader(site: Site, targets: Sequence[str], limits: LiveOptions = DEFAULTS) -> Reader:
    """Return what reads these targets, with the credentials that the site file says.

    Raises InputError for a target that cannot be one, or cannot be read with these credentials,
    before any network traffic.
    """
    for target in targets:
        check_form(target)
    credentials = find_credentials(site, logins_for(site, filter(is_live, targets)))
    for target in targets:
        check_account(target, credentials)
    return Reader(site, credentials, limits)


class Collected(NamedTuple):
    """What was saved of a target.

    `missing` are the areas that were not read whole; `resumes` says that the same once more goes on
    where it stopped.
    """

    snapshot: Snapshot
    missing: Sequence[Area]
    resumes: bool
    code: ExitCode


def collect(reader: Reader, target: str, output: Path) -> Collected:
    """Read a target and save what was read, without any secret. Raises AuditorError.

    Objects that are read one by one are noted beside the file until all of them are there.
    """
    journal = output.with_name(f"{output.name}{SUFFIX}") if is_live(target) else None
    snapshot = reader.with_limits(reader.limits._replace(journal=journal)).read(target)
    write_file(output, dump_snapshot(snapshot))
    resumes = journal is not None and journal.exists() and not _has_each_object(snapshot)
    if journal is not None and not resumes:
        journal.unlink(missing_ok=True)
    expected = [area for area in Area if area is not Area.TLS or has_tls(target)]
    missing = [area for area in expected if snapshot.coverage(area) is not Coverage.COMPLETE]
    # A saved file holds what it holds; of a live PBX more could have been read.
    code = ExitCode.INCOMPLETE if missing and is_live(target) else ExitCode.OK
    return Collected(snapshot, missing, resumes, stopped_with(snapshot) or code)


def _has_each_object(snapshot: Snapshot) -> bool:
    """Return whether nothing is left to go on with: only a proof that these are all may lack."""
    left = any(not gap.unproven for gap in snapshot.gaps_in(Area.OBJECTS))
    return bool(snapshot.objects) and not left
