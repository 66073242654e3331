"""PBX objects over SOAP, the last resort: pages of names, then one request for each object.

Sources: innovaphone wiki, Concept SOAP API; innovaphone's sample soapphp5. `Admin` shows an object
as configured with `config="true"`, and with its templates applied without it.
"""

from __future__ import annotations

from typing import Final

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.messages.message import say
from auditor.model.snapshot import Box, Gap
from auditor.model.vocabulary import Area
from auditor.sources.live import soap_envelope
from auditor.sources.live.find_users import WILDCARD, find_users, read_answer
from auditor.sources.live.http_connection import Connection, RefusedError
from auditor.sources.live.object_pages import (
    Losses,
    absorb,
    reason_without_place,
    until_interrupted,
)
from auditor.sources.live.parallel import ParallelWork
from auditor.sources.live.soap_envelope import SOAP_PATH
from auditor.sources.parse.export import read_export
from auditor.sources.parse.objects import ADMIN_OBJECT
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.version import read_version_text

GRANT: Final = say("SOAP needs an administrator, or the user admin with the PBX password")
_VERSION_FIRMWARE: Final = 3
_VERSION_SERIAL: Final = 4


def read_version(connection: Connection) -> Box:
    """Return the box that answers over SOAP. Raises RefusedError, TargetError as `read_box`."""
    texts = soap_envelope.read_texts(
        read_answer(connection.ask(soap_envelope.version_request()), "Version")
    )
    if len(texts) <= _VERSION_SERIAL:
        raise RefusedError(say("the answer to Version has fewer parts than its description"))
    box = read_version_text(texts[_VERSION_FIRMWARE], texts[_VERSION_SERIAL])
    connection.check_box(box)
    return box


def show_object(
    connection: Connection, cn: str, dialect: Dialect, *, as_configured: bool
) -> Reading:
    """Return one object. Raises RefusedError and SourceError."""
    body = connection.ask(soap_envelope.show_request(cn, as_configured=as_configured))
    texts = soap_envelope.read_texts(read_answer(body, "Admin"))
    return read_export("".join(texts[:1]).encode(), SOAP_PATH, dialect)


def read_soap(connection: Connection, dialect: Dialect) -> Reading:
    """Return every object, with a gap for what could not be read."""
    reading = Reading(SOAP_PATH, "object-show")
    connection.tell(say("SOAP"))
    try:
        reading.box = read_version(connection)
        names = _names_to_ask(connection, reading)
    except RefusedError as error:
        reading.gaps.append(
            Gap(Area.OBJECTS, say("SOAP: {reason}", reason=error.reason), SOAP_PATH, advice=GRANT)
        )
        return reading
    losses = Losses(SOAP_PATH)
    asked = [name for name in names if _can_be_asked_for(name, losses)]

    def fetch(name: str) -> Reading | RefusedError | SourceError:
        try:
            return show_object(connection, name, dialect, as_configured=True)
        except (RefusedError, SourceError) as error:
            return error

    done = 0
    for name, found in until_interrupted(
        connection, ParallelWork(fetch, asked, connection.options.max_connections)
    ):
        done += 1
        connection.tell(say("objects over SOAP"), done, len(asked))
        _add(reading, name, found, losses)
        if losses.is_hopeless:
            break
    reading.gaps.extend(losses.gaps(len(asked) - done, connection.interruption))
    return reading


def _names_to_ask(connection: Connection, reading: Reading) -> list[str]:
    """Return the names of all objects, `_ADMIN_` included. Raises RefusedError.

    That there may be more is a gap.
    """
    found = find_users(connection)
    if found.problem:
        reading.gaps.append(
            Gap(Area.OBJECTS, say("SOAP: {reason}", reason=found.problem), SOAP_PATH)
        )
    return list(dict.fromkeys([*(cn for _, cn, _ in found.entries), ADMIN_OBJECT]))


def _can_be_asked_for(name: str, losses: Losses) -> bool:
    if WILDCARD in name:
        losses.add(name, say("its name holds an asterisk, which could select all objects at once"))
        return False
    return True


def _add(
    reading: Reading, name: str, found: Reading | RefusedError | SourceError, losses: Losses
) -> None:
    if isinstance(found, RefusedError | SourceError):
        broken = isinstance(found, RefusedError) and found.broken
        if name == ADMIN_OBJECT:
            reason = say("object {name}: {reason}", name=name, reason=reason_without_place(found))
            reading.gaps.append(Gap(Area.CALL_FILTERS, reason, SOAP_PATH, advice=GRANT))
        else:
            losses.add(name, reason_without_place(found), broken=broken)
        return
    losses.found()
    names = [ADMIN_OBJECT] * found.admin_seen + [one.cn for one in found.objects]
    guids = {one.guid for one in reading.objects if one.guid}
    if names != [name]:
        losses.add(name, say("the PBX answers with another object"))
    elif any(one.guid in guids for one in found.objects):
        losses.add(name, say("another object has the same guid"))
    else:
        absorb(reading, found, name)
