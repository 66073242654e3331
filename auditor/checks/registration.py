"""Who may register at all: HD-02 and HD-03."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
    ip_network,
)

from auditor.checks.observe import compliant, undetermined, violated
from auditor.checks.parameters import Parameters
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import Setting
from auditor.model.vocabulary import Area
from auditor.networks import Network, UnclearNetworkError, parse_network
from auditor.view import AuditView

_MAX_DIGITS = 9
_MAPPED = ip_network("::ffff:0:0/96")


def ip_filter_is_set(view: AuditView, _parameters: Parameters) -> Iterator[Observation]:
    """HD-02: registrations with password are accepted from chosen networks only."""
    setting = view.snapshot.settings.get(Area.IP_FILTER)
    if setting is None:
        return
    subject, prop = Subject("setting", Area.IP_FILTER.value, "IP filter"), Area.IP_FILTER.value
    shown = ", ".join(setting.values)
    evidence = [_evidence(setting, shown or "no entry")]
    fix = Fix(prop, shown, "only the networks of the phones, for IPv4 and IPv6")
    if not setting.values:
        detail = "nothing is configured, so registration is possible from any address"
        yield violated(subject, prop, detail, evidence, fix)
        return
    networks, unclear = _networks(setting.values)
    covered = _covered_families(networks)
    if covered:
        detail = f"the entries together let every {' and '.join(covered)} address register"
        yield violated(subject, prop, detail, evidence, fix)
        return
    if unclear:
        yield undetermined(subject, prop, unclear, evidence)
        return
    detail = f"phones may register from these networks only: {len(networks)}"
    yield compliant(subject, prop, detail, evidence, _remarks(view, networks, setting))


def _networks(values: Iterable[str]) -> tuple[list[Network], str]:
    """Return the networks of all clear entries, and what is wrong with the first unclear one."""
    networks, unclear = [], ""
    for value in values:
        try:
            networks.append(parse_network(value))
        except UnclearNetworkError as error:
            unclear = unclear or str(error)
    return networks, unclear


def _covered_families(networks: Iterable[Network]) -> list[str]:
    v4 = [network for network in networks if isinstance(network, IPv4Network)]
    v6 = [network for network in networks if isinstance(network, IPv6Network)]
    covered = []
    merged6 = list(collapse_addresses(v6))
    if any(n.prefixlen == 0 for n in collapse_addresses(v4)) or any(
        isinstance(_MAPPED, IPv6Network) and _MAPPED.subnet_of(n) for n in merged6
    ):
        covered.append("IPv4")
    if any(network.prefixlen == 0 for network in merged6):
        covered.append("IPv6")
    return covered


def _remarks(view: AuditView, networks: Iterable[Network], setting: Setting) -> str:
    notes = [f"{network} is a public range" for network in networks if network.is_global]
    allowed = view.site.network.allowed
    if allowed:
        notes += [
            f"{network} is not in the site's [network] allowed"
            for network in networks
            if not any(_inside(network, other) for other in allowed)
        ]
    return "; ".join([*notes, *([setting.note] if setting.note else [])])


def _inside(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False


def no_registration_without_password(
    view: AuditView, parameters: Parameters
) -> Iterator[Observation]:
    """HD-03: the PBX accepts no registration without password."""
    area = Area.REGISTRATIONS_WITHOUT_PASSWORD
    setting = view.snapshot.settings.get(area)
    if setting is None:
        return
    subject = Subject("setting", area.value, "No of Regs w/o Pwd.")
    shown = ", ".join(setting.values)
    evidence = [_evidence(setting, shown)]
    if not setting.values or not all(v.isascii() and v.isdigit() for v in setting.values):
        detail = "the value is not a number, so what the PBX does is not known"
        yield undetermined(subject, area.value, detail, evidence)
        return
    limit = parameters.integer("maximum")
    worst = max(int(value.lstrip("0")[:_MAX_DIGITS] or "0") for value in setting.values)
    if worst > limit:
        detail = f"{worst} phones may register without a password"
        yield violated(subject, area.value, detail, evidence, Fix(area.value, shown, str(limit)))
        return
    detail = f"{worst} registrations without password are accepted"
    yield compliant(subject, area.value, detail, evidence, setting.note)


def _evidence(setting: Setting, value: str) -> Evidence:
    return Evidence(
        setting.source, setting.line or None, None, setting.place, value, grade=setting.grade
    )
