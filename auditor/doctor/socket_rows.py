"""What can be asked over the WebSocket of a PBX, what that shows, and how to be allowed to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from auditor.doctor.diagnosis_table import CLOSED, OPEN, DiagnosisRow, state_of
from auditor.messages.message import NOTHING, Message, say
from auditor.model.rule import RuleDocument
from auditor.sources.live.probe import Probe, ProbedArea
from auditor.sources.live.unused_logins import DEVICES_UNUSED
from auditor.sources.parse.device_configs import (
    MEDIA_ENCRYPTION,
    PHONES_PROTECTED,
    ROLLED_OUT_FACTS,
)

_NOT_ASKED: Final = say("not asked")
_HOW: Final = say(
    "[websocket] in the site file lets the PBX be asked what templates inherit from, about reverse "
    "proxies, TURN, nodes, Booleans, Apps and licences, and which ways to log in there are"
)
_THROUGH_DEVICES: Final = say(
    "the address leads through Devices, which passes on no WebSocket, so [websocket] is not used; "
    "with the box's own address, the PBX can be asked"
)


class _Area(NamedTuple):
    """What one right shows, the facts of it, and how to get it."""

    shows: Message
    facts: frozenset[str]
    grant: Message


_AREAS: Final[Mapping[str, _Area]] = {
    "LoginInfo": _Area(
        say("which ways to log in there are"),
        frozenset({"authentication_type"}),
        say("it needs 13r3 or later, and nothing in front that keeps WebSockets out"),
    ),
    "PbxAdminApi": _Area(
        say(
            "what templates inherit from, reverse proxies and TURN, nodes, Booleans, Apps and "
            "licences"
        ),
        frozenset({"reverse_proxies", "turn_server", "turn_username", "turn_password"}),
        say("give the App object of [websocket] app the check mark Admin"),
    ),
    "PbxTableUsers": _Area(
        say("all objects, as a second list"),
        frozenset(),
        say("give the App object of [websocket] app the check mark TableUsers"),
    ),
}

_ROLLED_OUT: Final = _Area(
    say("what devices of the domain are told, expert scripts among it"),
    frozenset({*ROLLED_OUT_FACTS, MEDIA_ENCRYPTION, PHONES_PROTECTED}),
    say("update Devices: an older App Platform may not list it"),
)


def socket_rows(
    probe: Probe, rules: Iterable[RuleDocument], *, through_devices: bool
) -> Iterator[DiagnosisRow]:
    """Yield a row for each right; one that says how to ask at all if the site file does not.

    `through_devices` says that nothing in the site file could make that possible.
    """
    if through_devices:
        yield DiagnosisRow("WebSocket", _NOT_ASKED, _THROUGH_DEVICES)
        return
    if not probe.sockets:
        yield DiagnosisRow("WebSocket", _NOT_ASKED, _HOW)
        return
    known = list(rules)
    for finding in probe.sockets:
        area = _AREAS[finding.area]
        if finding.is_open:
            detail = say("it shows {what}{decides}", what=area.shows, decides=_decides(area, known))
            yield DiagnosisRow(finding.area, OPEN, detail)
            continue
        detail = say(
            "{reason}. It would show {what}{decides}. To open it: {advice}",
            reason=finding.detail,
            what=area.shows,
            decides=_decides(area, known),
            advice=area.grant,
        )
        yield DiagnosisRow(finding.area, CLOSED, detail)


def further_rows(probe: Probe) -> Iterator[DiagnosisRow]:
    """Yield a row for each right at each further PBX."""
    for name, findings in probe.further_sockets.items():
        for one in findings:
            detail = one.detail
            if not one.is_open:
                grant = _AREAS[one.area].grant
                detail = say("{reason}. To open it: {advice}", reason=detail, advice=grant)
            told = say("{name}, {area}: {detail}", name=name, area=one.area, detail=detail)
            yield DiagnosisRow(say("further PBX"), state_of(one), told)


def rolled_out_rows(probe: Probe, rules: Iterable[RuleDocument]) -> Iterator[DiagnosisRow]:
    """Yield a row about what Devices rolls out, of a box that is behind it."""
    finding = probe.rolled_out
    if finding is None:
        return
    decides = _decides(_ROLLED_OUT, rules)
    shown = say("it shows {what}{decides}", what=_ROLLED_OUT.shows, decides=decides)
    detail = say("{reason}; {shown}", reason=finding.detail, shown=shown)
    if not finding.is_open:
        detail = say(
            "{reason}. It would show {what}{decides}. To open it: {advice}",
            reason=finding.detail,
            what=_ROLLED_OUT.shows,
            decides=decides,
            advice=_ROLLED_OUT.grant,
        )
    yield DiagnosisRow(finding.area, state_of(finding), detail)


def unused_devices_row() -> DiagnosisRow:
    """Return the row about a login at Devices that the address has no use for."""
    return DiagnosisRow("Devices", _NOT_ASKED, DEVICES_UNUSED)


def _decides(area: _Area, rules: Iterable[RuleDocument]) -> Message:
    """Return which controls rest on the facts of a right; its other content is of many."""
    names = sorted(one.id for one in rules if area.facts.intersection((*one.facts, *one.complete)))
    return say(" ({names})", names=", ".join(names)) if names else NOTHING


def is_answered(probe: Probe) -> bool:
    """Return whether each PBX that is to be asked answers: one right of the App is enough."""
    return all(map(_answers, (probe.sockets, *probe.further_sockets.values())))


def _answers(sockets: Sequence[ProbedArea]) -> bool:
    with_login = sockets[1:]
    return not sockets or (
        any(one.is_open for one in with_login) if with_login else sockets[0].is_open
    )
