"""`pbx-auditor demo`: audits the simulated PBX live and shows what the tool makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options.amount import Quiet, Verbose, amount_of
from auditor.cli.common_options.out_folder import SharedOut, check_folder
from auditor.cli.interaction.audience import audience_of
from auditor.cli.interaction.console import tell
from auditor.cli.interaction.progress import begin_progress
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.report.formats.terminal_style import Amount
from auditor.run.clock import SYSTEM_CLOCK
from auditor.run.gate import strongest
from auditor.run.outputs import DEFAULT_FORMATS, names_of
from auditor.run.publishing import Publisher, WantedOutputs
from auditor.run.reader import Reader
from auditor.run.session import Expectations, Session
from auditor.run.setup import Choice, prepare
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.options import DEFAULTS


def command(
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the reports.")] = Path(
        "out/demo"
    ),
    language: Annotated[
        Language | None, typer.Option(help="Language that a reader sees first.")
    ] = None,
    shared_out: SharedOut = False,  # noqa: FBT002
    *,
    quiet: Quiet = False,
    verbose: Verbose = False,
) -> None:
    """Audit the simulated PBX live and write all reports.

    Exits 0 although the insecure configuration fails: it is a demonstration, not a gate.
    """
    amount = amount_of(quiet=quiet, verbose=verbose)
    limits = DEFAULTS._replace(notify=begin_progress(amount))
    check_folder(out, names_of(DEFAULT_FORMATS), shared=shared_out)
    pbx = SimulatedPbx.create("insecure")
    viewer = next(account for account in pbx.accounts if account.role == "viewer")
    credentials = Credentials(viewer.username, viewer.password, pbx.pbx_password)
    with SimulatorServer(pbx) as server:
        if amount is not Amount.QUIET:
            tell(say("simulated PBX at {url}, read with its viewer account", url=server.url))
        setup = prepare(pbx.site, Choice(), today=SYSTEM_CLOCK.now().date())
        expected = Expectations(language=language)
        session = Session(setup, Reader(setup.site, credentials, limits), expected)
        publisher = Publisher(session, WantedOutputs(out), audience_of(amount))
        failures = publisher.publish(server.url, session.audit(server.url))
    raise typer.Exit(strongest(failures))
