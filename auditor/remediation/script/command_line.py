"""The command line."""

import argparse
import getpass
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from auditor.remediation.script.everything import Everything
from auditor.remediation.script.pbx_client import Pbx
from auditor.remediation.script.plan_file import chosen, foretell, load
from auditor.remediation.script.plan_folder import Folder, kept_name
from auditor.remediation.script.safe_files import read_file
from auditor.remediation.script.shared import ASK, CLASSES, STATE, Json, StopError, write_out
from auditor.remediation.script.steps import Steps
from auditor.remediation.script.way_back import Back
from auditor.remediation.script.whole_objects import place_of

if sys.platform != "win32":
    import resource
try:
    import ctypes
except ImportError:  # a Python that was built without
    ctypes = None  # type: ignore[assignment]

PR_SET_DUMPABLE = 4
MIN_HASH = 12


def leave_no_core() -> None:
    """See that no image of this process, which holds passwords, is ever written to a disk."""
    if sys.platform != "win32":
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux" and ctypes is not None:
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0, 0, 0, 0)


def account() -> tuple[str, str]:
    """Return the name and the password of the administrator."""
    name = os.environ.get("PBX_ADMIN_USERNAME")
    password = os.environ.get("PBX_ADMIN_PASSWORD")
    if name and password:
        return name, password
    if not sys.stdin or not sys.stdin.isatty():
        raise StopError(2, "set PBX_ADMIN_USERNAME and PBX_ADMIN_PASSWORD")
    return input("administrator: "), getpass.getpass()


def options_of(arguments: Sequence[str] | None, *, back: bool) -> argparse.Namespace:
    """Return what the command line says."""
    # In the file that is handed out: how it begins, and where it lies.
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add = parser.add_argument
    add("--plan", type=Path, default=Path(__file__).with_name("plan.json"), help="the plan")
    add("--url", required=True, help="address of the PBX, the master: https://host")
    add("--fingerprint", default="", help="SHA-256 of the certificate, instead of a trusted one")
    add("--ca-file", default=None, help="authority of the certificate")
    add(
        "--apply",
        nargs="?",
        default="",
        const=ASK,
        metavar="HASH",
        help="do it: the first 12 characters of the hash of the plan; without them it asks",
    )
    add("--only", default="", metavar="HD-04,7,…", help="steps of these controls or numbers only")
    add("--class", dest="classes", action="append", choices=CLASSES, help="steps of this class")
    add("--accept-dangerous", action="store_true", help="although the plan opens something")
    add("--passwords-ready", action="store_true", help="phones and people have the new passwords")
    add("--password-command", default="", metavar="PROGRAM", help="keeps new passwords")
    if back:
        add("--restore", action="store_true", help="what was noted, whatever is there now")
        add("--everything", action="store_true", help="with --restore: all else that was kept too")
    options = parser.parse_args(arguments)
    if back and options.everything and not options.restore:
        parser.error("--everything goes with --restore")
    return options


def approve(plan: Json, options: argparse.Namespace) -> None:
    """Refuse to change anything unless whoever runs this knows the hash of the plan."""
    if options.apply == ASK:
        if not sys.stdin or not sys.stdin.isatty():
            raise StopError(2, "there is nobody to ask: give the hash of the plan, --apply HASH")
        options.apply = input("hash of the plan, at least 12 characters: ").strip() or "none"
    if options.apply and not (
        len(options.apply) >= MIN_HASH and plan["hash"].startswith(options.apply)
    ):
        raise StopError(2, "this is not the hash of the plan: read it, then give its hash")


