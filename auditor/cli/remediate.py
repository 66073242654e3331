"""`pbx-auditor remediate`: look at a plan, try it out, apply it, and take it back."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Annotated, Any, Final

import typer

from auditor.audit import audit, check_form, check_target, is_live, read_target
from auditor.cli.console import say, show
from auditor.cli.live import live_options
from auditor.cli.planning import prepare
from auditor.credentials import find_credentials
from auditor.errors import ExitCode, InputError
from auditor.gate import Thresholds
from auditor.model.vocabulary import Severity
from auditor.remediation.plan import build_plan
from auditor.remediation.scripts import SCRIPTS
from auditor.remediation.whatif import applied, differences, is_dangerous, opened
from auditor.report.score import score
from auditor.report.text import visible
from auditor.settings import DEFAULTS
from auditor.view import AuditView

HELP: Final = "Look at a remediation plan, try it out, apply it, take it back."
_STATE: Final = "remediation.state"

Folder = Annotated[
    Path,
    typer.Argument(metavar="FOLDER", help="The folder that holds plan.json.", show_default=False),
]
Url = Annotated[str, typer.Option(help="Address of the PBX, the master: https://host.")]
Hash = Annotated[
    str, typer.Option("--apply", metavar="HASH", help="Do it; the hash of the plan, 12 characters.")
]
Only = Annotated[str, typer.Option(help="Steps of these controls only, comma-separated.")]
Safe = Annotated[bool, typer.Option("--safe", help="Steps of class safe only.")]
Phones = Annotated[bool, typer.Option("--phones-ready", help="The phones have the new password.")]
Fingerprint = Annotated[str, typer.Option(help="SHA-256 of the certificate of the PBX.")]
CaFile = Annotated[str, typer.Option(help="Authority of the certificate of the PBX.")]


def plan_command(folder: Folder) -> None:
    """Show the steps of a plan: what a script does, and what is left to people."""
    for step in _plan(folder)["steps"]:
        change = step["change"]
        how = "script" if change["machine"] else f"by hand: {change['by_hand']}"
        name = visible(step["subject"]["name"])
        show(f"{step['number']:4} {step['control']:7} {step['action_class']:13} {name}")
        wanted = visible(change["wanted"] or "nothing")
        show(f"     {visible(change['property'])} -> {wanted}; {visible(how)}")


def status(folder: Folder) -> None:
    """Show which steps of a plan were done, taken back, or begun and not finished."""
    plan = _plan(folder)
    phases = {note["step"]: note["phase"] for note in _notes(folder)}
    for step in plan["steps"]:
        if step["change"]["machine"]:
            phase = phases.get(step["number"], "not done")
            name = visible(step["subject"]["name"])
            show(f"{step['number']:4} {step['control']:7} {phase:9} {name}")


def apply(
    folder: Folder,
    url: Url,
    approved: Hash = "",
    only: Only = "",
    fingerprint: Fingerprint = "",
    ca_file: CaFile = "",
    *,
    safe: Safe = False,
    phones_ready: Phones = False,
) -> None:
    """Apply a plan; without --apply only say what would be done.

    The account of an administrator comes from PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD. This runs
    the same script that lies beside the plan, from the installed program.

    Exit codes: 0 done, 1 a step is not as expected, 2 wrong input, 3 unreachable, 6 output.
    """
    more = ["--safe"] * safe + ["--phones-ready"] * phones_ready
    _run(folder, url, [*_trust(fingerprint, ca_file), "--only", only, "--apply", approved, *more])


def rollback(
    folder: Folder,
    url: Url,
    approved: Hash = "",
    fingerprint: Fingerprint = "",
    ca_file: CaFile = "",
) -> None:
    """Take back what was done of a plan, the last step first.

    Exit codes as those of apply.
    """
    _run(folder, url, [*_trust(fingerprint, ca_file), "--apply", approved], back=True)


def what_if(
    target: Annotated[str, typer.Argument(help="As for audit; a snapshot is enough.")],
    site: Annotated[Path | None, typer.Option(help="Site file (TOML).")] = None,
    profile: Annotated[str, typer.Option(help="Selection of controls.")] = "tutorial",
) -> None:
    """Audit a target as it is, and as it would be after the plan that follows from it.

    Exit codes: 0, or 1 if the plan opens something as bad as what it closes; else as for audit.
    """
    chosen = prepare(site, profile, (), Thresholds(Severity.HIGH))
    check_form(target)
    credentials = find_credentials(chosen.site, live=is_live(target))
    check_target(target, credentials)
    reading = DEFAULTS.timeout, DEFAULTS.deadline, DEFAULTS.max_connections
    with live_options(*reading) as options:
        snapshot = read_target(target, chosen.site, credentials, replace(options))
    before = audit(snapshot, chosen.site, chosen.selection, chosen.today)
    view = AuditView(before.snapshot, chosen.site, chosen.today)
    plan = build_plan(view, before.results, target_name=chosen.site.target.name, run_id="what-if")
    after = audit(applied(snapshot, plan), chosen.site, chosen.selection, chosen.today)
    made = sum(step.change.machine is not None for step in plan.steps)
    show(f"{made} of {len(plan.steps)} steps are made by a script\n")
    for one in differences(before.results, after.results):
        show(f"{one.control:7} {one.severity.value:8} {one.before} -> {one.after}")
    for name, results in (("before", before.results), ("after", after.results)):
        value, reason = score(results, chosen.minimum_coverage)
        show(f"score {name}: {reason if value is None else f'{value} of 100'}")
    opening = opened(before.results, after.results)
    for result in opening:
        say(f"it opens {result.rule.id}: {result.rule.title}")
    if is_dangerous(plan, opening):
        say("dangerous: what it opens is as bad as what it closes")
        raise typer.Exit(ExitCode.FINDINGS)


def _trust(fingerprint: str, ca_file: str) -> list[str]:
    given = ["--fingerprint", fingerprint] if fingerprint else []
    return [*given, *(["--ca-file", ca_file] if ca_file else [])]


def _run(folder: Folder, url: str, options: Sequence[str], *, back: bool = False) -> None:
    """Run the script that is handed out, from the installed program."""
    plan = _path(folder)
    code: int = _script().main(["--plan", str(plan), "--url", url, *options], back=back)
    raise typer.Exit(code)


def _script() -> ModuleType:
    spec = spec_from_file_location("pbx_auditor_remediate", SCRIPTS[0])
    if spec is None or spec.loader is None:
        raise FileNotFoundError(SCRIPTS[0])
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def _path(folder: Path) -> Path:
    return folder if folder.is_file() else folder / "plan.json"


def _plan(folder: Path) -> dict[str, Any]:
    """Return a plan. Raises InputError."""
    path = _path(folder)
    try:
        plan: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        for step in plan["steps"]:
            step["change"]["machine"], step["subject"]["name"], step["number"]
    except OSError as error:
        raise InputError(f"the plan cannot be read ({error.strerror})", where=str(path)) from None
    except (ValueError, KeyError, TypeError):
        raise InputError("this is no plan of this version", where=str(path)) from None
    return plan


def _notes(folder: Path) -> list[dict[str, Any]]:
    """Return what was noted of each step, in its order. Raises InputError."""
    path = _path(folder).with_name(_STATE)
    try:
        return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except FileNotFoundError:
        return []
    except (OSError, ValueError):
        raise InputError("what was noted of the steps cannot be read", where=str(path)) from None


GROUP: Final[Mapping[str, Callable[..., None]]] = {
    "show": plan_command,
    "what-if": what_if,
    "apply": apply,
    "rollback": rollback,
    "status": status,
}
