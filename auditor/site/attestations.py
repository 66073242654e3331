"""Attested facts: what a person states because no interface shows it.

An attestation counts through its expiry day. What was read beats what was attested; where the two
differ, the fact carries a note that becomes a remark in the report.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Final

from auditor.errors import SiteFileError
from auditor.facts import UNCLEAR, without_login
from auditor.messages.message import Message, say, template, together
from auditor.model.snapshot import TEMPLATE_KIND, CallFilter, FilterRow, Gap, Setting, Snapshot
from auditor.model.vocabulary import Area, Coverage, Grade
from auditor.site.contradictions import doubted_parents, with_attested_rows
from auditor.values.networks import UnclearNetworkError, parse_network

if TYPE_CHECKING:
    from auditor.model.attestation import Attestation, AttestedRows, Facts

_SOURCE: Final = say("site file")
_CLEAR_UP: Final = say(
    "look at what was read and is not understood: an attestation does not replace it"
)

_IN_PLACE: Final = {
    (False, False): template("{place} attested by {person} on {day}, valid until {until}"),
    (False, True): template("{place} attested by {person} on {day}, valid until {until}: {words}"),
    (True, False): template(
        "{place} attested by {person} on {day}, valid until {until}, seen on {page}"
    ),
    (
        True,
        True,
    ): template(
        "{place} attested by {person} on {day}, valid until {until}, seen on {page}: {words}"
    ),
}
_IN_FILE: Final = {
    (False, False): template("site file, attested by {person} on {day}, valid until {until}"),
    (False, True): template(
        "site file, attested by {person} on {day}, valid until {until}: {words}"
    ),
    (True, False): template(
        "site file, attested by {person} on {day}, valid until {until}, seen on {page}"
    ),
    (
        True,
        True,
    ): template(
        "site file, attested by {person} on {day}, valid until {until}, seen on {page}: {words}"
    ),
}


def check_dates(facts: Facts | None, today: date) -> None:
    """Raise SiteFileError if an attestation lies in the future."""
    for place, _, entry in stated_facts(facts):
        if entry.on > today:
            raise SiteFileError(
                say(
                    "the attestation is dated {day}, which is in the future",
                    day=entry.on.isoformat(),
                ),
                keys=("facts", *place.split(".", 1), "on"),
                advice=say("write the day on which the person looked"),
            )


def attest(
    snapshot: Snapshot, facts: Facts | None, today: date, refused: Collection[Grade] = ()
) -> Snapshot:
    """Return the snapshot with attested facts added where nothing was read.

    What was read and not understood is not replaced: it stays open, and says what was attested.
    What was read on evidence of a `refused` grade counts as attested, if a person states the same:
    that something else shows it, too, does not take anything from it.
    """
    gaps = [*snapshot.gaps, *_out_of_date(facts, today)]
    settings = dict(snapshot.settings)
    areas = dict(snapshot.areas)
    doubtful = {gap.area for gap in gaps if gap.doubtful}
    for fact, stated in _settings(facts, today).items():
        known = settings.get(fact)
        if known is not None:
            is_weak = known.grade in refused and stated.grade not in refused
            settings[fact] = _compare(known, stated, is_weak=is_weak)
        elif fact in doubtful:
            gaps.append(Gap(fact, _beside_doubt(stated), _SOURCE, advice=_CLEAR_UP))
        else:
            settings[fact] = stated
            areas[fact] = Coverage.COMPLETE
            gaps = [gap for gap in gaps if gap.area != fact]
    filters, unknown = with_attested_rows(snapshot, _filters(facts, today))
    if filters and snapshot.coverage(Area.CALL_FILTERS) is Coverage.MISSING:
        areas[Area.CALL_FILTERS] = Coverage.PARTIAL
    parents = {
        name: _setting(entry.value, f"template_parents.{name}", entry)
        for name, entry in (facts.template_parents.items() if facts else ())
        if _counts(entry, today)
    }
    for name in parents.keys() & (_open_templates(snapshot) if Area.OBJECTS in doubtful else ()):
        gaps.append(Gap(Area.OBJECTS, _beside_doubt(parents.pop(name)), _SOURCE, advice=_CLEAR_UP))
    return replace(
        snapshot,
        settings=settings,
        areas=areas,
        filters=tuple(filters),
        gaps=(*gaps, *unknown, *doubted_parents(snapshot, parents)),
        template_parents=parents,
    )


def _open_templates(snapshot: Snapshot) -> set[str]:
    """Return the templates that do not show their parents, as where sources contradict."""
    return {
        one.cn
        for one in snapshot.objects
        if one.kind == TEMPLATE_KIND
        and not one.shows("config")
        and one.cn not in snapshot.listed_parents
    }


def _counts(entry: Attestation, today: date) -> bool:
    return entry.on <= today <= entry.until


def stated_facts(facts: Facts | None) -> Iterator[tuple[str, str, Attestation]]:
    """Yield every attestation with its key and the area or fact it speaks about."""
    if facts is None:
        return
    for name, stated in facts.settings():
        yield name, name, stated
    for name, rows in facts.call_filters.items():
        yield f"call_filters.{name}", Area.CALL_FILTERS, rows
    for name, parents in facts.template_parents.items():
        yield f"template_parents.{name}", Area.OBJECTS, parents


def _out_of_date(facts: Facts | None, today: date) -> Iterator[Gap]:
    for place, area, entry in stated_facts(facts):
        if _counts(entry, today):
            continue
        reason = say(
            "the attestation [facts.{place}] by {person} expired on {until}",
            place=place,
            person=entry.by,
            until=entry.until.isoformat(),
        )
        if entry.on > today:
            reason = say(
                "the attestation of {place} by {person} is of {on}, in the future",
                place=place,
                person=entry.by,
                on=entry.on.isoformat(),
            )
        advice = say("look again and attest it anew in the site file")
        yield Gap(area, reason, _SOURCE, advice=advice)


def _settings(facts: Facts | None, today: date) -> dict[str, Setting]:
    return {
        name: _setting(map(without_login, stated.texts), name, stated)
        for name, stated in (facts.settings() if facts else ())
        if _counts(stated, today)
    }


def _setting(values: Iterable[str], place: str, entry: Attestation) -> Setting:
    stated = _signed(_IN_PLACE, entry, place=f"[facts.{place}]")
    return Setting(tuple(values), Grade.ATTESTED, _SOURCE, 0, stated)


def _signed(templates: Mapping[tuple[bool, bool], str], entry: Attestation, place: str) -> Message:
    """Return who attested something, by whether a page and a note are named."""
    parameters: dict[str, str] = {"place": place} if place else {}
    parameters["person"] = entry.by
    parameters["day"] = entry.on.isoformat()
    parameters["until"] = entry.until.isoformat()
    if entry.page:
        parameters["page"] = entry.page
    if entry.note:
        parameters["words"] = entry.note
    return say(templates[bool(entry.page), bool(entry.note)], **parameters)


def _compare(known: Setting, stated: Setting, *, is_weak: bool) -> Setting:
    """Return what was read, or the same as attested if what was read is weak.

    A difference is noted beside what was noted before.
    """
    if set(map(_plain, known.values)) == set(map(_plain, stated.values)):
        return replace(stated, note=together(known.note, stated.note)) if is_weak else known
    differs = _beside_doubt(stated) if UNCLEAR in known.values else _differing(stated)
    return replace(known, note=together(known.note, differs))


def _differing(stated: Setting) -> Message:
    if not stated.values:
        return say("attested was nothing, which differs: {statement}", statement=stated.place)
    return say(
        "attested was {values}, which differs: {statement}",
        values=", ".join(stated.values),
        statement=stated.place,
    )


def _beside_doubt(stated: Setting) -> Message:
    if not stated.values:
        return say(
            "attested was nothing, but what was read is not understood: {statement}",
            statement=stated.place,
        )
    return say(
        "attested was {values}, but what was read is not understood: {statement}",
        values=", ".join(stated.values),
        statement=stated.place,
    )


def _plain(value: str) -> str:
    """Return a number or network in one spelling."""
    if value.isascii() and value.isdigit():
        return value.lstrip("0") or "0"
    try:
        return str(parse_network(value))
    except UnclearNetworkError:
        return value


def _filters(facts: Facts | None, today: date) -> dict[str, CallFilter]:
    return {
        name: _filter(name, entry)
        for name, entry in (facts.call_filters.items() if facts else ())
        if _counts(entry, today)
    }


def _filter(name: str, entry: AttestedRows) -> CallFilter:
    rows = tuple(FilterRow(row.number, row.next, row.boolean, row.negated) for row in entry.value)
    return CallFilter(name, rows, Grade.ATTESTED, _signed(_IN_FILE, entry, place=""))
