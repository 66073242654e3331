"""Which devices are registered through a reverse proxy now, by the addresses that the PBX sees.

`GetRegs` (SDK, PbxAdminApi) shows of one object at a time hardware id and address of what is
registered, and nothing of TLS. That a device behind a reverse proxy is seen at the address of that
is inferred. So only a PBX that knows a proxy is asked, and only of objects with hardware ids.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from auditor.errors import TargetError
from auditor.facts import DIRECT_REGISTRATIONS, PROXIED_REGISTRATIONS
from auditor.messages.message import Message, say, say_count
from auditor.model.snapshot import PbxObject, Setting
from auditor.model.vocabulary import Grade
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, name_to_ask
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.app_socket.questions import SilentError
from auditor.sources.live.object_pages import reason_without_place
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.reading import Reading

MOST_ASKED: Final = 500
_GET: Final = "GetRegs"


def read_registrations(
    session: LoginSession,
    reading: Reading,
    answers: AnswerReader,
    known: Sequence[PbxObject],
    tell: Callable[[int], None],
) -> None:
    """Add the devices that are seen at the address of a reverse proxy, and those elsewhere."""
    asked = [one for one in known if one.devices and name_to_ask(one.guid, one.cn)]
    if not answers.proxy_addresses or not asked:
        return
    proxied: set[str] = set()
    direct: set[str] = set()
    for number, one in enumerate(asked[:MOST_ASKED], 1):
        tell(number)
        try:
            answer = session.ask(ADMIN_API, _GET, name_to_ask(one.guid, one.cn))
        except (RefusedError, TargetError) as error:
            _note(reading, reason_without_place(error))
            if isinstance(error, SilentError | TargetError) or session.over:
                session.go_on(after=error)
                break
            continue
        for device, by_proxy in answers.registered(answer, one.cn):
            (proxied if by_proxy else direct).add(device)
    if (left := len(asked) - MOST_ASKED) > 0:
        reason = say_count(
            "{count} object was not asked for", "{count} objects were not asked for", left
        )
        _note(reading, reason)
    _set(reading, PROXIED_REGISTRATIONS, proxied)
    _set(reading, DIRECT_REGISTRATIONS, direct - proxied)


def _set(reading: Reading, fact: str, devices: set[str]) -> None:
    if devices:
        values = tuple(sorted(devices))
        place = f"{_GET} addr"
        reading.settings[fact] = Setting(values, Grade.INFERRED, reading.source, place=place)


def _note(reading: Reading, reason: Message) -> None:
    note = say("{message}: {reason}", message=_GET, reason=reason)
    reading.notes += [] if note in reading.notes else [note]
