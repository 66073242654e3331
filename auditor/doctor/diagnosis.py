"""What a probe of a PBX means: which controls each closed area costs, and how to open it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from auditor.doctor.diagnosis_table import CLOSED, OPEN, DiagnosisRow, state_of
from auditor.doctor.socket_rows import (
    further_rows,
    is_answered,
    lists_over_sockets,
    rolled_out_rows,
    shows_rows,
    socket_rows,
    unused_devices_row,
)
from auditor.errors import ExitCode, LoginError
from auditor.facts import IP_FILTER, REGISTRATIONS_WITHOUT_PASSWORD
from auditor.messages.message import Message, say, template
from auditor.model.rule import RuleDocument
from auditor.model.site import Site, Trust
from auditor.model.vocabulary import Area
from auditor.rules.by_rights import decided_anyway
from auditor.site.secrets import trust_of_devices
from auditor.sources.live.app_socket.allowed_messages import TABLE_API
from auditor.sources.live.login import parse_address
from auditor.sources.live.probe import (
    BOX_INFO_AREA,
    CONFIGURATION_AREA,
    LIST_AREA,
    NAMES_AREA,
    PAGE_AREA,
    SOAP_AREA,
    Probe,
    ProbedArea,
)
from auditor.values.devices_addresses import box_address, leads_through

_OBJECTS: Final[frozenset[str]] = frozenset(
    {Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS, IP_FILTER}
)
_VIEWER: Final = say(
    "give the account the right to read it: a viewer of the box, under General/Admin; "
    "an administrator works too"
)
_GRANTS: Final = {
    BOX_INFO_AREA: say("let it through if something filters requests in front of the PBX"),
    CONFIGURATION_AREA: say("{advice}; or save cfg.txt by hand and audit the file", advice=_VIEWER),
    LIST_AREA: _VIEWER,
    PAGE_AREA: _VIEWER,
    SOAP_AREA: say(
        "use an administrator, or the user admin with the PBX password; needed only if cfg.txt "
        "and the object pages show no objects"
    ),
}
_OLDEST: Final = (13, 3)
_RELEASE: Final = re.compile(r"[Vv]?(\d{1,3})r(\d{1,2})")
_TOLERABLE_SECONDS: Final = 60
_UNDETERMINED: Final = say("not determinable")
_YES: Final = say("yes")
_NO: Final = say("no")
_NOTHING: Final = "-"
_OK: Final = say("ok")
_REACHABLE: Final = say("reachable")
_TRUST: Final = say("trust")
_LOGIN: Final = say("login")
_BEHIND_DEVICES: Final = DiagnosisRow(
    _LOGIN, _YES, say("Devices lets the login read the box as its administrator")
)
_COUNT: Final = say("second count")
_FIRMWARE: Final = say("firmware")


def diagnose_target(
    probe: Probe, target: str, site: Site, rules: Sequence[RuleDocument]
) -> tuple[list[DiagnosisRow], ExitCode]:
    """Return the table and the exit code of a probe, with whom the site trusts on its way.

    Raises InputError for what is no address.
    """
    box = box_address(target)
    if box is not None:
        return diagnose(probe, str(box), trust_of_devices(site), rules)
    parts = parse_address(target)
    rows, code = diagnose(probe, f"{parts.scheme}://{parts.netloc}", site.tls, rules)
    further = any(leads_through(one.url) for one in site.boxes_with_address)
    if site.devices is not None and not further:
        rows.append(unused_devices_row())
    return rows, code


def diagnose(
    probe: Probe, address: str, trust: Trust, rules: Sequence[RuleDocument]
) -> tuple[list[DiagnosisRow], ExitCode]:
    """Return the table and the exit code of a probe."""
    rows = [DiagnosisRow(say("address"), _NOTHING, address), _trust_row(address, trust)]
    if probe.failure is not None:
        check = _LOGIN if isinstance(probe.failure, LoginError) else _REACHABLE
        failure = say(
            "{message}. What to do: {advice}",
            message=probe.failure.message,
            advice=probe.failure.advice,
        )
        shown = any(finding.is_open for finding in probe.findings)
        tried = [DiagnosisRow(f.area, state_of(f), f.detail) for f in probe.findings if shown]
        return [*rows, *tried, DiagnosisRow(check, _NO, failure)], ExitCode.UNREACHABLE
    rows.append(DiagnosisRow(_REACHABLE, _YES, say("the PBX answers")))
    rows.append(_BEHIND_DEVICES if leads_through(address) else _login_row(probe))
    rows += _area_rows(probe, rules)
    rows.append(_count_row(probe))
    rows += socket_rows(probe, rules, through_devices=leads_through(address))
    rows += rolled_out_rows(probe, rules)
    rows += [
        _firmware_row(probe),
        DiagnosisRow(say("serial"), _NOTHING, probe.box.serial or _UNDETERMINED),
    ]
    rows += [_clock_row(probe), _role_row(probe)]
    rows += [
        DiagnosisRow(
            say("further PBX"),
            state_of(one),
            say("{name}: {detail}", name=one.area, detail=one.detail),
        )
        for one in probe.further
    ]
    rows += further_rows(probe)
    is_open = all(finding.is_open for finding in (*probe.findings, *probe.further))
    is_open = is_open and is_answered(probe)
    return rows, ExitCode.OK if is_open else ExitCode.INCOMPLETE


def _trust_row(address: str, trust: Trust) -> DiagnosisRow:
    if not address.startswith("https://"):
        detail = say("no TLS: anybody on the way can read what the PBX sends; use https://")
        return DiagnosisRow(_TRUST, say("missing"), detail)
    if trust.fingerprint:
        detail = say("only the certificate with [tls] fingerprint is accepted")
        return DiagnosisRow(_TRUST, say("pinned"), detail)
    if trust.ca_file:
        detail = say("a certificate of [tls] ca_file for the MAC address {mac}", mac=trust.mac)
        return DiagnosisRow(_TRUST, say("CA + MAC"), detail)
    detail = say("the trust store of this computer, with a check of the name")
    return DiagnosisRow(_TRUST, say("system"), detail)


def _login_row(probe: Probe) -> DiagnosisRow:
    if probe.without_account:
        detail = say("no account of the box is given; the App logs in over WebSocket")
        return DiagnosisRow(_LOGIN, say("App"), detail)
    if not probe.logged_in:
        return DiagnosisRow(_LOGIN, say("not asked"), say("the PBX asked for no login"))
    is_open = {finding.area for finding in probe.findings if finding.is_open}
    if is_open & {CONFIGURATION_AREA, LIST_AREA}:
        kind = say(
            "an account of the box; viewer or administrator cannot be told apart without writing"
        )
    elif SOAP_AREA in is_open:
        kind = say("an account with rights on SOAP only, for example admin with the PBX password")
    else:
        kind = say("an account that can read nothing; its kind cannot be determined")
    return DiagnosisRow(_LOGIN, _YES, kind)


def _area_rows(probe: Probe, rules: Sequence[RuleDocument]) -> Iterator[DiagnosisRow]:
    for finding in probe.findings:
        if finding.is_open:
            yield DiagnosisRow(finding.area, OPEN, finding.detail)
            continue
        cost = _cost(finding, probe, rules)
        costs = say("Costs no control.")
        if cost:
            costs = say("Costs {names}.", names=", ".join(cost))
        detail = say(
            "{reason}. {costs} To open it: {advice}",
            reason=finding.detail,
            costs=costs,
            advice=finding.advice or _GRANTS[finding.area],
        )
        yield DiagnosisRow(finding.area, CLOSED, detail)


def _count_row(probe: Probe) -> DiagnosisRow:
    """Return whether two lists can be compared: the proof that no object is missing."""
    is_open = {finding.area for finding in probe.findings if finding.is_open}
    holding = [CONFIGURATION_AREA] if probe.shows_objects else []
    if LIST_AREA in is_open:
        holding.append(LIST_AREA)
    if probe.names is not None and probe.names.is_open:
        holding.append(NAMES_AREA)
    if (listed := [*lists_over_sockets(probe)]) and (holding or shows_rows(probe)):
        holding += listed
    if len(holding) > 1:
        first, second = holding[:2]
        detail = say(
            "{first} and {second} are compared, so that a missing object is noticed",
            first=first,
            second=second,
        )
        return DiagnosisRow(_COUNT, say("possible"), detail)
    return DiagnosisRow(_COUNT, say("impossible"), _no_second_count(holding, probe.names))


def _no_second_count(holding: Sequence[str], names: ProbedArea | None) -> Message:
    """Return why nothing could tell that an object is missing, and what to do."""
    only = say("nothing names the objects")
    if holding:
        only = say("only {area} names the objects", area=holding[0])
    if names is not None and not names.is_open:
        only = say("{only} ({area}: {reason})", only=only, area=names.area, reason=names.detail)
    lost = say("{only}, so nothing could tell that one is missing", only=only)
    if not {CONFIGURATION_AREA, TABLE_API}.intersection(holding):
        lost = say("{lost}, and what rests on the list stays unknown", lost=lost)
    return say(
        "{lost}. To change it: {advice}; or state their number in the site file, [target] objects",
        lost=lost,
        advice=_GRANTS[LIST_AREA],
    )


def _cost(closed: ProbedArea, probe: Probe, rules: Iterable[RuleDocument]) -> list[str]:
    """Return the controls that need what a closed area would show and no open one does."""
    is_open = {finding.area for finding in probe.findings if finding.is_open}
    pages: set[str] = {LIST_AREA, PAGE_AREA}
    shown = _facts_of(pages if closed.area in pages else {closed.area}, shows_objects=True)
    lost = shown - _facts_of(is_open, shows_objects=probe.shows_objects)
    costs = {rule.id for rule in rules if lost.intersection({*rule.facts, *rule.complete})}
    return sorted(costs - decided_anyway("TableUsers") if shows_rows(probe) else costs)


def _facts_of(areas: set[str], *, shows_objects: bool) -> frozenset[str]:
    """Return what a set of areas shows together."""
    facts: set[str] = set()
    if areas & {BOX_INFO_AREA, CONFIGURATION_AREA, SOAP_AREA}:
        facts.add(Area.BOX)
    if CONFIGURATION_AREA in areas:
        facts |= {Area.SETTINGS, REGISTRATIONS_WITHOUT_PASSWORD}
    if (
        (CONFIGURATION_AREA in areas and shows_objects)
        or {LIST_AREA, PAGE_AREA} <= areas
        or SOAP_AREA in areas
    ):
        facts |= _OBJECTS
    return frozenset(facts)


def _firmware_row(probe: Probe) -> DiagnosisRow:
    firmware = probe.box.firmware
    release = _RELEASE.match(firmware)
    if release is None:
        detail = say("{firmware}; supported is 13r3 or later", firmware=firmware or _UNDETERMINED)
        return DiagnosisRow(_FIRMWARE, say("unclear"), detail)
    if (int(release[1]), int(release[2])) < _OLDEST:
        detail = say(
            "{firmware} is older than 13r3, for which the controls were written", firmware=firmware
        )
        return DiagnosisRow(_FIRMWARE, say("old"), detail)
    return DiagnosisRow(_FIRMWARE, _OK, f"{firmware} {probe.box.product}".strip())


def _role_row(probe: Probe) -> DiagnosisRow:
    """Return what the PBX objects say of the role; which box is the master is not documented."""
    check = say("role")
    if not probe.pbxs:
        detail = say("whether it is master or replica is not determinable: no PBX object is shown")
        return DiagnosisRow(check, _NOTHING, detail)
    if len(probe.pbxs) == 1:
        detail = say(
            "{name} is the only PBX object, so this is no replica (inferred)", name=probe.pbxs[0]
        )
        return DiagnosisRow(check, say("alone"), detail)
    allowed = {finding.area.casefold() for finding in probe.further}
    others = [name for name in probe.pbxs if name.casefold() not in allowed]
    detail = say(
        "one of {count} PBXs: {names}. Which is the master is not determinable: audit the one on "
        "which users are edited",
        count=len(probe.pbxs),
        names=", ".join(probe.pbxs),
    )
    if len(others) > 1:
        detail = say(
            "{detail}. Allow all but that one in the site file, [[boxes]]; not allowed are {names}",
            detail=detail,
            names=", ".join(others),
        )
    return DiagnosisRow(check, say("shared"), detail)


def _clock_row(probe: Probe) -> DiagnosisRow:
    check = say("clock")
    if probe.clock_skew is None:
        detail = say("not determinable: the PBX does not state its time")
        return DiagnosisRow(check, _NOTHING, detail)
    seconds = round(probe.clock_skew.total_seconds())
    if abs(seconds) <= _TOLERABLE_SECONDS:
        return DiagnosisRow(check, _OK, say("the clocks of the PBX and this computer agree"))
    ahead = template(
        "the PBX is {count} seconds ahead; set up NTP on it, certificates depend on it"
    )
    behind = template(
        "the PBX is {count} seconds behind; set up NTP on it, certificates depend on it"
    )
    return DiagnosisRow(
        check, say("off"), say(ahead if seconds > 0 else behind, count=abs(seconds))
    )
