"""What a live PBX decides by itself, by the rights of who asks; `make docs` writes it.

The simulated PBX stands for a real one of train 13r3. It is read with the names that public sources
document and none of its own, by a site file that attests nothing, without the PBX password.
"""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Final

from auditor.model.site import AppSocket, Site, Trust
from auditor.rules.by_rights import figures_file
from auditor.simulator.app_object import NAME, with_app
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.platform.simulated_platform import FIRST_DOMAIN, Secrets, SimulatedPlatform
from auditor.simulator.platform.usual_configurations import usual_configurations
from auditor.simulator.server import SimulatorServer
from auditor.simulator.sockets.trains import of_train
from auditor.simulator.state import SimulatorState
from auditor.site.credentials import Credentials, DevicesAccount
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.pbx import CONFIGURATIONS, judge, simulated, site_of, statuses
from tests.fixtures.scripted_socket import trusted
from tests.fixtures.silence import certain_silence

if TYPE_CHECKING:
    from collections.abc import Mapping

    from auditor.model.snapshot import Snapshot

TRAIN: Final = "13r3"
PASSWORD: Final = "gruen-3141592653"
# The check marks of the auditor's App by the name of a set of rights. Without any, only what needs
# no login is asked over WebSocket; None asks nothing there.
RIGHTS: Final[Mapping[str, tuple[str, ...] | None]] = {
    "viewer": None,
    "viewer, no login": (),
    "viewer, TableUsers": ("tableusers",),
    "viewer, Admin": ("admin",),
}
# Check marks of an App that alone logs in: there is no account of the box.
ALONE: Final[Mapping[str, tuple[str, ...]]] = {"TableUsers": ("tableusers",)}
# Logins at Devices, through which the box is read; and whether its domain rolls anything out.
THROUGH_DEVICES: Final[Mapping[str, bool]] = {"Devices, the box": False, "Devices": True}
DOMAIN: Final = "example.com"
DECIDED: Final = frozenset({"passed", "failed", "not-applicable"})
PROFILE: Final = "baseline"


def site_for(config: str, tls: Trust, rights: tuple[str, ...] | None) -> Site:
    """Return the site file of a customer who states what only he knows, and attests nothing."""
    plain = site_of(config)
    lists = plain.lists.model_copy(update={"admin_apps": [*plain.lists.admin_apps, NAME]})
    assert not plain.facts
    return plain.model_copy(
        update={
            "tls": tls,
            "lists": lists,
            "websocket": None if rights is None else AppSocket(app=NAME if rights else ""),
            "target": plain.target.model_copy(update={"dialect": "documented"}),
        }
    )


def read(
    config: str, rights: tuple[str, ...] | None, train: str = TRAIN, *, account: bool = True
) -> tuple[Snapshot, Site]:
    """Return what a PBX shows to an account and an App with these rights, and the site file."""
    pbx = with_app(of_train(simulated(config), train), rights or (), PASSWORD)
    with SimulatorServer(pbx, tls=True) as server:
        site = site_for(config, trusted(server), rights)
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        name, password = (viewer.username, viewer.password) if account else ("", "")
        credentials = Credentials(name, password, None, app_password=PASSWORD)
        with certain_silence():
            return read_live(server.url, site, credentials, LiveOptions(timeout=3.0)), site


def read_through(config: str, *, rolled_out: bool, train: str = TRAIN) -> tuple[Snapshot, Site]:
    """Return what Devices shows of a PBX to whom has the password of its domain, and the site."""
    pbx = of_train(simulated(config), train)
    platform = SimulatedPlatform.create(
        {DOMAIN: [SimulatorState(pbx, Behaviour())]},
        Secrets("", {DOMAIN: PASSWORD}),
        rolled_out=tuple(usual_configurations(pbx, FIRST_DOMAIN)) if rolled_out else (),
    )
    with PlatformServer(platform, tls=True) as server:
        assert server.certificate is not None
        tls = Trust(fingerprint=server.certificate.fingerprint)
        site = site_for(config, tls, None)
        credentials = Credentials(devices=DevicesAccount(PASSWORD, tls=tls))
        url = f"{server.url(DOMAIN)}/passthrough/{pbx.box.serial}"
        with certain_silence():
            return read_live(url, site, credentials, LiveOptions(timeout=3.0)), site


def read_with(name: str, config: str) -> tuple[Snapshot, Site]:
    """Return what a PBX shows by a set of rights, and the site file."""
    if name in RIGHTS:
        return read(config, RIGHTS[name])
    if name in ALONE:
        return read(config, ALONE[name], account=False)
    return read_through(config, rolled_out=THROUGH_DEVICES[name])


def decided(config: str, name: str) -> list[str]:
    """Return the controls that a PBX decides by a set of rights."""
    snapshot, site = read_with(name, config)
    found = statuses(judge(snapshot, site, profile=PROFILE))
    return sorted(rule for rule, status in found.items() if status in DECIDED)


def measured() -> dict[str, dict[str, list[str]]]:
    """Return the controls that are decided, by set of rights and simulated PBX."""
    return {
        name: {config: decided(config, name) for config in CONFIGURATIONS}
        for name in (*RIGHTS, *THROUGH_DEVICES, *ALONE)
    }


def main() -> None:
    """Write the figures, and say so if that changed them."""
    text = f"{json.dumps(measured(), indent=1)}\n"
    if figures_file().read_text(encoding="utf-8") != text:
        figures_file().write_text(text, encoding="utf-8")
        sys.stdout.write(f"written: {figures_file().name}\n")


if __name__ == "__main__":
    main()
