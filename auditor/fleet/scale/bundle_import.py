"""Accepts a bundle: everything about it is checked before anything is recorded."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final, NamedTuple

from auditor.errors import SourceError
from auditor.fleet.history_model import AuditEnding
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.inventory.targets import collector_of
from auditor.fleet.runner.failures import failure_of
from auditor.fleet.runner.fleet_run import Options, ReadingMethod, Started, check_reports, resumed
from auditor.fleet.runner.jobs import Failure, Job
from auditor.fleet.scale.bundle import Bundle, BundledPbx, refused_bundle
from auditor.fleet.store.collectors import Collector, Delivered
from auditor.fleet.store.connection.locks import this_process
from auditor.fleet.store.history import History
from auditor.fleet.store.runs import NewRun, selection_of
from auditor.messages.message import Message, say
from auditor.model.snapshot import Snapshot
from auditor.run.clock import SYSTEM_CLOCK, Clock
from auditor.sources.snapshot.saved import parse_snapshot

# Two clocks that are kept right differ by less.
_AHEAD: Final = timedelta(minutes=10)
_NOT_IN_IT: Final = Failure(AuditEnding.UNREACHABLE, say("its collector brought nothing of it"))


class Incoming(NamedTuple):
    """A bundle that came as a file."""

    bundle: Bundle
    where: str

    @property
    def digest(self) -> str:
        """Return the SHA-256 of its octets."""
        return hashlib.sha256(self.bundle.content).hexdigest()


def begin_import(
    history: History,
    inventory: Inventory,
    incoming: Incoming,
    options: Options,
    clock: Clock = SYSTEM_CLOCK,
) -> Started:
    """Begin the run that judges a bundle, or go on with it where it stopped.

    Raises InputError for a bundle that is not accepted, of which nothing is recorded then.
    """
    check_reports(inventory.fleet)
    manifest, now = incoming.bundle.manifest, clock.now()
    collector = _collector(history.collectors().listed(), incoming)
    pbxs = _pbxs(inventory, incoming)
    reading = _reading(incoming.bundle)
    is_known = collector.digest == incoming.digest
    if is_known and _is_of_last_run(history, collector):
        taken_up = resumed(history, inventory, now)
        if taken_up is not None:
            return taken_up._replace(reading=reading)
    # Else it was stopped, and another run began meanwhile.
    if not (is_known and history.collectors().is_cut_off(collector)):
        _check_order(collector, incoming)
        _check_later(history, incoming)
    _check_age(pbxs, incoming, now)
    owner = this_process(now)
    new = NewRun(
        f"{owner.host} {owner.process}",
        options.today or now.date(),
        now,
        selection_of(manifest.collector),
        [(pbx.tenant, pbx.id) for pbx in pbxs],
    )
    delivered = Delivered(manifest.collector, manifest.tenant, manifest.sequence, incoming.digest)
    number = history.collectors().begin(new, delivered)
    return Started(number, pbxs, pbxs, reading=reading)


def _collector(known: Sequence[Collector], incoming: Incoming) -> Collector:
    """Return who made a bundle, by its signature. Raises InputError."""
    manifest, signer = incoming.bundle.manifest, incoming.bundle.signer
    found = next((one for one in known if one.name == manifest.collector), None)
    if found is None:
        raise _no(say("nobody added its collector"), incoming)
    if not signer:
        raise _no(say("it is not signed"), incoming)
    if base64.b64encode(signer).decode() != found.public_key:
        raise _no(say("it is signed by another key than that of its collector"), incoming)
    if found.revoked is not None:
        raise _no(say("its collector was revoked"), incoming)
    if found.tenant != manifest.tenant:
        raise _no(say("its collector may bring nothing of this tenant"), incoming)
    return found


def _pbxs(inventory: Inventory, incoming: Incoming) -> tuple[Pbx, ...]:
    """Return the PBXs that a collector is to bring. Raises InputError if it brings another one."""
    manifest = incoming.bundle.manifest
    found = tuple(pbx for pbx in inventory.pbxs if collector_of(pbx.target) == manifest.collector)
    if any(pbx.tenant != manifest.tenant for pbx in found):
        reason = say("the inventory names this collector for PBXs of another tenant")
        raise _no(reason, incoming)
    known = {pbx.id for pbx in found}
    others = sorted(one.id for one in manifest.pbxs if one.id not in known)
    if others:
        reason = say("the inventory does not name this collector for {name}", name=others[0])
        raise _no(reason, incoming)
    if not found or not manifest.pbxs:
        raise _no(say("there is no PBX in it"), incoming)
    return found


def _is_of_last_run(history: History, collector: Collector) -> bool:
    """Return whether the run of a collector's last bundle is the last one."""
    last = history.last_run()
    return last is not None and last.number == collector.run


def _check_order(collector: Collector, incoming: Incoming) -> None:
    """Raise InputError for a bundle that is not newer than the last one."""
    sequence = incoming.bundle.manifest.sequence
    if sequence == collector.sequence:
        raise _no(say("it was imported before"), incoming)
    if sequence < collector.sequence:
        raise _no(say("a newer one of its collector was imported before"), incoming)


def _check_later(history: History, incoming: Incoming) -> None:
    """Raise InputError for what is of before the last audit: by another collector, or from here.

    The history goes on by runs, so that what is older may not come after what is newer.
    """
    brought = {one.id: one.ended for one in incoming.bundle.manifest.pbxs if one.snapshot}
    known = history.collectors().looked_last(sorted(brought))
    for name, moment in sorted(known.items()):
        if brought[name] < moment:
            raise _no(say("{name} was audited after this was read", name=name), incoming)


def _check_age(pbxs: Sequence[Pbx], incoming: Incoming, now: datetime) -> None:
    """Raise InputError for what is so old that nothing of it would count, or comes too early."""
    manifest = incoming.bundle.manifest
    moments = [manifest.made, *(one.ended for one in manifest.pbxs)]
    if max(moments) > now + _AHEAD:
        raise _no(say("it is from the future; one of the two clocks is wrong"), incoming)
    oldest = min(one.began for one in manifest.pbxs)
    most = timedelta(seconds=min(pbx.max_age for pbx in pbxs))
    if now - oldest > most:
        raise _no(say("it is older than `max_age` of its PBXs"), incoming)


def _no(how: Message, incoming: Incoming) -> Exception:
    return refused_bundle(how, incoming.where)


def _reading(bundle: Bundle) -> ReadingMethod:
    """Return how each PBX is read from a bundle, and when it was read."""
    bundled = {one.id: one for one in bundle.manifest.pbxs}

    def read(job: Job) -> Snapshot | Failure:
        one = bundled.get(job.pbx.id)
        return _NOT_IN_IT if one is None else _read(bundle, one)

    return ReadingMethod(read, {one.id: one.ended for one in bundled.values()})


def _read(bundle: Bundle, one: BundledPbx) -> Snapshot | Failure:
    if not one.snapshot:
        text = say("its collector could not read it: {reason}", reason=one.why())
        return Failure(AuditEnding.UNREACHABLE, text)
    try:
        return parse_snapshot(bundle.snapshot(one), Path(one.snapshot))
    except SourceError as error:
        return failure_of(error)
