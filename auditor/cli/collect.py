"""`pbx-auditor collect`: a secret-free snapshot, to audit later or elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from auditor.audit import is_live, read_target
from auditor.cli.console import say
from auditor.cli.live import Connections, Deadline, Timeout, live_options
from auditor.credentials import find_credentials
from auditor.output import write_file
from auditor.settings import DEFAULTS, load_site
from auditor.sources.saved import dump_snapshot


def command(
    target: Annotated[str, typer.Argument(help="As for audit.", show_default=False)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Where to write the snapshot.")
    ] = Path("snapshot.json"),
    site: Annotated[
        Path | None,
        typer.Option(help="Site file; its words must not make up a password."),
    ] = None,
    timeout: Timeout = DEFAULTS.timeout,
    deadline: Deadline = DEFAULTS.deadline,
    max_connections: Connections = DEFAULTS.max_connections,
) -> None:
    """Read a target once and save what was read, without any secret.

    Passwords become evidence (set, score, length band) and are dropped. Audit the file with the
    same site file to get the same result as live.
    """
    settings = load_site(site)
    credentials = find_credentials(settings, live=is_live(target))
    with live_options(timeout, deadline, max_connections) as options:
        snapshot = read_target(target, settings, credentials, options)
    write_file(output, dump_snapshot(snapshot))
    say(f"written: {output} ({len(snapshot.objects)} objects, {len(snapshot.gaps)} gaps)")
