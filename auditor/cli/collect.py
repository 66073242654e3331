"""`pbx-auditor collect`: a secret-free snapshot, to audit later or elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from auditor.cli.common_options.amount import Quiet, Verbose, amount_of
from auditor.cli.common_options.limits import (
    Connections,
    Deadline,
    Timeout,
    limits_of,
    shown_progress,
)
from auditor.cli.common_options.out_folder import SharedOut, check_file
from auditor.cli.interaction.console import suggest, tell
from auditor.messages.message import Message, joined, say, say_count, together
from auditor.model.snapshot import Snapshot
from auditor.report.formats.terminal_style import Amount
from auditor.report.terms import area, said
from auditor.run.reader import Collected, collect, open_reader
from auditor.site.site_file import load_site
from auditor.sources.options import DEFAULTS


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
    *,
    quiet: Quiet = False,
    verbose: Verbose = False,
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
    amount = amount_of(quiet=quiet, verbose=verbose)
    check_file(output, shared=shared_out)
    stated = load_site(site)
    suggest(stated.report.language)
    reader = open_reader(stated, [target], limits_of(timeout, deadline, max_connections))
    with shown_progress(reader.limits, amount) as limits:
        collected = collect(reader.with_limits(limits), target, output)
    told = [_written(output, collected.snapshot), *_to_note(collected)]
    if amount is Amount.VERBOSE:
        told += _seen(collected.snapshot)
    tell(*([together(*told)] if amount is Amount.QUIET else told))
    raise typer.Exit(collected.code)


def _to_note(collected: Collected) -> Iterator[Message]:
    """Yield what was not read, and what to do about it."""
    if collected.resumes:
        yield say("run the same command again to go on where it stopped")
    if collected.missing:
        names = joined("{one}, {other}", [area(one.value) for one in collected.missing])
        yield say("not read whole: {names}", names=names)


def _seen(snapshot: Snapshot) -> Iterator[Message]:
    """Yield the documents that were read, and each gap with its reason."""
    for source in snapshot.sources:
        kind = said(source.kind)
        yield say("{name}: {kind}, {size} bytes", name=source.name, kind=kind, size=source.size)
    for gap in snapshot.gaps:
        yield say("{area}: {reason}", area=area(gap.area), reason=gap.reason)


def _written(output: Path, snapshot: Snapshot) -> Message:
    parts = [
        say_count("{count} object", "{count} objects", len(snapshot.objects)),
        say_count("{count} gap", "{count} gaps", len(snapshot.gaps)),
    ]
    if snapshot.ended_early:
        word = say("terminated") if snapshot.ended_early == "terminated" else say("interrupted")
        parts.append(say("{why}: only a part", why=word))
    return say("written: {path} ({parts})", path=str(output), parts=joined("{one}, {other}", parts))
