"""The plan."""

import argparse
import hashlib
import json
import re
from pathlib import Path

from auditor.remediation.script.safe_files import read_file
from auditor.remediation.script.script_messages import quoted, say
from auditor.remediation.script.shared import CLASSES, NEEDS, Json, StopError, spoken, write_out
from auditor.remediation.script.system_words import why_not

VERSION = "2"  # of plans that this understands; what follows its first point only adds
SEVERITIES = {
    "critical": say("critical"),
    "high": say("high"),
    "medium": say("medium"),
    "low": say("low"),
    "info": say("info"),
}


def load(path: Path) -> Json:
    """Return the plan; its hash must be that of what is in it."""
    try:
        plan: Json = json.loads(read_file(path).decode())
        stated = plan["hash"]
        covered = {name: plan[name] for name in ("box", "steps", "prospect")}
        text = json.dumps(covered, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        found = hashlib.sha256(text.encode()).hexdigest()
    except OSError as error:
        reason = why_not(error)
        raise StopError(
            2, say("{path} cannot be read ({error})", path=str(path), error=reason)
        ) from None
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StopError(2, say("{path} is no plan", path=str(path))) from None
    if found != stated:
        raise StopError(
            2,
            say("{path} was changed since it was made: its hash is another one", path=str(path)),
        )
    try:
        is_plan = is_sound(plan)
    except (ValueError, KeyError, TypeError, AttributeError):
        is_plan = False
    if not is_plan:
        raise StopError(2, say("{path} is no plan that this script understands", path=str(path)))
    return plan


def is_sound(plan: Json) -> bool:
    """Return whether a plan has all that a run reads of it, in the form that it needs."""
    steps, prospect = plan["steps"], plan["prospect"] or {"opens": [], "dangerous": False}
    numbers = [step["number"] for step in steps]
    texts = [step[key] for step in steps for key in ("control", "action_class")]
    texts += [step["subject"]["name"] for step in steps]
    texts += [step["subject"].get("name_de", "") for step in steps]
    texts += [step["change"][key] for step in steps for key in ("property", "wanted", "by_hand")]
    texts += [step["change"].get(key, "") for step in steps for key in ("wanted_de", "by_hand_de")]
    changes = [step["change"]["machine"] for step in steps]
    return (
        isinstance(steps, list)
        and plan["schema_version"].partition(".")[0] == VERSION
        and all(step["action_class"] in CLASSES for step in steps)
        and all(is_opening(one) for one in prospect["opens"])
        and all(type(number) is int for number in numbers)
        and len(set(numbers)) == len(numbers)
        and type(prospect["dangerous"]) is bool
        and all(isinstance(text, str) for text in [plan["box"], *texts])
        and all(is_change(change) for change in changes if change is not None)
    )


def is_opening(opening: Json) -> bool:
    """Return whether what a plan opens can be told, all of it in each language."""
    details, german = opening["details"], opening.get("details_de", [])
    lists = [opening["caused_by"], details, german]
    texts = [opening["control"], opening["severity"], opening["title"], opening.get("title_de", "")]
    return (
        all(isinstance(one, list) for one in lists)
        and len(german) in {0, len(details)}
        and all(isinstance(text, str) for one in (texts, *lists) for text in one)
    )


def is_change(change: Json) -> bool:
    """Return whether a change is of a known kind, and its names can be nothing but names."""
    needs = NEEDS[change["kind"]]
    texts = [change[key] for key in needs]
    named = [change[key] for key in ("attribute", "element") if key in needs]
    named += change["before"].split() if change["kind"] == "marks" else []
    values = [change.get(key) for key in ("before", "after", "name")]
    return (
        all(isinstance(text, str) for text in texts)
        and all(value is None or isinstance(value, str) for value in values)
        and all(re.fullmatch(r"[A-Za-z][\w.-]*", name, re.ASCII) for name in named)
        and change.get("path") in {None, "allow", "pseudo/app"}
        and change.get("tag") in {None, "cd", "fork"}
        and all(change[key] for key in ("guid", "cn", "head") if key in needs)
        and (change["kind"] != "option" or re.fullmatch(r"[^\s/]\S*", change["after"]) is not None)
        and (change["kind"] != "password" or change["length"] in range(12, 65))
    )


def chosen(plan: Json, options: argparse.Namespace) -> list[Json]:
    """Return the steps that --only and --class leave."""
    steps: list[Json] = plan["steps"]
    if options.only:
        wanted = [part.strip() for part in options.only.split(",") if part.strip()]
        known = {step["control"] for step in steps} | {str(step["number"]) for step in steps}
        unknown = [part for part in wanted if part not in known]
        if unknown:
            raise StopError(2, say("--only: the plan has no step {name}", name=unknown[0][:40]))
        steps = [s for s in steps if s["control"] in wanted or str(s["number"]) in wanted]
    if options.classes:
        steps = [step for step in steps if step["action_class"] in options.classes]
    return steps


def foretell(plan: Json, options: argparse.Namespace) -> None:
    """Say what the plan opens, and refuse a dangerous one unless that is accepted."""
    prospect = plan["prospect"] or {"opens": [], "dangerous": False}
    for one in prospect["opens"]:
        write_out(
            say(
                "it opens {control} ({severity}, by {causes}): {title}",
                control=one["control"],
                severity=SEVERITIES.get(one["severity"], one["severity"]),
                causes=", ".join(one["caused_by"]),
                title=spoken(one, "title"),
            )
        )
        for detail in spoken(one, "details"):
            write_out(say("{detail}", detail=quoted(detail)), indent="  ")
    if prospect["dangerous"] and options.apply and not options.accept_dangerous:
        raise StopError(2, say("the plan is dangerous, see what it opens: add --accept-dangerous"))
