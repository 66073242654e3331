"""What ends by itself: waivers, attestations, certificates; and when that changes a verdict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import UTC, date, timedelta, tzinfo
from typing import Final

from auditor.checks import CHECKS
from auditor.facts import FactKind, known_facts
from auditor.fleet.drift.judging import needs_of
from auditor.fleet.model import Expiry
from auditor.model.result import ControlResult
from auditor.model.snapshot import Certificate, Snapshot
from auditor.model.vocabulary import Area
from auditor.model.waiver import WaiverEntry
from auditor.run.audit import Outcome
from auditor.run.setup import Setup
from auditor.site.attestations import stated_facts

WAIVER: Final = "waiver"
ATTESTATION: Final = "attestation"
CERTIFICATE: Final = "certificate"
_DAY: Final = timedelta(days=1)


def expiries(setup: Setup, snapshot: Snapshot, zone: tzinfo = UTC) -> tuple[Expiry, ...]:
    """Return what ends, and the last day on which it counts, the first to end first.

    `zone` is the time zone in which a certificate ends on a day.
    """
    waivers = (Expiry(WAIVER, _name(one), one.waiver.expires) for one in setup.selection.waivers)
    attested = (
        Expiry(ATTESTATION, place, one.until) for place, _, one in stated_facts(setup.site.facts)
    )
    shown = {
        (one.subject, one.not_after.astimezone(zone).date()) for one in _certificates(snapshot)
    }
    certificates = (Expiry(CERTIFICATE, name, ends) for name, ends in shown)
    found = {*waivers, *attested, *certificates}
    return tuple(sorted(found, key=lambda one: (one.ends, one.kind, one.name)))


def changes_on(setup: Setup, outcome: Outcome) -> date | None:
    """Return the first day on which something could be judged otherwise by time alone.

    It is rather too early than too late: who judges again on that day may find no change. None if
    there is no such day.
    """
    later = {day for day in _days(setup, outcome) if day > setup.today}
    return min(later, default=None)


def _days(setup: Setup, outcome: Outcome) -> Iterator[date]:
    for entry in setup.selection.waivers:
        yield entry.waiver.expires + _DAY
    for _, _, stated in stated_facts(setup.site.facts):
        yield stated.on
        yield stated.until + _DAY
    for result in outcome.results:
        yield from _days_of(result, setup, outcome.snapshot)


def _days_of(result: ControlResult, setup: Setup, snapshot: Snapshot) -> Iterator[date]:
    """Yield days on which a control could come to something else.

    Its parameters may count days before or after a day; which of them do, only its check knows.
    What a check of another package makes of a day, nobody knows.
    """
    if result.rule.check not in CHECKS:
        yield setup.today + _DAY
        return
    needs = needs_of(result.rule)
    days = list(_stated_days(needs, snapshot))
    if Area.TLS in needs:
        for shown in _certificates(snapshot):
            days += [
                shown.not_before.astimezone(UTC).date(),
                shown.not_after.astimezone(UTC).date(),
            ]
    spans = [0, *(value for value in result.parameters.values() if type(value) is int)]
    for day in days:
        for span in spans:
            yield from _turns(day, span)


def _turns(day: date, span: int) -> Iterator[date]:
    """Yield the days around some days before and after a day, as far as there are such days."""
    for number in (-span, 1 - span, span, span + 1):
        with suppress(OverflowError):
            yield day + timedelta(days=number)


def _stated_days(needs: Iterable[str], snapshot: Snapshot) -> Iterator[date]:
    facts = known_facts()
    for name in needs:
        setting = snapshot.settings.get(name)
        if setting is None or name not in facts or facts[name].kind is not FactKind.DATE:
            continue
        for value in setting.values:
            try:
                yield date.fromisoformat(value)
            except ValueError:
                continue


def _certificates(snapshot: Snapshot) -> Iterator[Certificate]:
    return (one.certificate for one in snapshot.tls if one.certificate is not None)


def _name(entry: WaiverEntry) -> str:
    _, selected = entry.waiver.selector
    return f"{entry.rule} {selected}"
