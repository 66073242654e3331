"""What the Devices app lists becomes an inventory: domains are tenants, PBXs get a block each.

A tenant is never mixed with another one: a box that is told of in two domains gets no block, and
each block names the domain in which the box has to be when it is read. No password is in a block,
only where it is found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from auditor.fleet.drift.identity import is_same_box
from auditor.fleet.inventory.blocks import BlockValues, free_id, text_of_blocks, why_not
from auditor.fleet.inventory.discovered import Discovery
from auditor.fleet.inventory.inventory_document import PbxBlock, TenantBlock
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.inventory.saved_devices import DeviceKind
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import hex_digits
from auditor.sources.live.devices.entries import DeviceEntry, Domain
from auditor.sources.live.devices.listing import Listed
from auditor.values.devices_addresses import DevicesAddress, box_address
from auditor.values.serials import serial_end

_KINDS: Final = {"GW": DeviceKind.GATEWAY, "VA": DeviceKind.GATEWAY, "PHONE": DeviceKind.PHONE}
_NO_DOMAIN: Final = say("it belongs to no domain that was listed")
_NAMED_TWICE: Final = say("several domains have the name of its domain, so whose it is is open")
_NO_MAC: Final = say("its hardware id is no MAC address")
_OTHER: Final = say("not of innovaphone")
_ACTIVE: Final = say("its PBX is active")
_NO_SUCH_PBX: Final = say("it is listed with an active PBX, and as what cannot have one")
_OFFLINE: Final = say("its PBX is active; it is offline now")
_NOT_SAID: Final = say("whether its PBX is active is not said")


@dataclass(frozen=True, slots=True)
class FoundDevice:
    """A device, and what it is taken for; `told` says by what, or why it is open.

    `doubt` is what somebody has to look into. `id` is that of its block, empty if there is none;
    `known_as` that of a PBX which the inventory has already.
    """

    device: DeviceEntry
    domain: str
    kind: DeviceKind
    told: Message
    doubt: Message = NOTHING
    id: str = ""
    known_as: str = ""

    @property
    def is_open(self) -> bool:
        """Return whether somebody has to look into it."""
        return self.kind is DeviceKind.UNDECIDED or bool(self.doubt)


@dataclass(frozen=True, slots=True)
class FoundTenant:
    """A domain, and the tenant that it is; `is_new` says that no inventory has that yet.

    `is_one_of_several` says that further domains are that tenant, too.
    """

    domain: Domain
    id: str
    is_new: bool
    is_one_of_several: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundFleet(Discovery[FoundDevice]):
    """All that was listed.

    `listing_problems` are those of `problems` because of which the lists are not whole.
    """

    tenants: tuple[FoundTenant, ...]
    listing_problems: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Proposal:
    """How blocks are made: the app they lead through, and the login that each of them has.

    `login` is the table `devices` without a domain. `tenants` has ids of tenants by the names of
    domains, as a person gave them.
    """

    address: DevicesAddress
    login: BlockValues
    known: Inventory | None
    tenants: Mapping[str, str]


def found_fleet(listed: Listed, proposal: Proposal) -> FoundFleet:
    """Return tenants and devices of what was listed, and the blocks that are proposed."""
    domains = _by_number(listed.domains)
    tenants = {one.domain.number: one for one in _all_tenants(domains.values(), proposal)}
    names = Counter(one.name.casefold() for one in domains.values())
    ordered = sorted(
        listed.devices, key=lambda one: (_name(domains, one), one.hardware_id, one.number)
    )
    devices = _told_apart([_recognised(one, _name(domains, one), names) for one in ordered])
    proposed = tuple(_with_ids(devices, tenants, proposal))
    text = _text(proposed, tenants, proposal)
    problems = (
        *listed.problems,
        *(
            say("no domain {name} is listed, which is to be a tenant", name=name)
            for name in proposal.tenants
            if name.casefold() not in names
        ),
    )
    return FoundFleet(
        proposed,
        text,
        problems,
        tenants=tuple(tenants.values()),
        listing_problems=listed.problems,
    )


def _by_number(domains: Iterable[Domain]) -> dict[int, Domain]:
    """Return domains in the order of their names."""
    return {one.number: one for one in sorted(domains, key=lambda one: (one.name, one.number))}


def _name(domains: Mapping[int, Domain], one: DeviceEntry) -> str:
    domain = domains.get(one.domain)
    return domain.name if domain is not None else ""


def _all_tenants(domains: Iterable[Domain], proposal: Proposal) -> Iterator[FoundTenant]:
    """Yield the tenant of each domain; several may be one, if a person says so."""
    found = list(_tenants(domains, proposal))
    ids: dict[str, list[str]] = {}
    for one in found:
        ids.setdefault(one.id.casefold(), []).append(one.id)
    for one in found:
        first, *others = ids[one.id.casefold()]
        yield replace(one, id=first, is_one_of_several=bool(others))


def _tenants(domains: Iterable[Domain], proposal: Proposal) -> Iterator[FoundTenant]:
    """Yield the tenant of each domain: as it was said, by its name, or by the id made of it."""
    known = {} if proposal.known is None else {t.id.casefold(): t for t in proposal.known.tenants}
    by_name = {tenant.name.casefold(): tenant.id for tenant in known.values()}
    listed = list(domains)
    names = {one.name.casefold() for one in listed}
    said = {name.casefold(): id_ for name, id_ in proposal.tenants.items()}
    others = {key for key, tenant in known.items() if tenant.name.casefold() in names}
    taken = {*others, *(one.casefold() for one in said.values())}
    for domain in listed:
        name = domain.name.casefold()
        id_ = said.get(name) or by_name.get(name)
        if id_ is None:
            id_ = free_id(domain.name, taken, f"domain-{domain.number}")
            taken.add(id_.casefold())
        tenant = known.get(id_.casefold())
        yield FoundTenant(domain, tenant.id if tenant else id_, is_new=tenant is None)


def _recognised(one: DeviceEntry, domain: str, names: Mapping[str, int]) -> FoundDevice:
    """Return a device by what is said of it; what could be a PBX and is not sure is undecided.

    `names` has how many domains have each name: a block says by name in which one its box has to
    be.
    """
    if one.is_pbx and (one.is_other or one.contradicts_itself):
        return FoundDevice(one, domain, DeviceKind.UNDECIDED, _NO_SUCH_PBX)
    if one.is_other:
        return FoundDevice(one, domain, DeviceKind.DEVICE, _OTHER)
    if one.is_pbx is None and one.may_be_pbx:
        return FoundDevice(one, domain, DeviceKind.UNDECIDED, _NOT_SAID)
    if one.is_pbx is not True:
        told = say("{kind}, without an active PBX", kind=one.kind)
        return FoundDevice(one, domain, _KINDS.get(one.kind, DeviceKind.DEVICE), told)
    obstacles = (
        (not domain, _NO_DOMAIN),
        (names[domain.casefold()] > 1, _NAMED_TWICE),
        (not one.has_mac, _NO_MAC),
    )
    open_because = next((told for is_so, told in obstacles if is_so), NOTHING)
    if open_because:
        return FoundDevice(one, domain, DeviceKind.UNDECIDED, open_because)
    return FoundDevice(one, domain, DeviceKind.PBX, _OFFLINE if one.is_online is False else _ACTIVE)


def _told_apart(devices: Sequence[FoundDevice]) -> list[FoundDevice]:
    """Return devices; PBXs that are told of twice and not alike as undecided, each of them.

    However a MAC address is spelt, and whatever else is said of the box: it is one.
    """
    members = Counter(one.device.one_spelling for one in devices)
    told = say("it is listed more than once, and not alike: a PBX has one history")
    return [
        replace(one, kind=DeviceKind.UNDECIDED, told=told)
        if one.kind is DeviceKind.PBX and members[one.device.one_spelling] > 1
        else one
        for one in devices
    ]


def _with_ids(
    devices: Iterable[FoundDevice], tenants: Mapping[int, FoundTenant], proposal: Proposal
) -> Iterator[FoundDevice]:
    """Yield devices; each PBX with the id of its block or of the inventory, or with why not."""
    known = proposal.known
    taken = {one.id.casefold() for one in known.pbxs} if known is not None else set()
    boxes = _KnownBoxes(known)
    for one in devices:
        if one.kind is not DeviceKind.PBX:
            yield one
            continue
        tenant = tenants[one.device.domain]
        owner = boxes.owner(one.device.hardware_id)
        if owner is not None:
            is_same = owner.tenant.casefold() == tenant.id.casefold()
            doubt = NOTHING if is_same else say("the inventory has it with another tenant")
            yield replace(one, known_as=owner.id, doubt=doubt)
            continue
        serial = serial_end(one.device.hardware_id)
        dashed = "-".join(serial[at : at + 2] for at in range(0, len(serial), 2))
        id_ = free_id(f"{one.device.product}-{dashed}", taken)
        reason = why_not(_block(replace(one, id=id_), tenant, proposal), PbxBlock)
        reason = reason or why_not(_tenant(tenant, proposal), TenantBlock)
        if reason:
            told = say("no block can be made of it: {reason}", reason=reason)
            yield replace(one, kind=DeviceKind.UNDECIDED, told=told)
        else:
            taken.add(id_.casefold())
            yield replace(one, id=id_)


class _KnownBoxes:
    """Where an inventory has a box, by its address or the end of its serial."""

    def __init__(self, known: Inventory | None) -> None:
        self._found: defaultdict[str, list[tuple[str, Pbx]]] = defaultdict(list)
        for pbx in known.pbxs if known is not None else ():
            box = box_address(pbx.target.text)
            for serial in filter(None, {pbx.serial, box.hardware_id if box else ""}):
                self._found[serial_end(hex_digits(serial))].append((serial, pbx))

    def owner(self, hardware_id: str) -> Pbx | None:
        """Return the first PBX of the inventory that is this box."""
        near = self._found.get(serial_end(hex_digits(hardware_id)), ())
        return next((pbx for serial, pbx in near if is_same_box(serial, hardware_id)), None)


def _login(tenant: FoundTenant, proposal: Proposal) -> BlockValues:
    return {"domain": tenant.domain.name, **proposal.login}


def _block(one: FoundDevice, tenant: FoundTenant, proposal: Proposal) -> BlockValues:
    name = {"name": one.device.name} if one.device.name else {}
    is_there = tenant.is_new and not tenant.is_one_of_several  # in the block of its tenant
    login = {} if is_there else {"devices": _login(tenant, proposal)}
    return {
        "id": one.id,
        "tenant": tenant.id,
        **name,
        "target": str(proposal.address.box(one.device.hardware_id)),
        "serial": one.device.hardware_id,
        **login,
    }


def _tenant(one: FoundTenant, proposal: Proposal) -> BlockValues:
    login = {} if one.is_one_of_several else {"devices": _login(one, proposal)}
    return {"id": one.id, "name": one.domain.name, **login}


def _text(
    devices: Iterable[FoundDevice], tenants: Mapping[int, FoundTenant], proposal: Proposal
) -> str:
    """Return blocks of the PBXs that have an id, and of their tenants that are new."""
    with_block = [one for one in devices if one.id]
    used = {one.device.domain for one in with_block}
    new: dict[str, FoundTenant] = {}
    for number, one in tenants.items():
        if number in used and one.is_new:
            new.setdefault(one.id.casefold(), one)
    return text_of_blocks(
        [_tenant(one, proposal) for one in new.values()],
        [_block(one, tenants[one.device.domain], proposal) for one in with_block],
    )
