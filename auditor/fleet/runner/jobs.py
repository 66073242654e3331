"""What one PBX in a run is given to worker processes as, and what they give back."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Final, NamedTuple

from auditor.fleet.compression import DamagedDocumentError, Packed, unpack
from auditor.fleet.history_model import AuditEnding, AuditRecord, Known
from auditor.fleet.inventory.inventory_model import Pbx
from auditor.messages.message import NOTHING, Message
from auditor.model.vocabulary import Severity


class RunRequest(NamedTuple):
    """What is asked for of every PBX of a run.

    `carries` says that a PBX of which nothing changed is not judged again. `formats` are those of
    the reports, in folders of tenants in `reports`. `tenants` has the tenant of each PBX of the
    inventory, in its order, `zones` their time zones, `histories` the PBXs that were audited before
    this run. `papers` tells inventories and papers of one run apart, if it was taken up again with
    others.
    """

    run: int
    fail_on: Severity
    reports: Path
    formats: tuple[str, ...]
    tenants: Mapping[str, str]
    zones: Mapping[str, str]
    histories: frozenset[str] = frozenset()
    carries: bool = False
    papers: str = ""

    def __reduce__(self) -> tuple[Callable[[bytes], RunRequest], tuple[bytes]]:
        """Return how it goes to another process: with each job, and with all PBXs of a fleet."""
        return _unpickled, (_pickled(self),)


# What was pickled last, for it is the same for each job of a run.
_LAST: Final[list[tuple[RunRequest, bytes]]] = []


def _pickled(asked: RunRequest) -> bytes:
    for known, content in _LAST:
        if known is asked:
            return content
    content = pickle.dumps(tuple(asked))
    _LAST[:] = [(asked, content)]
    return content


@lru_cache(maxsize=1)
def _unpickled(content: bytes) -> RunRequest:
    """Return what another process was given, which is the same in each job of a run."""
    return RunRequest(*pickle.loads(content))  # noqa: S301 -- of this run


class Job(NamedTuple):
    """One PBX to be audited.

    `bound` are the serials that are bound, with the ids of their PBXs, as far as they may be the
    serial of this one. `documents` are those that the last audit rested on, by their digests. `day`
    is the day at its tenant. `read` is when its evidence was read, if that was before the run.
    """

    asked: RunRequest
    pbx: Pbx
    day: date
    started: datetime
    known: Known = Known()
    documents: Mapping[str, Packed] = {}
    bound: Mapping[str, str] = {}
    read: datetime | None = None

    def content(self, digest: str) -> bytes | None:
        """Return the content of a document, None if it is not there or is damaged."""
        document = self.documents.get(digest)
        try:
            return unpack(document) if document is not None else None
        except DamagedDocumentError:
            return None


class Failure(NamedTuple):
    """Why there is no audit; `told` is what a person reads who may see places of credentials."""

    ending: AuditEnding
    reason: Message
    told: Message = NOTHING


class AuditResult(NamedTuple):
    """What an audit came to.

    `folder` is where its reports are, None if there are none; `unwritten` is why. `told` is what a
    person reads who may see more than the record keeps.
    """

    record: AuditRecord
    folder: Path | None = None
    unwritten: Message = NOTHING
    told: Message = NOTHING
