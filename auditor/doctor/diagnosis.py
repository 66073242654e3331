"""What a probe of a PBX means: which controls each closed area costs, and how to open it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from auditor.errors import ExitCode, LoginError
from auditor.facts import IP_FILTER, REGISTRATIONS_WITHOUT_PASSWORD
from auditor.model.rule import RuleDocument
from auditor.model.site import Trust
from auditor.model.vocabulary import Area
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

_OBJECTS: Final[frozenset[str]] = frozenset(
    {Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS, IP_FILTER}
)
_VIEWER: Final = (
    "give the account the right to read it: a viewer of the box, under General/Admin; "
    "an administrator works too"
)
_GRANTS: Final = {
    BOX_INFO_AREA: "let it through if something filters requests in front of the PBX",
    CONFIGURATION_AREA: f"{_VIEWER}; or save cfg.txt by hand and audit the file",
    LIST_AREA: _VIEWER,
    PAGE_AREA: _VIEWER,
    SOAP_AREA: (
        "use an administrator, or the user admin with the PBX password; needed only if cfg.txt "
        "and the object pages show no objects"
    ),
}
_OLDEST: Final = (13, 3)
_RELEASE: Final = re.compile(r"[Vv]?(\d{1,3})r(\d{1,2})")
_TOLERABLE_SECONDS: Final = 60
_UNDETERMINED: Final = "not determinable"


@dataclass(frozen=True, slots=True)
class DiagnosisRow:
    """One line of the table: what was looked at, its state in a word, and details."""

    check: str
    state: str
    detail: str


def diagnose(
    probe: Probe, address: str, trust: Trust, rules: Sequence[RuleDocument]
) -> tuple[list[DiagnosisRow], ExitCode]:
    """Return the table and the exit code of a probe."""
    rows = [DiagnosisRow("address", "-", address), _trust_row(address, trust)]
    if probe.failure is not None:
        check = "login" if isinstance(probe.failure, LoginError) else "reachable"
        failure = f"{probe.failure.message}. What to do: {probe.failure.advice}"
        shown = any(finding.is_open for finding in probe.findings)
        tried = [DiagnosisRow(f.area, _word(f), f.detail) for f in probe.findings if shown]
        return [*rows, *tried, DiagnosisRow(check, "no", failure)], ExitCode.UNREACHABLE
    rows.append(DiagnosisRow("reachable", "yes", "the PBX answers"))
    rows.append(_login_row(probe))
    rows += _area_rows(probe, rules)
    rows.append(_count_row(probe))
    rows += [_firmware_row(probe), DiagnosisRow("serial", "-", probe.box.serial or _UNDETERMINED)]
    rows += [_clock_row(probe), _role_row(probe)]
    rows += [
        DiagnosisRow("further PBX", _word(one), f"{one.area}: {one.detail}")
        for one in probe.further
    ]
    is_open = all(finding.is_open for finding in (*probe.findings, *probe.further))
    return rows, ExitCode.OK if is_open else ExitCode.INCOMPLETE


def _trust_row(address: str, trust: Trust) -> DiagnosisRow:
    if not address.startswith("https://"):
        detail = "no TLS: anybody on the way can read what the PBX sends; use https://"
        return DiagnosisRow("trust", "none", detail)
    if trust.fingerprint:
        return DiagnosisRow(
            "trust", "pinned", "only the certificate with [tls] fingerprint is accepted"
        )
    if trust.ca_file:
        detail = f"a certificate of [tls] ca_file for the MAC address {trust.mac}"
        return DiagnosisRow("trust", "CA + MAC", detail)
    return DiagnosisRow(
        "trust", "system", "the trust store of this computer, with a check of the name"
    )


def _login_row(probe: Probe) -> DiagnosisRow:
    if not probe.logged_in:
        return DiagnosisRow("login", "not asked", "the PBX asked for no login")
    is_open = {finding.area for finding in probe.findings if finding.is_open}
    if is_open & {CONFIGURATION_AREA, LIST_AREA}:
        kind = "of the box; viewer or administrator cannot be told apart without writing"
    elif SOAP_AREA in is_open:
        kind = "with rights on SOAP only, for example admin with the PBX password"
    else:
        kind = f"kind {_UNDETERMINED}: it can read nothing"
    return DiagnosisRow("login", "yes", f"an account {kind}")


def _area_rows(probe: Probe, rules: Sequence[RuleDocument]) -> Iterator[DiagnosisRow]:
    for finding in probe.findings:
        if finding.is_open:
            yield DiagnosisRow(finding.area, "open", finding.detail)
            continue
        cost = _cost(finding, probe, rules)
        costs = f"Costs {', '.join(cost)}." if cost else "Costs no control."
        yield DiagnosisRow(
            finding.area,
            "closed",
            f"{finding.detail}. {costs} To open it: {_GRANTS[finding.area]}",
        )


def _count_row(probe: Probe) -> DiagnosisRow:
    """Return whether two lists can be compared: the proof that no object is missing."""
    is_open = {finding.area for finding in probe.findings if finding.is_open}
    holding = [CONFIGURATION_AREA] if probe.shows_objects else []
    if LIST_AREA in is_open:
        holding.append(LIST_AREA)
    if probe.names is not None and probe.names.is_open:
        holding.append(NAMES_AREA)
    if len(holding) > 1:
        first, second = holding[:2]
        detail = f"{first} and {second} are compared, so that a missing object is noticed"
        return DiagnosisRow("second count", "possible", detail)
    only = f"only {holding[0]} names the objects" if holding else "nothing names the objects"
    why = (
        f" ({NAMES_AREA}: {probe.names.detail})" if probe.names and not probe.names.is_open else ""
    )
    alone = "" if CONFIGURATION_AREA in holding else ", and what rests on the list stays unknown"
    detail = (
        f"{only}{why}, so nothing could tell that one is missing{alone}. To change it: "
        f"{_GRANTS[LIST_AREA]}; or state their number in the site file, [target] objects"
    )
    return DiagnosisRow("second count", "impossible", detail)


def _cost(closed: ProbedArea, probe: Probe, rules: Iterable[RuleDocument]) -> list[str]:
    """Return the controls that need what a closed area would show and no open one does."""
    is_open = {finding.area for finding in probe.findings if finding.is_open}
    pages = {LIST_AREA, PAGE_AREA}
    shown = _facts_of(pages if closed.area in pages else {closed.area}, shows_objects=True)
    lost = shown - _facts_of(is_open, shows_objects=probe.shows_objects)
    return sorted(rule.id for rule in rules if lost.intersection({*rule.facts, *rule.complete}))


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
        detail = f"{firmware or _UNDETERMINED}; supported is 13r3 or later"
        return DiagnosisRow("firmware", "unclear", detail)
    if (int(release[1]), int(release[2])) < _OLDEST:
        detail = f"{firmware} is older than 13r3, for which the controls were written"
        return DiagnosisRow("firmware", "old", detail)
    return DiagnosisRow("firmware", "ok", f"{firmware} {probe.box.product}".strip())


def _word(finding: ProbedArea) -> str:
    return "open" if finding.is_open else "closed"


def _role_row(probe: Probe) -> DiagnosisRow:
    """Return what the PBX objects say of the role; which box is the master is not documented."""
    if not probe.pbxs:
        return DiagnosisRow(
            "role", "-", f"master or replica: {_UNDETERMINED}, no PBX object is shown"
        )
    if len(probe.pbxs) == 1:
        detail = f"{probe.pbxs[0]} is the only PBX object, so this is no replica (inferred)"
        return DiagnosisRow("role", "alone", detail)
    allowed = {finding.area.casefold() for finding in probe.further}
    others = [name for name in probe.pbxs if name.casefold() not in allowed]
    detail = (
        f"one of {len(probe.pbxs)} PBXs: {', '.join(probe.pbxs)}. Which is the master is "
        f"{_UNDETERMINED}: audit the one on which users are edited"
    )
    if len(others) > 1:
        names = ", ".join(others)
        detail += f". Allow all but that one in the site file, [[boxes]]; not allowed are {names}"
    return DiagnosisRow("role", "shared", detail)


def _clock_row(probe: Probe) -> DiagnosisRow:
    if probe.clock_skew is None:
        return DiagnosisRow("clock", "-", f"{_UNDETERMINED}: the PBX does not state its time")
    seconds = round(probe.clock_skew.total_seconds())
    if abs(seconds) <= _TOLERABLE_SECONDS:
        return DiagnosisRow("clock", "ok", "the clocks of the PBX and this computer agree")
    side = "ahead" if seconds > 0 else "behind"
    detail = (
        f"the PBX is {abs(seconds)} seconds {side}; set up NTP on it, certificates depend on it"
    )
    return DiagnosisRow("clock", "off", detail)
