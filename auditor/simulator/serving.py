"""Serves a simulated PBX until somebody stops it, with a site file that fits."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from auditor.errors import InputError
from auditor.messages.message import say
from auditor.simulator.behaviour import Behaviour
from auditor.simulator.loopback_server import HOST
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.platform.simulated_platform import FIRST_DOMAIN, SimulatedPlatform
from auditor.simulator.platform.usual_configurations import usual_configurations
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx

_POLL_SECONDS: Final = 0.5


class Serving(NamedTuple):
    """A simulated PBX that listens, a site file that fits it, and its App Platform if there is one.

    `stop` is set by SIGINT and SIGTERM.
    """

    server: SimulatorServer
    site: Path
    platform: PlatformServer | None
    stop: threading.Event

    def wait(self) -> None:
        """Return when somebody stopped it."""
        # Waiting without a limit could not be interrupted on Windows.
        while not self.stop.wait(_POLL_SECONDS):
            pass


@contextmanager
def serving(
    pbx: SimulatedPbx, port: int, *, behaviour: Behaviour | None = None, devices: bool = False
) -> Iterator[Serving]:
    """Serve a simulated PBX on loopback meanwhile.

    With `devices`, so is an App Platform in whose only domain the PBX is. Raises InputError for a
    port that cannot be used.
    """
    try:
        server = SimulatorServer(pbx, port=port, behaviour=behaviour)
    except (OSError, OverflowError):
        raise InputError(
            say("port {port} cannot be used on {host}", port=port, host=HOST),
            advice=say("choose another port with --port; 0 picks a free one"),
        ) from None
    with (
        _stop_signals() as stop,
        server,
        _fitting_site(server) as site,
        _platform(server) if devices else nullcontext() as platform,
    ):
        yield Serving(server, site, platform, stop)


@contextmanager
def _stop_signals() -> Iterator[threading.Event]:
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set())
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _fitting_site(server: SimulatorServer) -> Iterator[Path]:
    """Give the path of a site file that fits, which pins the certificate if there is one."""
    if server.certificate is None:
        yield server.pbx.site
        return
    text = server.pbx.site.read_text(encoding="utf-8")
    pin = f'[tls]\nfingerprint = "{server.certificate.fingerprint}"\n'
    with TemporaryDirectory(prefix="pbx-auditor-simulate-") as folder:
        path = Path(folder) / "site.toml"
        path.write_text(f"{text.rstrip()}\n\n{pin}", encoding="utf-8")
        yield path


def _platform(server: SimulatorServer) -> PlatformServer:
    customers = {server.pbx.online.system: [server.state]}
    rolled_out = tuple(usual_configurations(server.pbx, FIRST_DOMAIN))
    platform = SimulatedPlatform.create(customers, rolled_out=rolled_out)
    return PlatformServer(platform, tls=server.certificate is not None)
