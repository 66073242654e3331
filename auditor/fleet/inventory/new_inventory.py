"""The inventory that somebody begins with: one tenant and one PBX, and every key explained."""

from __future__ import annotations

from typing import Final

from auditor.files.toml_outline import Answers, Entry, outline
from auditor.fleet.inventory.inventory_document import FleetTable
from auditor.fleet.inventory.inventory_files import problems_of
from auditor.messages.languages import Language, translated
from auditor.messages.message import NOTHING, Message, say

NAME: Final = ("fleet", "name")
LANGUAGE: Final = ("defaults", "language")
# What stands in double brackets: the header is written around the name.
_TENANT: Final = "[tenant]"
_PBX: Final = "[pbx]"
_RECIPIENT: Final = "[recipient]"
_CREDENTIALS: Final = "defaults.credentials"

_TITLE: Final = say(
    "All PBXs that are audited together. Take the # away where you want something else. Paths are "
    "taken from the folder of this file; more [[tenant]] and [[pbx]] blocks may lie in "
    "fleet.d/*.toml beside it. `pbx-auditor help fleet` explains all keys, `pbx-auditor fleet "
    "check` finds mistakes."
)
_ENTRIES: Final = (
    Entry(*NAME, say("What reports call the fleet."), "Example Ltd"),
    Entry("fleet", "history", say("The file that keeps what changed, and when."), "history.db"),
    Entry("fleet", "reports", say("The folder for reports."), "reports"),
    Entry("fleet", "every", say("How often a run is expected; a missing one is told."), "24h"),
    Entry("defaults", "profile", say("The selection of controls."), "baseline"),
    Entry(*LANGUAGE, say("The language that a reader sees first, en or de."), "en"),
    Entry("defaults", "deadline", say("How long reading and judging one PBX may take."), "5m"),
    Entry("defaults", "max_age", say("What is older than this is stale, never fine."), "3d"),
    Entry("defaults", "at_once", say("How many PBXs of one tenant are read at a time."), 4),
    Entry("defaults", "time_zone", say("Whose days count for what expires."), "Europe/Vienna"),
    Entry(
        _CREDENTIALS,
        "username_env",
        say(
            "Where the account of live PBXs is found, never the account itself. A tenant and a PBX "
            "may have such a table too; the nearest counts as a whole."
        ),
        "PBX_AUDITOR_USERNAME",
    ),
    Entry(
        _CREDENTIALS,
        "password_file",
        say("A file that nobody else can read; or password_env, password_command."),
        "private/password",
    ),
    Entry("retention", "every_run_days", say("For how long each run is kept."), 400),
    Entry("retention", "month_ends_years", say("For how long one run a month is kept."), 10),
    Entry(_TENANT, "id", say("A customer, by a short id that never changes."), "example"),
    Entry(_TENANT, "name", say("What reports call the customer."), "Example Ltd"),
    Entry(_PBX, "id", say("A PBX, by an id that never changes: its history hangs on it."), "pbx-1"),
    Entry(_PBX, "tenant", say("The id of its customer."), "example"),
    Entry(
        _PBX,
        "target",
        say("Its address, or a file, a folder, a snapshot, or a pattern for folders."),
        "https://pbx.example.com",
    ),
    Entry(_PBX, "site", say("What only you know about it; `site init` begins one."), "site.toml"),
    Entry(_PBX, "waivers", say("The file with accepted risks."), "waivers.toml"),
    Entry(
        _PBX,
        "serial",
        say("Its MAC address; without it, the first one seen counts."),
        "0090331a2b3c",
    ),
    Entry(_PBX, "tags", say("Words to choose PBXs by."), ["hotel"]),
    Entry(
        _RECIPIENT,
        "id",
        say("Somebody whom `pbx-auditor fleet digest` tells what changed, once a run."),
        "officer",
    ),
    Entry(_RECIPIENT, "tenants", say('Whose PBXs it is about, or "all".'), ["example"]),
    Entry(
        _RECIPIENT,
        "channel",
        say("mail, webhook, teams, slack, syslog or command; what follows is for mail."),
        "mail",
    ),
    Entry(_RECIPIENT, "to", say("The addresses of one message."), ["security@example.com"]),
    Entry(_RECIPIENT, "sender", say("From which address."), "pbx-auditor@example.com"),
    Entry(_RECIPIENT, "server", say("The mail server; the usual port is 587."), "mail.example.com"),
    Entry(_RECIPIENT, "username", say("Its account there, if it needs one."), "pbx-auditor"),
    Entry(
        _RECIPIENT,
        "password_file",
        say("A file that nobody else can read; or password_env, password_command."),
        "private/mail",
    ),
    Entry(_RECIPIENT, "min_severity", say("What is less severe is only counted."), "medium"),
)
# What stands in a new file without a mark before it.
_SAID: Final = frozenset(
    {
        *((one.table, one.key) for one in _ENTRIES if one.table == "fleet"),
        *(("defaults", key) for key in ("profile", "deadline", "max_age")),
        *((_TENANT, "id"), (_TENANT, "name")),
        *((_PBX, key) for key in ("id", "tenant", "target")),
    }
)


def inventory_text(answers: Answers, language: Language = "en") -> str:
    """Return the text of an inventory to begin with; answers count before examples."""
    said = {(one.table, one.key): one.example for one in _ENTRIES if (one.table, one.key) in _SAID}
    return outline(_TITLE, _ENTRIES, {**said, **answers}, lambda text: translated(text, language))


def why_no_name(name: str) -> Message:
    """Return why a fleet cannot be called so; nothing if it can."""
    problems = problems_of({"name": name}, FleetTable)
    return problems[0].reason if problems else NOTHING
