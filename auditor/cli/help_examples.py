"""Examples for the help of each command: lines that can be typed as they are, or nearly so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

_WAIVER: Final = (
    "waivers add waivers.toml --rule HD-16 --name anna --reason 'at home' --owner Anna"
    " --approver Ben --ticket T-1 --expires 2027-05-31"
)
EXAMPLES: Final[Mapping[str, Sequence[str]]] = {
    "audit": (
        "audit cfg.txt",
        "audit https://pbx.example.com --site site.toml -o report",
        "audit evidence/ --profile baseline --format json,html,sarif -o report",
        "audit snapshot.json --control HD-01 --control HD-02 --verbose",
        "audit cfg.txt --baseline baseline.json --fail-on-new --quiet",
    ),
    "report": (
        "report report/report.json --format pdf -o report",
        "report report.html --format markdown,junit -o out --language de",
    ),
    "diff": ("diff old/report.json new/report.json", "diff old.json new.json --json"),
    "collect": (
        "collect https://pbx.example.com --site site.toml -o snapshot.json",
        "collect cfg.txt -o snapshot.json",
    ),
    "doctor": (
        "doctor https://pbx.example.com --site site.toml",
        "doctor https://pbx.example.com --show-fingerprint",
    ),
    "demo": ("demo", "demo -o out/demo --language de"),
    "simulate": (
        "simulate --config hardened --port 8080",
        "simulate --tls --json",
        "simulate --tls --app admin --train 14r1",
    ),
    "learn": (
        "learn --fact ip_filter --marker 192.0.2.77 --by Anna --before old.txt --after new.txt",
    ),
    "attest": ("attest HD-03 --value 0 --by Anna --until 2027-05-31",),
    "schema": ("schema report", "schema plan", "schema fleet", "schema look-back", "schema digest"),
    "fleet init": ("fleet init", "fleet init --name 'Example Ltd' --language de"),
    "fleet check": ("fleet check", "fleet check fleet.toml --language de"),
    "fleet run": (
        "fleet run",
        "fleet run --only tenant=muster --verbose",
        "fleet run --changed --window 4h --min-reached 90",
        "fleet run --resume",
    ),
    "fleet rebind": ("fleet rebind graz-1", "fleet rebind graz-1 --inventory fleet.toml"),
    "fleet import": (
        "fleet import customers.csv",
        "fleet import customers.csv -o fleet.d/customers.toml",
        "fleet import graz-1796022655.zip --inventory fleet.toml",
    ),
    "fleet discover backups": (
        "fleet discover backups /srv/backups --tenant muster",
        "fleet discover backups /srv/backups --tenant muster -o fleet.d/muster.toml",
    ),
    "fleet discover devices": (
        "fleet discover devices wss://ap.example/platform.example/devices --site platform.toml",
        "fleet discover devices wss://ap.example/example.com/devices -o fleet.d/example.toml",
    ),
    "fleet collect": ("fleet collect", "fleet collect --only tag=hotel -o bundle.zip"),
    "fleet collector add": ("fleet collector add graz --tenant muster",),
    "fleet collector revoke": ("fleet collector revoke graz",),
    "fleet collector list": ("fleet collector list",),
    "fleet migrate": ("fleet migrate", "fleet migrate fleet.toml"),
    "fleet worker": ("fleet worker", "fleet worker fleet.toml --slots 16 --collector graz"),
    "fleet status": (
        "fleet status",
        "fleet status --tenant muster --language de",
        "fleet status --format json",
    ),
    "fleet drift": ("fleet drift", "fleet drift --since 2026-03-01 --format csv"),
    "fleet history": (
        "fleet history graz-1",
        "fleet history graz-1 HD-01",
        "fleet history verify",
    ),
    "fleet report": (
        "fleet report graz-1 -o report",
        "fleet report graz-1 --at 2026-03-31 --format html,json,csv -o march",
    ),
    "fleet ask": ("fleet ask HD-01", "fleet ask HD-01 --at 2026-03-31 --tenant muster"),
    "fleet outliers": ("fleet outliers", "fleet outliers --tenant muster"),
    "fleet metrics": (
        "fleet metrics",
        "fleet metrics --textfile /var/lib/prometheus/node-exporter/pbx-auditor.prom",
    ),
    "fleet units": (
        "fleet units systemd",
        "fleet units systemd /etc/pbx-auditor/fleet.toml --at 01:05 --install",
        "fleet units kubernetes --out k8s",
    ),
    "fleet page": (
        "fleet page",
        "fleet page --reports needing",
        "fleet page --tenant muster --language de -o pages",
    ),
    "fleet digest": (
        "fleet digest",
        "fleet digest --dry-run --recipient officer",
        "fleet digest --tenant muster --language de --wait 30m",
    ),
    "fleet prune": ("fleet prune --dry-run", "fleet prune"),
    "fleet forget": ("fleet forget muster", "fleet forget muster --yes -o receipt.json"),
    "help": ("help", "help site-file", "help waivers"),
    "branding init": ("branding init --partner Partner --customer Customer",),
    "site init": ("site init", "site init --trunk-prefix 0 --language de -o site.toml"),
    "baseline create": ("baseline create report/report.json -o baseline.json",),
    "dialects list": ("dialects list", "dialects list site-dialect.toml"),
    "dialects check": ("dialects check site-dialect.toml --against cfg.txt",),
    "rules list": ("rules list --profile tutorial", "rules list --json"),
    "rules explain": ("rules explain HD-01", "rules explain 1f2e3d4c --in report/report.json"),
    "rules test": ("rules test own-rules/",),
    "rules docs": ("rules docs -o docs/rules --rules own-rules/",),
    "waivers lint": ("waivers lint waivers.toml",),
    "waivers list": ("waivers list waivers.toml --expiring 30d",),
    "waivers audit": ("waivers audit waivers.toml --in report/report.json",),
    "waivers add": (_WAIVER,),
    "remediate plan": (
        "remediate plan cfg.txt --site site.toml -o report/remediation",
        "remediate plan snapshot.json --what-if",
    ),
    "remediate show": ("remediate show report/remediation",),
    "remediate status": ("remediate status report/remediation",),
    "remediate apply": (
        "remediate apply report/remediation --url https://pbx.example.com",
        "remediate apply report/remediation --url https://pbx.example.com --apply ask",
    ),
    "remediate rollback": (
        "remediate rollback report/remediation --url https://pbx.example.com --apply ask",
    ),
    "package create": ("package create report -o report.zip --sign key.pem",),
    "package verify": ("package verify report.zip --key public.pem",),
    "site check": ("site check site.toml",),
}


def epilog_of(command: str) -> str:
    """Return the examples of a command as its help shows them; its lines are not wrapped."""
    lines = EXAMPLES.get(command, ())
    shown = [f"  pbx-auditor {line}" for line in lines]
    return "\n".join(["\b", "Examples:", *shown]) if shown else ""
