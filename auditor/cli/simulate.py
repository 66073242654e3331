"""`pbx-auditor simulate`: run the simulated PBX until it is interrupted."""

from __future__ import annotations

import json
import os
import shlex
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options import completion
from auditor.cli.interaction.console import show_json, show_text, told
from auditor.errors import InputError
from auditor.messages.message import say
from auditor.simulator.app_object import NAME as APP
from auditor.simulator.app_object import AppRight, with_app
from auditor.simulator.behaviour import Behaviour, CertificateKind
from auditor.simulator.platform.platform_server import PlatformServer
from auditor.simulator.server import SimulatorServer
from auditor.simulator.serving import serving
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.sockets.socket_server import Sockets
from auditor.simulator.sockets.trains import Train, of_train

DIALECT = "simulated"


def command(
    config: Annotated[
        str,
        typer.Option(
            help="Which configuration: insecure or hardened.",
            autocompletion=completion.configurations,
        ),
    ] = "insecure",
    port: Annotated[int, typer.Option(help="Port on loopback; 0 picks a free one.")] = 0,
    *,
    users: Annotated[
        int, typer.Option(min=0, help="So many made-up users beside those of the configuration.")
    ] = 0,
    tls: Annotated[
        bool, typer.Option("--tls", help="Serve HTTPS with a self-signed certificate.")
    ] = False,
    certificate: Annotated[
        CertificateKind, typer.Option(help="With --tls: the certificate that is shown.")
    ] = "valid",
    outdated_tls: Annotated[
        bool, typer.Option("--outdated-tls", help="With --tls: accept TLS 1.0 and 1.1 too.")
    ] = False,
    basic: Annotated[
        bool, typer.Option("--basic", help="Accept basic authentication beside digest.")
    ] = False,
    replica: Annotated[
        bool, typer.Option("--replica", help="Refuse changes of objects, as a replica does.")
    ] = False,
    app: Annotated[
        list[AppRight] | None,
        typer.Option(
            help="Add an App object with this right, for the WebSocket; can be given several times."
        ),
    ] = None,
    train: Annotated[
        Train | None, typer.Option(help="The firmware of the PBX, whose WebSocket differs.")
    ] = None,
    devices: Annotated[
        bool,
        typer.Option("--devices", help="Serve an App Platform with Devices, where it is, too."),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one line of JSON once it listens.")
    ] = False,
) -> None:
    """Serve a simulated PBX on loopback, for demonstrations and tests.

    Names that innovaphone does not document are made up; they stand in the dialect `simulated`.
    """
    behaviour = Behaviour(
        tls=tls,
        certificate=certificate,
        outdated_tls=outdated_tls,
        basic=basic,
        replica=replica,
    )
    pbx = SimulatedPbx.create(config, users=users)
    if train is not None:
        pbx = of_train(pbx, train)
    if app:
        pbx = with_app(pbx, app)
    if (app or devices) and not Sockets.are_possible():
        raise InputError(
            say("a WebSocket needs a package that is not installed"),
            advice=say("pip install 'pbx-auditor[websocket]'"),
        )
    serve(pbx, port, as_json, behaviour=behaviour, devices=devices)


_NAME = 14


def run(
    config: str,
    port: int,
    as_json: bool,  # noqa: FBT001 -- a command line switch
    *,
    users: int = 0,
    behaviour: Behaviour | None = None,
) -> None:
    """Serve a simulated PBX with that configuration, as `serve` does.

    Raises InputError for an unknown configuration or a port that cannot be used.
    """
    serve(SimulatedPbx.create(config, users=users), port, as_json, behaviour=behaviour)


def serve(
    pbx: SimulatedPbx,
    port: int,
    as_json: bool,  # noqa: FBT001 -- a command line switch
    *,
    behaviour: Behaviour | None = None,
    devices: bool = False,
) -> None:
    """Serve a simulated PBX on loopback until SIGINT or SIGTERM; print how to log in to it.

    With `devices`, so is an App Platform in whose only domain the PBX is. Raises InputError for a
    port that cannot be used.
    """
    with serving(pbx, port, behaviour=behaviour, devices=devices) as running:
        if as_json:
            show_json(_line(running.server, running.site, running.platform))
        else:
            show_text(_welcome(running.server, running.site, running.platform))
        running.wait()


def _line(server: SimulatorServer, site: Path, platform: PlatformServer | None) -> str:
    facts: dict[str, object] = {
        "url": server.url,
        "accounts": [
            {"role": one.role, "username": one.username, "password": one.password}
            for one in server.pbx.accounts
        ],
        "pbx_password": server.pbx.pbx_password,
        "dialect": DIALECT,
        "site": str(site),
    }
    if server.certificate is not None:
        facts["fingerprint"] = server.certificate.fingerprint
    if (password := _app_password(server.pbx)) is not None:
        facts["app"] = {"name": APP, "password": password}
    if platform is not None:
        domain = platform.platform.domains[-1]
        known = {"url": platform.socket_url(domain.name), "domain": domain.name}
        pin = (
            {}
            if platform.certificate is None
            else {"fingerprint": platform.certificate.fingerprint}
        )
        facts["devices"] = {**known, "password": domain.password, **pin}
    return json.dumps(facts)


def _welcome(server: SimulatorServer, site: Path, platform: PlatformServer | None) -> str:
    pbx = server.pbx
    viewer = next(one for one in pbx.accounts if one.role == "viewer")
    logins = [(one.role, f"{one.username:<10}{one.password}") for one in pbx.accounts]
    variables = {
        "PBX_AUDITOR_USERNAME": viewer.username,
        "PBX_AUDITOR_PASSWORD": viewer.password,
        "PBX_AUDITOR_PBX_PASSWORD": pbx.pbx_password,
    }
    powershell = os.name == "nt"
    setting = "  $env:{} = {}" if powershell else "  export {}={}"
    settings = "\n".join(setting.format(name, _quoted(text)) for name, text in variables.items())
    more = "`" if powershell else "\\"
    rows = [*logins]
    rows.append((told(say("PBX password")), pbx.pbx_password))
    if server.certificate is not None:
        rows.append((told(say("Fingerprint")), server.certificate.fingerprint))
    if (password := _app_password(pbx)) is not None:
        rows.append((told(say("App object")), f"{APP:<12}{password}"))
    if platform is not None:
        domain = platform.platform.domains[-1]
        rows.append(("Devices", platform.socket_url(domain.name)))
        rows.append(("", domain.password))
    shown = "\n".join(f"  {name:<{_NAME}}{text}" for name, text in [("URL", server.url), *rows])
    title = say(
        'A simulated PBX, configuration "{name}", listens on this computer only.', name=pbx.config
    )
    how = say("To audit it, type in another window:")
    end = say("Everything here is made up and gone when it stops. Stop it with Ctrl+C.")
    return f"""\
{told(title)}

{shown}

{told(how)}

{settings}
  pbx-auditor audit {server.url} {more}
    --out report --site {more}
    {_quoted(str(site))}

{told(end)}
"""


def _app_password(pbx: SimulatedPbx) -> str | None:
    """Return the password of the App object of an auditor, if one was added."""
    one = pbx.index.get(("h323", APP))
    return None if one is None else pbx.password_of(one)


def _quoted(text: str) -> str:
    """Return a word as the shell of this system takes it."""
    if os.name == "nt":
        return "'{}'".format(text.replace("'", "''"))
    return f"'{text}'" if "'" not in text else shlex.quote(text)
