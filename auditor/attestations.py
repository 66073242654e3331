"""Attested facts: what a person states because no interface shows it.

An attestation counts through its expiry day. What was read beats what was attested; where the two
differ, the fact carries a note that becomes a remark in the report.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date
from typing import Final

from auditor.contradictions import doubted_parents, merge_filters
from auditor.errors import SiteFileError
from auditor.facts import UNCLEAR
from auditor.model.attestation import Attestation, AttestedRows, Facts
from auditor.model.snapshot import CallFilter, FilterRow, Gap, Setting, Snapshot
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.networks import UnclearNetworkError, parse_network

_SOURCE: Final = "site file"
_CLEAR_UP: Final = "look at what was read and is not understood: an attestation does not replace it"


def check_dates(facts: Facts, today: date) -> None:
    """Raise SiteFileError if an attestation lies in the future."""
    for place, _, entry in _all(facts):
        if entry.on > today:
            raise SiteFileError(
                f"the attestation is dated {entry.on}, which is in the future",
                keys=("facts", *place.split(".", 1), "on"),
                advice="write the day on which the person looked",
            )


def attest(snapshot: Snapshot, facts: Facts, today: date) -> Snapshot:
    """Return the snapshot with attested facts added where nothing was read.

    What was read and not understood is not replaced: it stays open, and says what was attested.
    """
    gaps = [*snapshot.gaps, *_out_of_date(facts, today)]
    settings = dict(snapshot.settings)
    areas = dict(snapshot.areas)
    doubtful = {gap.area for gap in gaps if gap.doubtful}
    for fact, stated in _settings(facts, today).items():
        known = settings.get(fact)
        if known is not None:
            settings[fact] = _compare(known, stated)
        elif fact in doubtful:
            gaps.append(Gap(fact, _beside_doubt(stated), _SOURCE, advice=_CLEAR_UP))
        else:
            settings[fact] = stated
            areas[fact] = Coverage.COMPLETE
            gaps = [gap for gap in gaps if gap.area != fact]
    filters, unknown = merge_filters(snapshot, _filters(facts, today))
    if filters and snapshot.coverage(Area.CALL_FILTERS) is Coverage.MISSING:
        areas[Area.CALL_FILTERS] = Coverage.PARTIAL
    parents = {
        name: _setting(entry.value, f"template_parents.{name}", entry)
        for name, entry in facts.template_parents.items()
        if _counts(entry, today)
    }
    return replace(
        snapshot,
        settings=settings,
        areas=areas,
        filters=tuple(filters),
        gaps=(*gaps, *unknown, *doubted_parents(snapshot, parents)),
        template_parents=parents,
    )


def _counts(entry: Attestation, today: date) -> bool:
    return entry.on <= today <= entry.until


def _all(facts: Facts) -> Iterator[tuple[str, str, Attestation]]:
    """Yield every attestation with its key and the area or fact it speaks about."""
    for name, stated in facts.settings():
        yield name, name, stated
    for name, rows in facts.call_filters.items():
        yield f"call_filters.{name}", Area.CALL_FILTERS, rows
    for name, parents in facts.template_parents.items():
        yield f"template_parents.{name}", Area.OBJECTS, parents


def _out_of_date(facts: Facts, today: date) -> Iterator[Gap]:
    for place, area, entry in _all(facts):
        if _counts(entry, today):
            continue
        reason = f"the attestation of {place} by {entry.by} expired on {entry.until}"
        if entry.on > today:
            reason = f"the attestation of {place} by {entry.by} is of {entry.on}, in the future"
        advice = "look again and attest it anew in the site file"
        yield Gap(area, reason, _SOURCE, advice=advice)


def _settings(facts: Facts, today: date) -> dict[str, Setting]:
    return {
        name: _setting(stated.texts, name, stated)
        for name, stated in facts.settings()
        if _counts(stated, today)
    }


def _setting(values: Iterable[str], place: str, entry: Attestation) -> Setting:
    text = f"[facts.{place}] {_signature(entry)}"
    return Setting(tuple(values), Grade.ATTESTED, _SOURCE, 0, text)


def _signature(entry: Attestation) -> str:
    text = f"attested by {entry.by} on {entry.on}, valid until {entry.until}"
    seen = f"{text}, seen on {entry.page}" if entry.page else text
    return f"{seen}: {entry.note}" if entry.note else seen


def _compare(known: Setting, stated: Setting) -> Setting:
    """Return what was read; a difference is noted beside what was noted before."""
    if set(map(_plain, known.values)) == set(map(_plain, stated.values)):
        return known
    differs = f"attested was {_shown(stated)}, which differs: {stated.place}"
    if UNCLEAR in known.values:
        differs = _beside_doubt(stated)
    return replace(known, note="; ".join(filter(None, [known.note, differs])))


def _beside_doubt(stated: Setting) -> str:
    return f"attested was {_shown(stated)}, but what was read is not understood: {stated.place}"


def _shown(stated: Setting) -> str:
    return ", ".join(stated.values) or "nothing"


def _plain(value: str) -> str:
    """Return a number or network in one spelling."""
    if value.isascii() and value.isdigit():
        return value.lstrip("0") or "0"
    try:
        return str(parse_network(value))
    except UnclearNetworkError:
        return value


def _filters(facts: Facts, today: date) -> dict[str, CallFilter]:
    return {
        name: _filter(name, entry)
        for name, entry in facts.call_filters.items()
        if _counts(entry, today)
    }


def _filter(name: str, entry: AttestedRows) -> CallFilter:
    rows = tuple(FilterRow(row.number, row.next, row.boolean, row.negated) for row in entry.value)
    return CallFilter(name, rows, Grade.ATTESTED, f"{_SOURCE}, {_signature(entry)}")
