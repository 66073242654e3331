"""Audits evidence in this process, as the program does, and keeps what an oracle compares."""

from __future__ import annotations

import shutil
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from auditor.errors import AuditorError
from auditor.model.attestation import Facts
from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Outcome, Selection, audit, select
from auditor.run.gate import decide
from auditor.sources.saved_evidence import read_files
from tests.conservation.evidence import Evidence
from tests.fixtures.memory import memory_for
from tests.fixtures.pbx import TODAY

VIEWS = ("fitting", "without password", "without site", "attested")
_NO_SITE = Site()
_PROFILES = ("baseline", "tutorial")


@dataclass(frozen=True)
class Judged:
    """Statuses by control, exit codes by profile, and what the sources account for.

    `refused` says that the program ended because of the evidence, `crash` that it broke.
    """

    statuses: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, int] = field(default_factory=dict)
    account: Any = None
    refused: str = ""
    crash: str = ""


def judge(evidence: Evidence, files: Mapping[str, bytes], view: str) -> Judged:
    """Return what an audit of these files says."""
    site = _site(evidence, view)
    password = None if view == "without password" else evidence.pbx_password
    try:
        with _written(files) as place:
            snapshot = read_files(place, site, password)
        outcome = audit(snapshot, site, Selection(_rules(), Thresholds()), TODAY)
    except AuditorError as error:
        code = int(getattr(error, "exit_code", 2))
        return Judged(codes=dict.fromkeys(_PROFILES, code), refused=str(error))
    except Exception:  # noqa: BLE001 -- exit code 70, which is what is looked for
        return Judged(crash=traceback.format_exc(limit=-3))
    statuses = {result.rule.id: result.status.value for result in outcome.results}
    return Judged(statuses, _codes(outcome), account_of(outcome))


def _site(evidence: Evidence, view: str) -> Site:
    if view == "attested":
        return evidence.site.model_copy(update={"facts": _attested()})
    return _NO_SITE if view == "without site" else evidence.site


@cache
def _attested() -> Facts:
    """Return a person's word that what evidence may show otherwise is as it should be."""
    said = {"by": "A. Prüfer", "on": "2026-11-01", "until": "2027-11-01"}
    return Facts.model_validate(
        {
            "ip_filter": {"value": ["10.20.0.0/255.255.0.0"], **said},
            "registrations_without_password": {"value": 0, **said},
        }
    )


def account_of(outcome: Outcome) -> object:
    """Return how many pieces of each document were used, left out and not understood."""
    return tuple(
        (source.name, source.kind, getattr(source, "account", source.size))
        for source in outcome.snapshot.sources
    )


def _codes(outcome: Outcome) -> Mapping[str, int]:
    """Return the exit code in each profile: a profile is a choice of controls."""
    return {
        name: decide(
            [one for one in outcome.results if one.rule.id in _names(name)], Thresholds()
        ).code.value
        for name in _PROFILES
    }


@contextmanager
def _written(files: Mapping[str, bytes]) -> Iterator[Path]:
    """Give the file, or the folder if there are several, that holds the evidence."""
    folder = Path(tempfile.mkdtemp(dir=memory_for(), prefix="conservation-"))
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield folder / next(iter(files)) if len(files) == 1 else folder
    finally:
        shutil.rmtree(folder)


@cache
def _rules():
    return select(load_catalogue(), Site(), "baseline", ())


@cache
def _names(profile: str) -> frozenset[str]:
    return frozenset(rule.id for rule in select(load_catalogue(), Site(), profile, ()))
