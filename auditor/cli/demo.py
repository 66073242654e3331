"""`pbx-auditor demo`: audits the simulated PBX live and shows what the tool makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.audit import WantedOutputs, publish
from auditor.cli.console import tell
from auditor.cli.out_folder import SharedOut, check_folder
from auditor.run.gate import strongest
from auditor.run.outputs import DEFAULT_FORMATS, names_of
from auditor.run.reader import Reader
from auditor.run.session import SYSTEM_CLOCK, Session
from auditor.run.setup import Choice, prepare
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials


def command(
    out: Annotated[Path, typer.Option(help="Folder for the reports.")] = Path("out/demo"),
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Audit the simulated PBX live and write all reports.

    Exits 0 although the insecure configuration fails: it is a demonstration, not a gate.
    """
    check_folder(out, names_of(DEFAULT_FORMATS), shared=shared_out)
    pbx = SimulatedPbx.create("insecure")
    viewer = next(account for account in pbx.accounts if account.role == "viewer")
    credentials = Credentials(viewer.username, viewer.password, pbx.pbx_password)
    with SimulatorServer(pbx) as server:
        tell(f"simulated PBX at {server.url}, read with its viewer account")
        setup = prepare(pbx.site, Choice(), today=SYSTEM_CLOCK.now().date())
        session = Session(setup, Reader(setup.site, credentials))
        failures = publish(server.url, session, session.audit(server.url), WantedOutputs(out))
    raise typer.Exit(strongest(failures))
