"""What people read for how something stood, and for why it changed, in a fleet's history."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from auditor.messages.message import template

# Of controls and findings.
STANDINGS: Final[Mapping[str, str]] = {
    "passed": template("passed"),
    "failed": template("failed"),
    "unknown": template("undecided"),
    "error": template("undecided"),
    "not-applicable": template("not applicable"),
    "manual": template("for people"),
    "waived": template("accepted"),
    "undecided": template("undecided"),
    "fixed": template("fixed"),
    "gone": template("object is gone"),
    "not-asked": template("no longer asked"),
}
CAUSES: Final[Mapping[str, str]] = {
    "first": template("first audit"),
    "pbx": template("PBX"),
    "rules": template("rules"),
    "site": template("site file, waivers"),
    "view": template("what could be read"),
    "time": template("time"),
}
