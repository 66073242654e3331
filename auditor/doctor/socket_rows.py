"""What can be asked over the WebSocket of a PBX, what that shows, and how to be allowed to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from auditor.doctor.diagnosis_table import CLOSED, OPEN, DiagnosisRow, state_of
from auditor.messages.message import NOTHING, Message, say
from auditor.model.rule import RuleDocument
from auditor.rules.by_rights import decided_in_addition
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, TABLE_API
from auditor.sources.live.app_socket.refusal_advice import WITHOUT_LOGIN_AREA
from auditor.sources.live.probe import Probe, ProbedArea
from auditor.sources.live.unused_logins import DEVICES_UNUSED, WEBSOCKET_UNUSED
from auditor.values.firmware_labels import Train, train_of

_NOT_ASKED: Final = say("not asked")
_HOW: Final = say(
    "[websocket] in the site file lets the PBX be asked what templates inherit from, about reverse "
    "proxies, TURN, nodes, Booleans, Apps and licences, and which ways to log in there are"
)
# The first trains that know ways to log in, all types of objects as rows, and all licences.
_LOGINS_SINCE: Final = (13, 3)
_TYPES_SINCE: Final = (13, 2)
_LICENCES_SINCE: Final = (13, 2)


class _Area(NamedTuple):
    """What one right shows, and whose figures say which controls it decides beside which others."""

    shows: Message
    figures: str
    beside: str


_AREAS: Final[Mapping[str, _Area]] = {
    WITHOUT_LOGIN_AREA: _Area(say("which ways to log in there are"), "viewer, no login", "viewer"),
    ADMIN_API: _Area(
        say(
            "what templates inherit from, reverse proxies and TURN, nodes, Booleans, Apps and "
            "licences"
        ),
        "viewer, Admin",
        "viewer, no login",
    ),
    TABLE_API: _Area(
        say("all objects, as a second list"), "viewer, TableUsers", "viewer, no login"
    ),
}
_OF_OLDER_TRAINS: Final = (
    (TABLE_API, _TYPES_SINCE, say("users alone, which are no list of all objects")),
    (
        ADMIN_API,
        _LICENCES_SINCE,
        say("what templates inherit from, reverse proxies and TURN, nodes, Booleans and Apps"),
    ),
)
_ROLLED_OUT: Final = _Area(
    say("what devices of the domain are told, expert scripts among it"),
    "Devices",
    "Devices, the box",
)


def socket_rows(
    probe: Probe, rules: Iterable[RuleDocument], *, through_devices: bool
) -> Iterator[DiagnosisRow]:
    """Yield a row for each right; one that says how to ask at all if the site file does not.

    `through_devices` says that nothing in the site file could make that possible.
    """
    if through_devices:
        yield DiagnosisRow("WebSocket", _NOT_ASKED, WEBSOCKET_UNUSED)
        return
    if not probe.sockets:
        yield DiagnosisRow("WebSocket", _NOT_ASKED, _HOW)
        return
    known = {one.id for one in rules}
    train = train_of(probe.box.firmware)
    for finding in probe.sockets:
        what = _shows(finding.area, train)
        decides = _decides(_AREAS[finding.area], known)
        if finding.is_open:
            detail = say("it shows {what}{decides}", what=what, decides=decides)
            yield DiagnosisRow(finding.area, OPEN, detail)
            continue
        if finding.area == WITHOUT_LOGIN_AREA and train is not None and train < _LOGINS_SINCE:
            decides = NOTHING
        detail = say(
            "{reason}. It would show {what}{decides}. To open it: {advice}",
            reason=finding.detail,
            what=what,
            decides=decides,
            advice=finding.advice,
        )
        yield DiagnosisRow(finding.area, CLOSED, detail)


def shows_rows(probe: Probe) -> bool:
    """Return whether an App shows all objects as rows."""
    train = train_of(probe.box.firmware)
    is_old = train is not None and train < _TYPES_SINCE
    return not is_old and any(one.area == TABLE_API and one.is_open for one in probe.sockets)


def lists_over_sockets(probe: Probe) -> Iterator[str]:
    """Yield what lists objects over WebSocket: rows, and names that count what others show."""
    if shows_rows(probe):
        yield TABLE_API
    if any(one.area == ADMIN_API and one.is_open for one in probe.sockets):
        yield ADMIN_API


def _shows(area: str, train: Train | None) -> Message:
    """Return what a right shows of a PBX of a train."""
    for older, since, what in _OF_OLDER_TRAINS:
        if area == older and train is not None and train < since:
            return what
    return _AREAS[area].shows


def further_rows(probe: Probe) -> Iterator[DiagnosisRow]:
    """Yield a row for each right at each further PBX."""
    for name, findings in probe.further_sockets.items():
        for one in findings:
            detail = one.detail
            if not one.is_open:
                detail = say("{reason}. To open it: {advice}", reason=detail, advice=one.advice)
            told = say("{name}, {area}: {detail}", name=name, area=one.area, detail=detail)
            yield DiagnosisRow(say("further PBX"), state_of(one), told)


def rolled_out_rows(probe: Probe, rules: Iterable[RuleDocument]) -> Iterator[DiagnosisRow]:
    """Yield a row about what Devices rolls out, of a box that is behind it."""
    finding = probe.rolled_out
    if finding is None:
        return
    decides = _decides(_ROLLED_OUT, {one.id for one in rules})
    shown = say("it shows {what}{decides}", what=_ROLLED_OUT.shows, decides=decides)
    detail = say("{reason}; {shown}", reason=finding.detail, shown=shown)
    if not finding.is_open:
        detail = say(
            "{reason}. It would show {what}{decides}. To open it: {advice}",
            reason=finding.detail,
            what=_ROLLED_OUT.shows,
            decides=decides,
            advice=finding.advice,
        )
    yield DiagnosisRow(finding.area, state_of(finding), detail)


def unused_devices_row() -> DiagnosisRow:
    """Return the row about a login at Devices that the address has no use for."""
    return DiagnosisRow("Devices", _NOT_ASKED, DEVICES_UNUSED)


def _decides(area: _Area, known: Collection[str]) -> Message:
    """Return which controls a right decides in addition, as the pages of the rules say."""
    names = decided_in_addition(area.figures, area.beside, known)
    return say(" ({names})", names=", ".join(names)) if names else NOTHING


def is_answered(probe: Probe) -> bool:
    """Return whether each PBX that is to be asked answers: one right of the App is enough."""
    return all(map(_answers, (probe.sockets, *probe.further_sockets.values())))


def _answers(sockets: Sequence[ProbedArea]) -> bool:
    with_login = sockets[1:]
    return not sockets or (
        any(one.is_open for one in with_login) if with_login else sockets[0].is_open
    )
