"""What applies to the users of hot desking, as the PBX says it, beside what we made of it.

SOAP `Admin` shows an object with its templates applied (soapphp5), and so does `GetObject` over
WebSocket. Whichever may be asked is asked for base, temporary and named hot-desk users, whichever
way their configuration was read. All that it shows is compared: values, and parts such as hardware
IDs and diversions, which may be the object's own or a template's. A difference is a gap, and the
parts that differ count for nothing; so is an object that the PBX does not show.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final, NamedTuple

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.messages.message import Message, say, say_count
from auditor.model.site import Site
from auditor.model.snapshot import USER_KINDS, Gap, PbxObject, Snapshot
from auditor.model.vocabulary import Area
from auditor.pbx.effective_values import effective_value
from auditor.pbx.hot_desk_roles import base_names, is_base_user, temporary_names
from auditor.pbx.view import AuditView
from auditor.sources.live.http_connection import Connection, RefusedError
from auditor.sources.live.object_pages import reason_without_place
from auditor.sources.live.soap_envelope import SOAP_PATH
from auditor.sources.live.soap_objects import show_object
from auditor.sources.parse.known import KEPT_ATTRIBUTES
from auditor.sources.parse.objects import without_parts
from auditor.sources.parse.reading import Reading
from auditor.sources.snapshot.listed_values import ListedValues

MAX_COMPARED: Final = 50
_COMPARED: Final = KEPT_ATTRIBUTES - {"config"}
_PARTS: Final = frozenset({"allows", "cds", "devices", "e164", "forks", "h323", "pseudo"})
_UNSET: Final = frozenset({"", "false"})


class EffectiveSource(NamedTuple):
    """A way to effective values: what it is called, the document that it is, and how to ask.

    `show` returns None for an object that it noted something about instead. It raises RefusedError
    and SourceError if there is no use in asking for another one.
    """

    name: str
    source: str
    show: Callable[[PbxObject], PbxObject | None]


def compare_with_soap(
    connection: Connection, reading: Reading, dialect: Dialect, site: Site
) -> None:
    """Compare objects of a reading with what SOAP shows of them; note what came of it."""
    view = AuditView(Snapshot("", objects=tuple(reading.objects)), site)
    area = say("effective values")

    def show(candidate: PbxObject) -> PbxObject | None:
        return _shown(connection, candidate, dialect, reading)

    way = EffectiveSource("SOAP", SOAP_PATH, show)
    compare_effective(way, view, reading, reading, lambda n: connection.tell(area, n))


def compare_effective(
    way: EffectiveSource,
    view: AuditView,
    known: Reading,
    into: Reading,
    tell: Callable[[int], None],
) -> None:
    """Compare objects of a reading with what the PBX shows of them; `into` notes what came of it.

    If it refuses, it is asked once: the configured values stand, and the note says why nothing was
    compared.
    """
    compared = differed = 0
    listed = ListedValues(view.snapshot.objects)
    for number, (index, candidate) in enumerate(to_compare(known, view.site), 1):
        tell(number)
        try:
            shown = way.show(candidate)
        except (RefusedError, SourceError) as error:
            into.notes.append(
                say(
                    "effective values not compared with {way}: {reason}",
                    way=way.name,
                    reason=reason_without_place(error),
                )
            )
            break
        if shown is None:
            continue
        compared += 1
        differing = list(_differences(view, candidate, shown))
        differing += sorted(_PARTS & listed.contradicted(candidate, shown))
        if differing:
            differed += 1
            known.objects[index] = without_parts(candidate, differing)
            into.gaps.append(_disagreement(candidate, differing, way.source))
    if compared:
        into.notes.append(_compared(way, compared, differed))


def _compared(way: EffectiveSource, count: int, differing: int) -> Message:
    if not differing:
        return say_count(
            "effective values of {count} object compared with {way}: all agree",
            "effective values of {count} objects compared with {way}: all agree",
            count=count,
            way=way.name,
        )
    return say_count(
        "effective values of {count} object compared with {way}: {number} differ",
        "effective values of {count} objects compared with {way}: {number} differ",
        count=count,
        way=way.name,
        number=differing,
    )


def to_compare(reading: Reading, site: Site) -> Iterator[tuple[int, PbxObject]]:
    """Yield the objects that hot desking rests on, as far as there is room for them."""
    scripted = [entry.h323 for entry in reading.scripted]
    base = base_names(site.hot_desk, scripted)
    named = temporary_names(site.hot_desk) | {n.casefold() for n in site.hot_desk.users or ()}
    found = [
        (index, candidate)
        for index, candidate in enumerate(reading.objects)
        if is_base_user(candidate, base, site.hot_desk)
        or (candidate.kind in USER_KINDS and candidate.h323.casefold() in named)
    ]
    yield from found[:MAX_COMPARED]


def not_shown(candidate: PbxObject, source: str) -> Gap:
    """Return that the PBX shows no such object, or another one, where it was asked for one."""
    return Gap(
        Area.OBJECTS,
        say(
            "object {name}: asked for it, the PBX shows none such, or another one",
            name=f"{candidate.label:.80}",
        ),
        source,
        advice=say("look at the object in Users Admin, and report this difference"),
    )


def _shown(
    connection: Connection, candidate: PbxObject, dialect: Dialect, reading: Reading
) -> PbxObject | None:
    """Return an object with its templates applied. Raises RefusedError and SourceError."""
    if not candidate.cn or "*" in candidate.cn:
        name = f"{candidate.label:.80}"
        reading.notes.append(say("{name} has no name that could be asked for", name=name))
        return None
    found = show_object(connection, candidate.cn, dialect, as_configured=False)
    if [one.cn for one in found.objects] != [candidate.cn]:
        reading.gaps.append(not_shown(candidate, SOAP_PATH))
        return None
    return found.objects[0]


def _differences(view: AuditView, configured: PbxObject, shown: PbxObject) -> Iterable[str]:
    """Yield the attributes whose value the PBX shows otherwise than the templates give it."""
    for name in filter(shown.shows, sorted(_COMPARED)):
        own = effective_value(view, configured, name)
        ours, theirs = own.value or "", shown.attributes.get(name, "")
        if not own.problem and ours != theirs and not {ours, theirs} <= _UNSET:
            yield name


def _disagreement(candidate: PbxObject, attributes: Iterable[str], source: str) -> Gap:
    """Return that the PBX applies other values to an object than its templates come to."""
    return Gap(
        Area.OBJECTS,
        say(
            "object {name}: the PBX applies another value than its templates come to: {attributes}",
            name=f"{candidate.label:.80}",
            attributes=", ".join(attributes),
        ),
        source,
        advice=say("look at the object in Users Admin, and report this difference"),
    )
