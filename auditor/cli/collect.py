"""`pbx-auditor collect`: a secret-free snapshot, to audit later or elsewhere."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from auditor.audit import check_form, is_live, read_target, stopped_with
from auditor.cli.console import say
from auditor.cli.live import Connections, Deadline, Timeout, live_options
from auditor.cli.outputs import SharedOut, check_file
from auditor.credentials import find_credentials
from auditor.errors import ExitCode
from auditor.model.snapshot import Snapshot
from auditor.model.vocabulary import Area, Coverage
from auditor.output import write_file
from auditor.settings import DEFAULTS, load_site
from auditor.sources.saved import SUFFIX, dump_snapshot


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
    shared_out: SharedOut = False,  # noqa: FBT002
) -> None:
    """Read a target once and save what was read, without any secret.

    Passwords become evidence (set, score, length band) and are dropped. Audit the file with the
    same site file to get the same result as live. If it is interrupted, what was read so far is
    saved, marked as a part, and passes nothing that it may lack; run it again within a day, and
    objects that were read one by one are not asked for again.

    Exit codes: 0 every area was read, 2 usage or input, 3 unreachable or login refused, 4 saved,
    but some area of a live PBX could not be read whole, 6 not written, 130 and 143 interrupted, a
    part is saved.
    """
    check_file(output, shared=shared_out)
    settings = load_site(site)
    check_form(target)
    credentials = find_credentials(settings, live=is_live(target))
    journal = output.with_name(f"{output.name}{SUFFIX}") if is_live(target) else None
    with live_options(timeout, deadline, max_connections) as options:
        given = replace(options, journal=journal)
        snapshot = read_target(target, settings, credentials, given)
    write_file(output, dump_snapshot(snapshot))
    if journal is not None and _has_each_object(snapshot):
        journal.unlink(missing_ok=True)
    elif journal is not None and journal.exists():
        say("run the same command again to go on where it stopped")
    part = f", {snapshot.ended_early}: only a part" if snapshot.ended_early else ""
    count = f"{len(snapshot.objects)} objects, {len(snapshot.gaps)} gaps{part}"
    say(f"written: {output} ({count})")
    shown = [area for area in Area if area is not Area.TLS or target.lower().startswith("https:")]
    missing = [area for area in shown if snapshot.coverage(area) is not Coverage.COMPLETE]
    if missing:
        say(f"not read whole: {', '.join(missing)}")
    # A saved file holds what it holds; of a live PBX more could have been read.
    is_short = bool(missing) and is_live(target)
    code = ExitCode.INCOMPLETE if is_short else ExitCode.OK
    raise typer.Exit(stopped_with(snapshot) or code)


def _has_each_object(snapshot: Snapshot) -> bool:
    """Return whether nothing is left to go on with: only a proof that these are all may lack."""
    proof = snapshot.proofs.get(Area.OBJECTS)
    unproven = proof.note if proof is not None else ""
    left = [gap for gap in snapshot.gaps_in(Area.OBJECTS) if gap.reason != unproven]
    return bool(snapshot.objects) and not left
