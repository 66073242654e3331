"""`pbx-auditor fleet discover devices`: tenants and PBXs by what the Devices app lists."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from auditor.cli.common_options.limits import Deadline, Timeout, limits_of, shown_progress
from auditor.cli.common_options.out_folder import SharedOut
from auditor.cli.fleet.discovery_options import (
    DiscoveryForm,
    FoundForm,
    FoundOut,
    KnownInventory,
    begin_discovery,
    titles_of_kinds,
    write_found,
)
from auditor.cli.interaction.console import spoken, suggest, tell
from auditor.errors import InputError, OptionPlace
from auditor.messages.languages import translated
from auditor.messages.message import Message, say, say_count, together

if TYPE_CHECKING:
    from auditor.fleet.inventory.found_devices import FoundDevice, FoundFleet
    from auditor.site.credentials import DevicesAccount
    from auditor.values.devices_addresses import DevicesAddress

LOGIN_DOMAIN: Final = re.compile(r"[A-Za-z0-9._~-]{1,253}")
# Of these each is told of; of the others, there may be thousands.
_EACH: Final = frozenset({"pbx", "undecided", "gateway"})
_SCHEMA_VERSION: Final = "1.0"


def devices(
    address: Annotated[
        str,
        typer.Argument(
            metavar="ADDRESS", help="The app: wss://host/domain/instance.", show_default=False
        ),
    ],
    site: Annotated[
        Path | None,
        typer.Option(
            help="A site file with [devices]: where the password is, and the trusted certificate.",
            show_default=False,
        ),
    ] = None,
    login_domain: Annotated[
        str,
        typer.Option(
            metavar="DOMAIN",
            help="The domain whose password it is, if not the one in the address.",
            show_default=False,
        ),
    ] = "",
    tenant: Annotated[
        list[str] | None,
        typer.Option(
            metavar="DOMAIN=ID",
            help="The id of the tenant that a domain is; can be given several times.",
            show_default=False,
        ),
    ] = None,
    inventory: KnownInventory = None,
    out: FoundOut = None,
    form: FoundForm = DiscoveryForm.TOML,
    timeout: Timeout = 30,
    deadline: Deadline = 300,
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Propose tenants and PBXs of an inventory by what the Devices app of an App Platform lists.

    Domains become tenants, devices with an active PBX become PBXs that are read through Devices;
    phones, gateways and what could not be decided are listed apart. The password of a domain shows
    that domain, the one of the instance all of them. It is taken from where [devices] of the site
    file says, else from PBX_AUDITOR_DEVICES_PASSWORD, and never written anywhere. Nothing is
    changed in Devices. A file that is there is never overwritten.

    Exit codes: 0 everything was listed, 2 usage or input, or the file is there, 3 Devices is not
    reached, refuses the login, or lists nothing, 4 the lists are not whole or something is open,
    5 there is no PBX, 6 not written.
    """
    place = _address(address)
    from auditor.fleet.inventory.devices_login import login_table  # noqa: PLC0415 -- late as others
    from auditor.fleet.inventory.found_devices import Proposal, found_fleet  # noqa: PLC0415
    from auditor.site.secrets import devices_account  # noqa: PLC0415 -- ditto
    from auditor.site.site_file import load_site  # noqa: PLC0415 -- ditto

    ids = dict(_tenant(one) for one in tenant or ())
    known = begin_discovery(inventory, out, shared=shared_out)
    settings = load_site(site)
    suggest(settings.report.language)
    if settings.devices is not None and not login_domain:
        login_domain = settings.devices.login_domain
    account = _with_password(devices_account(settings), login_domain)
    from auditor.sources.live.devices.asking import ask_devices  # noqa: PLC0415 -- an extra

    with shown_progress(limits_of(timeout, deadline)) as options:
        listed = ask_devices(place, account, options)
    login = login_table(settings, login_domain, out)
    found = found_fleet(listed, Proposal(place, login, known, ids))
    tell(*_listed(found))
    text = found.text if form is DiscoveryForm.TOML else _document(found, place)
    if form is DiscoveryForm.JSON or found.proposed:
        write_found(text, out, form)
    raise typer.Exit(found.code)


def _address(text: str) -> DevicesAddress:
    """Return the address of the app. Raises InputError, which quotes nothing of a password."""
    from auditor.values.devices_addresses import service_address  # noqa: PLC0415 -- late as others

    found = service_address(text)
    if found is None:
        raise InputError(
            say("this is not the address of Devices, over TLS and without an account"),
            where="ADDRESS",
            advice=say(
                "give it as wss://host/domain/instance, such as wss://ap.example/dom/devices"
            ),
        )
    if find_spec("websockets") is None:
        raise InputError(
            say("the package that speaks WebSocket is not installed"),
            where="ADDRESS",
            advice=say("pip install 'pbx-auditor[websocket]'"),
        )
    return found


