"""What ends by itself: waivers, attestations, certificates."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, timedelta, tzinfo
from typing import Final

from auditor.fleet.history_model import ATTESTATION, CERTIFICATE, WAIVER, Expiry
from auditor.model.snapshot import Certificate, Snapshot
from auditor.model.waiver import WaiverEntry
from auditor.run.setup import Setup
from auditor.site.attestations import stated_facts

_DAY: Final = timedelta(days=1)


def expiries(setup: Setup, snapshot: Snapshot, zone: tzinfo = UTC) -> tuple[Expiry, ...]:
    """Return what ends, and the last day on which it counts, the first to end first.

    `zone` is the time zone in which a certificate ends on a day.
    """
    waivers = map(_of_waiver, setup.selection.waivers)
    attested = (
        Expiry(ATTESTATION, place, one.until) for place, _, one in stated_facts(setup.site.facts)
    )
    shown = {
        (one.subject, one.not_after.astimezone(zone).date()) for one in _certificates(snapshot)
    }
    certificates = (Expiry(CERTIFICATE, name, ends) for name, ends in shown)
    found = {*waivers, *attested, *certificates}
    return tuple(sorted(found, key=lambda one: (one.ends, one.kind, one.whole_name)))


def _certificates(snapshot: Snapshot) -> Iterator[Certificate]:
    return (one.certificate for one in snapshot.tls if one.certificate is not None)


def _of_waiver(entry: WaiverEntry) -> Expiry:
    _, selected = entry.waiver.selector
    return Expiry(WAIVER, entry.rule, entry.waiver.expires, selected)
