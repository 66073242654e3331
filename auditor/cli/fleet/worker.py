"""`pbx-auditor fleet worker`: audits PBXs of runs that hand them out, on this computer."""

from __future__ import annotations

import os
from typing import Annotated, Final

import typer

from auditor.cli.fleet.shared_options import INVENTORY, File, checked_inventory
from auditor.cli.interaction.console import tell
from auditor.messages.message import Message, say
from auditor.run.clock import SYSTEM_CLOCK

_LARGEST_SLOTS: Final = 512


def worker(
    file: File = INVENTORY,
    slots: Annotated[
        int, typer.Option(min=1, max=_LARGEST_SLOTS, help="How many PBXs are audited at once.")
    ] = 64,
    collector: Annotated[
        str,
        typer.Option("--collector", help="Audit the PBXs whose `worker` this is, and no others."),
    ] = "",
    *,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say only what went wrong.")] = False,
) -> None:
    """Audit what runs with `engine = "queue"` hand out, until it is stopped.

    Credentials are resolved here, and inventory and papers are to be those of the run: with another
    version, inventory or site file it takes nothing of it. SIGTERM lets it finish what it does.

    Exit codes: 0 stopped, 2 the inventory cannot be used, 6 queue or history cannot be reached,
    or reports not written, 70 internal error: start it again.
    """
    from auditor.fleet.runner.fleet_run import check_reports  # noqa: PLC0415 -- this command alone
    from auditor.fleet.runner.history_place import history_place_of  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.listening import hears  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.ready_queue import check_hands_out, made_queue  # noqa: PLC0415 -- ditto
    from auditor.fleet.scale.worker import Worker, WorkerOptions  # noqa: PLC0415 -- ditto
    from auditor.fleet.store.connection.locks import this_process  # noqa: PLC0415 -- ditto
    from auditor.fleet.store.history import History  # noqa: PLC0415 -- ditto
    from auditor.sources.live.live_pbx import silence_http_log  # noqa: PLC0415 -- ditto

    fleet = checked_inventory(file).fleet
    check_hands_out(fleet, file)
    check_reports(fleet)
    silence_http_log()
    owner = this_process(SYSTEM_CLOCK.now())
    name = f"{owner.host} {owner.process} {owner.since}"
    told = _silent if quiet else tell
    with History.open(history_place_of(fleet), migrate=False, sees_part=True) as history:
        conninfo = made_queue(fleet)
        listens = hears(conninfo)
        if not listens:
            tell(
                say(
                    "warning: no notice of new jobs arrives, as behind a pooler in transaction"
                    " mode: the queue is asked every second instead"
                )
            )
        workers = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
        way = WorkerOptions(conninfo, slots, workers, collector, name, told, tell, listens)
        told(say("worker {name}: at work", name=name))
        Worker(history, file, way).run()


def _silent(_: Message) -> None:
    """Tell nothing."""
