"""The commands of the program, and the module of each."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

# Only the module of the command that runs is imported: a file audit needs no HTTP.
COMMANDS: Final[Mapping[str, str]] = {
    "audit": "auditor.cli.audit",
    "report": "auditor.cli.report",
    "diff": "auditor.cli.diff",
    "baseline": "auditor.cli.baseline",
    "collect": "auditor.cli.collect",
    "doctor": "auditor.cli.doctor",
    "demo": "auditor.cli.demo",
    "simulate": "auditor.cli.simulate",
    "learn": "auditor.cli.learn",
    "dialects": "auditor.cli.dialects",
    "rules": "auditor.cli.rules",
    "attest": "auditor.cli.attest",
    "waivers": "auditor.cli.waivers",
    "remediate": "auditor.cli.remediate",
    "package": "auditor.cli.package",
    "site": "auditor.cli.site",
    "branding": "auditor.cli.branding",
    "fleet": "auditor.cli.fleet",
    "schema": "auditor.cli.schema",
    "help": "auditor.cli.help",
}