def _tenant(text: str) -> tuple[str, str]:
    """Return the domain and the id that an option says. Raises InputError."""
    from auditor.fleet.inventory.blocks import why_not  # noqa: PLC0415 -- late as others
    from auditor.fleet.inventory.inventory_document import TenantBlock  # noqa: PLC0415 -- ditto

    domain, _, id_ = text.rpartition("=")
    reason = why_not({"id": id_}, TenantBlock) if domain else say("it names no domain")
    if reason:
        advice = say("give DOMAIN=ID, such as example.com=muster")
        raise InputError(reason, where=OptionPlace("--tenant"), advice=advice)
    return domain, id_


def _with_password(account: DevicesAccount, login_domain: str) -> DevicesAccount:
    """Return the account with its domain. Raises InputError without a password."""
    if login_domain and not LOGIN_DOMAIN.fullmatch(login_domain):
        reason = say("this can be no domain")
        raise InputError(
            reason, where=OptionPlace("--login-domain"), advice=say("give it as example.com")
        )
    if not account.password:
        raise InputError(
            say("the login at Devices needs the password of a domain or of the instance"),
            where=say("environment"),
            advice=say("set {name}", name=account.place),
        )
    return replace(account, login_domain=login_domain)


def _listed(found: FoundFleet) -> Iterator[Message]:
    """Yield a line for each PBX and what is open, sums of the other kinds, and what is missing."""
    from auditor.fleet.inventory.without_pbx import without_pbx  # noqa: PLC0415 -- late as others

    for kind, title in titles_of_kinds().items():
        members = [one for one in found.devices if one.kind is kind]
        if members:
            yield title
            yield from map(_line, members) if kind in _EACH else _sums(members)
    without = without_pbx(found)
    if without.certain:
        yield say("domains without a PBX: {names}", names=", ".join(without.certain))
    if without.unclear:
        names = ", ".join(without.unclear)
        yield say("domains in which a PBX may have been missed: {names}", names=names)
    devices = say_count("{count} device", "{count} devices", len(found.devices))
    pbxs = say_count("{count} PBX", "{count} PBXs", found.proposed)
    yield say("{devices}; proposed: {pbxs}", devices=devices, pbxs=pbxs)
    for problem in found.problems:
        yield say("not whole: {reason}", reason=problem)


def _line(one: FoundDevice) -> Message:
    parts = [one.told]
    if one.device.version:
        parts.append(say("firmware {label}", label=one.device.version))
    if one.known_as:
        parts.append(say("in the inventory as {id}", id=one.known_as))
    if one.doubt:
        parts.append(say("doubt: {reason}", reason=one.doubt))
    return say("  {folder}: {told}", folder=_named(one), told=together(*parts))


def _named(one: FoundDevice) -> str:
    shown = (one.domain, one.device.product, one.device.hardware_id, one.device.name)
    return " ".join(part for part in shown if part)


def _sums(members: Sequence[FoundDevice]) -> Iterator[Message]:
    """Yield how many there are of each product and firmware in a domain."""
    counts = Counter((one.domain, one.device.product, one.device.version) for one in members)
    for (domain, product, version), count in sorted(counts.items()):
        shown = " ".join(part for part in (domain, product, version) if part)
        yield say("  {name}: {count}", name=shown, count=str(count))


def _document(found: FoundFleet, address: DevicesAddress) -> str:
    """Return all that was found as JSON; its sentences are in the language that is spoken."""
    said: Mapping[str, object] = {
        "schema_version": _SCHEMA_VERSION,
        "address": str(address),
        "whole": not found.problems,
        "problems": [translated(one, spoken()) for one in found.problems],
        "domains": [
            {"name": one.domain.name, "tenant": one.id, "known": not one.is_new}
            for one in found.tenants
        ],
        "devices": [
            {
                "hardware_id": one.device.hardware_id,
                "domain": one.domain or None,
                "kind": one.kind.value,
                "recognised_by": translated(one.told, spoken()),
                "product": one.device.product,
                "type": one.device.kind,
                "version": one.device.version,
                "name": one.device.name,
                "pbx_active": one.device.is_pbx,
                "online": one.device.is_online,
                "doubts": [translated(one.doubt, spoken())] if one.doubt else [],
                "id": one.id or None,
                "known_as": one.known_as or None,
            }
            for one in found.devices
        ],
    }
    return json.dumps(said, indent=2, ensure_ascii=False) + "\n"
