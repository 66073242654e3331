"""`pbx-auditor fleet`: many PBXs; begin, check and fill their inventory, and audit them."""

from __future__ import annotations

from typing import Final

from auditor.cli.group import CommandGroup

HELP: Final = "Audit many PBXs every night: their inventory, their runs, their history."
GROUPS: Final = {
    "discover": "Propose tenants and PBXs of an inventory by what others know of them.",
    "collector": "Say who may bring what was read in networks that nobody reaches from here.",
}
GROUP: Final = CommandGroup(
    {
        "init": "auditor.cli.fleet.begin:init",
        "check": "auditor.cli.fleet.begin:check",
        "discover backups": "auditor.cli.fleet.discover:backups",
        "discover devices": "auditor.cli.fleet.discover_devices:devices",
        "import": "auditor.cli.fleet.import_any:import_any",
        "collect": "auditor.cli.fleet.collect_bundles:collect",
        "collector add": "auditor.cli.fleet.collect_bundles:add",
        "collector revoke": "auditor.cli.fleet.collect_bundles:revoke",
        "collector list": "auditor.cli.fleet.collect_bundles:listed",
        "run": "auditor.cli.fleet.run_fleet:run",
        "worker": "auditor.cli.fleet.worker:worker",
        "rebind": "auditor.cli.fleet.run_fleet:rebind",
        "status": "auditor.cli.fleet.look_back:status",
        "drift": "auditor.cli.fleet.look_back:drift",
        "history": "auditor.cli.fleet.look_back:history",
        "report": "auditor.cli.fleet.judge_again:report",
        "ask": "auditor.cli.fleet.judge_again:ask",
        "outliers": "auditor.cli.fleet.judge_again:outliers",
        "metrics": "auditor.cli.fleet.metrics:metrics",
        "units": "auditor.cli.fleet.units:units",
        "page": "auditor.cli.fleet.page:page",
        "digest": "auditor.cli.fleet.digest:digest",
        "migrate": "auditor.cli.fleet.keep:migrate",
        "prune": "auditor.cli.fleet.keep:prune",
        "forget": "auditor.cli.fleet.keep:forget",
    }
)
