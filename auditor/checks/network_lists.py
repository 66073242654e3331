"""Lists of networks that may reach something: the IP filter, and those of single services."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from ipaddress import (
    IPv4Network,
    IPv6Network,
    collapse_addresses,
)

from auditor.checks.settings import about_fact, fact_of, note_of, setting_evidence, with_note
from auditor.checks.support.observe import compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, joined, say, together
from auditor.model.result import Fix, Observation
from auditor.pbx.view import AuditView
from auditor.values.ip_addresses import carried_network, holds_ipv4
from auditor.values.networks import Network, UnclearNetworkError, parse_network


def networks_are_limited(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge a list of networks: it has entries, and they do not cover a whole address family."""
    fact, setting = fact_of(view, parameters)
    if setting is None:
        return
    subject, note = about_fact(fact), note_of(setting)
    shown = ", ".join(setting.values)
    evidence = [setting_evidence(setting, shown or "no entry")]
    fix = Fix(fact.name, shown, say("only the networks that need it, for IPv4 and IPv6"))
    if not setting.values:
        detail = say("nothing is configured, so it is open to every address")
        yield violated(subject, fact.name, with_note(detail, note), evidence, fix)
        return
    networks, unclear = _networks(setting.values)
    covered = _covered_families(networks)
    if covered:
        families = joined("{one} and {other}", covered)
        detail = say("the entries together let every {families} address in", families=families)
        yield violated(subject, fact.name, with_note(detail, note), evidence, fix)
        return
    if unclear:
        yield undetermined(subject, fact.name, with_note(say(unclear), note), evidence)
        return
    detail = say("it is open to these networks only: {count}", count=len(networks))
    allowed = view.site.network.allowed if parameters.flag("compare_with_site") else []
    remarks = [*_remarks(networks, allowed), note]
    remark = together(*remarks)
    yield compliant(subject, fact.name, detail, evidence, remark)


def _networks(values: Iterable[str]) -> tuple[list[Network], Message]:
    """Return the networks of all clear entries, and what is wrong with the first unclear one."""
    networks, unclear = [], NOTHING
    for value in values:
        try:
            networks.append(parse_network(value))
        except UnclearNetworkError as error:
            unclear = unclear or error.reason
    return networks, unclear


def _covered_families(networks: Iterable[Network]) -> list[str]:
    v4 = [network for network in networks if isinstance(network, IPv4Network)]
    v6 = [network for network in networks if isinstance(network, IPv6Network)]
    covered = []
    merged6 = list(collapse_addresses(v6))
    if any(n.prefixlen == 0 for n in collapse_addresses(v4)) or any(holds_ipv4(n) for n in merged6):
        covered.append("IPv4")
    if any(network.prefixlen == 0 for network in merged6):
        covered.append("IPv6")
    return covered


def _remarks(networks: Sequence[Network], allowed: Sequence[Network]) -> Iterator[Message]:
    """Yield what is odd about networks; `allowed` are those of the site file, if they matter."""
    for network in networks:
        if network.is_global:
            yield say("{network} is a public range", network=str(network))
    sites = [carried_network(one) for one in allowed]
    for network in networks if sites else ():
        if not any(_inside(network, other) for other in sites):
            yield say("{network} is not in the site's [network] allowed", network=str(network))


def _inside(inner: Network, outer: Network) -> bool:
    if isinstance(inner, IPv4Network) and isinstance(outer, IPv4Network):
        return inner.subnet_of(outer)
    if isinstance(inner, IPv6Network) and isinstance(outer, IPv6Network):
        return inner.subnet_of(outer)
    return False
