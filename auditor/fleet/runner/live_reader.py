"""Reads one live PBX, in the process that connects, so credentials are found here too."""

from __future__ import annotations

from typing import Final

from auditor.errors import AuditorError, InputError
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.fleet.inventory.inventory_reader import is_read_live
from auditor.fleet.runner.failures import INTERRUPTED, NoAuditError, failure_of, of_account
from auditor.fleet.runner.jobs import Failure, Job
from auditor.fleet.runner.setup_cache import Setups, site_for
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.run.ending import stopped_with
from auditor.run.reader import Reader
from auditor.run.session import Session
from auditor.site.credentials import Credentials
from auditor.site.secrets import SAVED, find_credentials, logins_for
from auditor.sources.options import DEFAULTS, LiveOptions

# Reading ends by itself before the PBX's time is over, so that what it saw can still be judged.
_SHARE: Final = 0.9


def limits_of(deadline: float) -> LiveOptions:
    """Return the limits for reading a PBX that may take so many seconds, judging included."""
    reading = deadline * _SHARE
    return DEFAULTS._replace(timeout=min(DEFAULTS.timeout, reading), deadline=reading)


def credentials_of(pbx: Pbx, site: Site) -> Credentials:
    """Return what a PBX is logged in to with, or what was saved of it is opened with.

    A command for a password may take half of the time, so that the rest is left for the PBX. Raises
    NoAuditError.
    """
    try:
        logins = logins_for(site, [pbx.target.text]) if is_read_live(pbx) else SAVED
        return find_credentials(site, logins, pbx.deadline / 2)
    except InputError as error:
        raise NoAuditError(of_account(error)) from None


def read_job(job: Job, setups: Setups) -> Snapshot | Failure:
    """Return the snapshot of a live PBX, or why there is none."""
    try:
        setup = setups.of(job.pbx, job.day, job.asked.fail_on)
        site = site_for(job.pbx, setup.site)
        limits = limits_of(job.pbx.deadline)
        reader = Reader(site, credentials_of(job.pbx, site), limits)
        snapshot = Session(setup._replace(site=site), reader).read(job.pbx.target.text)
    except (AuditorError, NoAuditError) as error:
        return failure_of(error)
    return snapshot if stopped_with(snapshot) is None else INTERRUPTED
