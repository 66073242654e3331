"""What applies to the users of hot desking, as the PBX says it, beside what we made of it.

SOAP `Admin` shows an object with its templates applied (soapphp5). Where it may be asked, it is
asked for base, temporary and named hot-desk users, whichever way their configuration was read. A
difference is a gap, and the parts that differ count for nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.messages.message import Message, say, say_count
from auditor.model.site import Site
from auditor.model.snapshot import USER_KINDS, Gap, PbxObject, Snapshot
from auditor.model.vocabulary import Area
from auditor.pbx.effective_values import effective_value
from auditor.pbx.hot_desk_roles import base_names, is_base_user, temporary_names
from auditor.pbx.view import AuditView
from auditor.sources.live.connection import Connection, RefusedError
from auditor.sources.live.object_pages import reason_of
from auditor.sources.live.soap_envelope import SOAP_PATH
from auditor.sources.live.soap_objects import show_object
from auditor.sources.parse.known import KEPT_ATTRIBUTES
from auditor.sources.parse.objects import without_parts
from auditor.sources.parse.reading import Reading

MAX_COMPARED: Final = 50
_COMPARED: Final = KEPT_ATTRIBUTES - {"config"}
_UNSET: Final = frozenset({"", "false"})


def compare_effective(
    connection: Connection, reading: Reading, dialect: Dialect, site: Site
) -> None:
    """Compare objects of a reading with what SOAP shows of them; note what came of it.

    If SOAP refuses, it is asked once: the configured values stand, and the note says why nothing
    was compared.
    """
    view = AuditView(Snapshot("", objects=tuple(reading.objects)), site)
    compared = differed = 0
    for index, candidate in to_compare(reading, site):
        connection.tell(say("effective values"), compared + 1)
        try:
            shown = _shown(connection, candidate, dialect)
        except (RefusedError, SourceError) as error:
            reading.notes.append(
                say("effective values not compared with SOAP: {reason}", reason=reason_of(error))
            )
            break
        compared += 1
        differing = list(differences(view, candidate, shown))
        if differing:
            differed += 1
            reading.objects[index] = without_parts(candidate, differing)
            reading.gaps.append(disagreement(candidate, differing, SOAP_PATH))
    if compared:
        reading.notes.append(_compared(compared, differed))


def _compared(count: int, differing: int) -> Message:
    if not differing:
        return say_count(
            "effective values of {count} object compared with SOAP: all agree",
            "effective values of {count} objects compared with SOAP: all agree",
            count=count,
        )
    return say_count(
        "effective values of {count} object compared with SOAP: {number} differ",
        "effective values of {count} objects compared with SOAP: {number} differ",
        count=count,
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


def _shown(connection: Connection, candidate: PbxObject, dialect: Dialect) -> PbxObject:
    """Return an object with its templates applied. Raises RefusedError and SourceError."""
    if not candidate.cn or "*" in candidate.cn:
        raise RefusedError(
            say("{name} has no name that could be asked for", name=f"{candidate.label:.80}")
        )
    found = show_object(connection, candidate.cn, dialect, as_configured=False)
    if [one.cn for one in found.objects] != [candidate.cn]:
        raise RefusedError(say("the PBX answers with another object"))
    return found.objects[0]


def differences(view: AuditView, configured: PbxObject, shown: PbxObject) -> Iterable[str]:
    """Yield the attributes whose value the PBX shows otherwise than the templates give it."""
    for name in filter(shown.shows, sorted(_COMPARED)):
        own = effective_value(view, configured, name)
        ours, theirs = own.value or "", shown.attributes.get(name, "")
        if not own.problem and ours != theirs and not {ours, theirs} <= _UNSET:
            yield name


def disagreement(candidate: PbxObject, attributes: Iterable[str], source: str) -> Gap:
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
