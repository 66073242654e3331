"""The command line."""

import argparse
import sys
from collections.abc import Sequence

from auditor.remediation.script.arguments import account, choose_language, options_of
from auditor.remediation.script.full_restore import Everything
from auditor.remediation.script.pbx_client import Pbx
from auditor.remediation.script.plan_file import chosen, foretell, load
from auditor.remediation.script.plan_folder import Folder, kept_name
from auditor.remediation.script.rollback_steps import Back
from auditor.remediation.script.safe_files import read_file
from auditor.remediation.script.script_messages import SPELT, say
from auditor.remediation.script.shared import (
    ASK,
    STATE,
    Json,
    StopError,
    ask,
    complain,
    write_out,
)
from auditor.remediation.script.steps import Steps
from auditor.remediation.script.system_words import why_not
from auditor.remediation.script.whole_objects import place_of
from auditor.remediation.script.xml_reading import TOO_DEEP

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


def approve(plan: Json, options: argparse.Namespace) -> None:
    """Refuse to change anything unless whoever runs this knows the hash of the plan."""
    if options.apply == ASK:
        if not sys.stdin or not sys.stdin.isatty():
            raise StopError(
                2, say("there is nobody to ask: give the hash of the plan, --apply HASH")
            )
        options.apply = ask(say("hash of the plan, at least 12 characters: ")).strip() or "none"
    if options.apply and not (
        len(options.apply) >= MIN_HASH and plan["hash"].startswith(options.apply)
    ):
        raise StopError(2, say("this is not the hash of the plan: read it, then give its hash"))


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
        write_out(
            say(
                "left to people: {count} of {total} steps, see runbook.md",
                count=by_hand,
                total=len(steps),
            )
        )
    steps = [step for step in steps if step["change"]["machine"]]
    if not steps:
        write_out(say("nothing to do for this script"))
        return
    with Folder(options.plan.parent, plan, changes=bool(options.apply)) as folder:
        folder.check()
        folder.every()
        pbx = Pbx(options.url, account(), (options.fingerprint, options.ca_file), plan)
        if pbx.box().get("serial") != plan["box"]:
            raise StopError(2, say("the plan was made for another box: the serial number differs"))
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
        write_out(
            say(
                "{state} has no note of a step of this plan: there is nothing to take back",
                state=STATE,
            )
        )
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
            write_out(say("stopped: {reason}", reason=error.said))
            problems.append(error)
    if one.options.everything:
        Everything(one, one.folder, apply=bool(one.options.apply)).restore()
    if problems:
        raise problems[0]


def say_window(pbx: Pbx) -> None:
    """Say for how long a change of somebody else could have been written over."""
    if pbx.window is not None:
        seconds = f"{pbx.window:.3f}"
        write_out(
            say(
                "from the last look to the end of a write it took {seconds} s at most",
                seconds=seconds,
            )
        )


def say_end(pbx: Pbx, one: Steps, steps: list[Json]) -> None:
    """Say what became of the steps."""
    for outcome, count in one.outcomes.items():
        write_out(say("steps that ended with '{outcome}': {count}", outcome=outcome, count=count))
    has_options = any(step["change"]["machine"]["kind"] == "option" for step in steps)
    if one.options.apply and has_options and pbx.box().get("reset-required") == "true":
        write_out(say("the box says that it needs a reset before all of this counts"))
    if not one.options.apply:
        digest = one.hash[:12]
        write_out(say("nothing was changed; to do it, add --apply {hash}", hash=digest))


def hint_at_others(folder: Folder) -> None:
    """Say that steps of other plans were done too; stop if there is nothing else to take back."""
    for plan in folder.others():
        hint = say(
            "{state} holds steps of another plan: take them back with --plan {plan} --apply {hash}",
            state=STATE,
            plan=kept_name(plan),
            hash=plan[:12],
        )
        if not folder.notes():
            raise StopError(2, hint)
        write_out(hint)


def main(arguments: Sequence[str] | None = None, *, back: bool = False) -> int:
    """Return the exit code of a run."""
    leave_no_core()
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors=SPELT)
    try:
        choose_language(arguments)
        run(arguments, back=back)
        if sys.stdout is not None:  # closed
            sys.stdout.flush()
    except StopError as stop:
        complain(say("stopped: {reason}", reason=stop.said))
        return stop.code
    except (KeyboardInterrupt, EOFError):
        complain(say("interrupted: run again to go on"))
        return 130
    except OSError as error:  # all others are a StopError: nobody reads what this prints
        sys.stdout = None
        reason = why_not(error)
        complain(say("stopped: the output cannot be written ({reason})", reason=reason))
        return 6
    except RecursionError:
        complain(say("stopped: {reason}", reason=TOO_DEEP))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