def run(arguments: Sequence[str] | None, *, back: bool) -> None:
    """Look at the steps of a plan, and do them or take them back if that was approved."""
    options = options_of(arguments, back=back)
    plan = load(options.plan)
    steps = chosen(plan, options)
    if not back:
        foretell(plan, options)
    approve(plan, options)
    by_hand = sum(not step["change"]["machine"] for step in steps)
    if by_hand and not back:
        write_out(f"{by_hand} of {len(steps)} steps are left to people: see runbook.md")
    steps = [step for step in steps if step["change"]["machine"]]
    if not steps:
        write_out("nothing to do for this script")
        return
    with Folder(options.plan.parent, plan, changes=bool(options.apply)) as folder:
        folder.check()
        folder.every()
        pbx = Pbx(options.url, account(), (options.fingerprint, options.ca_file), plan)
        if pbx.box().get("serial") != plan["box"]:
            raise StopError(2, "the plan was made for another box: the serial number differs")
        one: Steps = (Back if back else Steps)(pbx, folder, options, plan)
        try:
            if isinstance(one, Back):
                undo_all(one, steps)
            else:
                do_all(one, steps)
        finally:
            say_window(pbx)
    say_end(pbx, one, steps)


def do_all(one: Steps, steps: list[Json]) -> None:
    """Do the steps, the first one first."""
    if one.options.apply:
        one.folder.keep(read_file(one.options.plan))
        one.keep_configuration()
    for step in steps:
        one.do(step)


def undo_all(one: Back, steps: list[Json]) -> None:
    """Take the steps back that were begun, the last one first."""
    order = list(one.folder.notes())
    if one.options.apply and order:
        one.witness.look()  # what changes by itself until the first write is nothing of ours
    hint_at_others(one.folder)
    if not order:
        write_out(f"{STATE} has no note of a step of this plan: there is nothing to take back")
    steps = [step for step in steps if step["number"] in order]
    steps.sort(key=lambda step: order.index(step["number"]), reverse=True)
    if one.options.restore:
        restore_all(one, steps)
    else:
        for step in steps:
            one.undo(step)


def restore_all(one: Back, steps: list[Json]) -> None:
    """Put back what was noted of the places of steps, and all else if that is asked for."""
    places: dict[str, list[Json]] = {}
    for step in steps:
        if one.is_to_restore(step):
            places.setdefault(place_of(step["change"]["machine"]), []).append(step)
    problems = []
    for together in places.values():
        try:
            one.restore(together)
        except StopError as error:
            if error.code != 1 or not one.options.everything:
                raise
            write_out(f"stopped: {error}")
            problems.append(error)
    if one.options.everything:
        Everything(one, one.folder, apply=bool(one.options.apply)).restore()
    if problems:
        raise problems[0]


def say_window(pbx: Pbx) -> None:
    """Say for how long a change of somebody else could have been written over."""
    if pbx.window is not None:
        write_out(f"from the last look to the end of a write it took {pbx.window:.3f} s at most")


def say_end(pbx: Pbx, one: Steps, steps: list[Json]) -> None:
    """Say what became of the steps."""
    for outcome, count in one.outcomes.items():
        write_out(f"steps that ended with {outcome!r}: {count}")
    has_options = any(step["change"]["machine"]["kind"] == "option" for step in steps)
    if one.options.apply and has_options and pbx.box().get("reset-required") == "true":
        write_out("the box says that it needs a reset before all of this counts")
    if not one.options.apply:
        write_out(f"nothing was changed; to do it, add --apply {one.hash[:12]}")


def hint_at_others(folder: Folder) -> None:
    """Say that steps of other plans were done too; stop if there is nothing else to take back."""
    for plan in folder.others():
        hint = f"{STATE} holds steps of another plan: "
        hint += f"take them back with --plan {kept_name(plan)} --apply {plan[:12]}"
        if not folder.notes():
            raise StopError(2, hint)
        write_out(hint)


def main(arguments: Sequence[str] | None = None, *, back: bool = False) -> int:
    """Return the exit code of a run."""
    leave_no_core()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        run(arguments, back=back)
        sys.stdout.flush()
    except StopError as stop:
        write_out(f"stopped: {stop}", file=sys.stderr)
        return stop.code
    except (KeyboardInterrupt, EOFError):
        write_out("interrupted: run again to go on", file=sys.stderr)
        return 130
    except OSError as error:  # all others are a StopError: nobody reads what this prints
        sys.stdout = None
        write_out(f"stopped: the output cannot be written ({error.strerror})", file=sys.stderr)
        return 6
    except RecursionError:
        write_out(
            "stopped: the PBX answers with elements that are nested too deep", file=sys.stderr
        )
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
