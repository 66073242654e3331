"""`pbx-auditor fleet`: many PBXs; begin, check and fill their inventory, and audit them."""

from __future__ import annotations

from typing import Final

from auditor.cli.group import Group

HELP: Final = "Audit many PBXs every night: their inventory, their runs, their history."
GROUPS: Final = {
    "discover": "Propose tenants and PBXs of an inventory by what others know of them.",
    "collector": "Say who may bring what was read in networks that nobody reaches from here.",
}
GROUP: Final = Group(
    {
        "init": "auditor.cli.fleet_begin:init",
        "check": "auditor.cli.fleet_begin:check",
        "discover backups": "auditor.cli.fleet_discover:backups",
        "discover devices": "auditor.cli.fleet_discover_devices:devices",
        "import": "auditor.cli.fleet_import:import_any",
        "collect": "auditor.cli.fleet_collect:collect",
        "collector add": "auditor.cli.fleet_collect:add",
        "collector revoke": "auditor.cli.fleet_collect:revoke",
        "collector list": "auditor.cli.fleet_collect:listed",
        "run": "auditor.cli.fleet_run:run",
        "worker": "auditor.cli.fleet_worker:worker",
        "rebind": "auditor.cli.fleet_run:rebind",
        "status": "auditor.cli.fleet_look_back:status",
        "drift": "auditor.cli.fleet_look_back:drift",
        "history": "auditor.cli.fleet_look_back:history",
        "report": "auditor.cli.fleet_again:report",
        "ask": "auditor.cli.fleet_again:ask",
        "outliers": "auditor.cli.fleet_again:outliers",
        "metrics": "auditor.cli.fleet_metrics:metrics",
        "units": "auditor.cli.fleet_units:units",
        "page": "auditor.cli.fleet_page:page",
        "digest": "auditor.cli.fleet_digest:digest",
        "migrate": "auditor.cli.fleet_keeping:migrate",
        "prune": "auditor.cli.fleet_keeping:prune",
        "forget": "auditor.cli.fleet_keeping:forget",
    }
)
