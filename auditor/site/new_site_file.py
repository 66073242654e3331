"""The site file that somebody begins with: the answers that most controls rest on come first."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from auditor.files.toml_outline import Answers, Entry, outline
from auditor.files.wrong_values import first_problem
from auditor.messages.languages import Language, translated
from auditor.messages.message import NOTHING, Message, say
from auditor.model.site import Site

NAME: Final = ("target", "name")
BASE_USERS: Final = ("hot_desk", "base_users")
TRUNK_PREFIXES: Final = ("dialling", "trunk_prefixes")
INTERNAL_GATEWAYS: Final = ("lists", "internal_gateways")
BASELINE: Final = ("firmware", "baseline")
LANGUAGE: Final = ("report", "language")

_TITLE: Final = say(
    "What only you know about this system. Every key is optional; take the # away where you know "
    "the answer. `pbx-auditor help site-file` explains all keys."
)
_ENTRIES: Final = (
    Entry(*NAME, say("What reports call this system."), "Head office"),
    Entry("target", "company", say("A word that passwords must not be made of."), "Example Ltd"),
    Entry(
        *BASE_USERS,
        say(
            "What shared phones register as while nobody is logged in, by its name. [] states that "
            "there is none."
        ),
        ["hot-desk-base"],
    ),
    Entry(
        "hot_desk",
        "users",
        say("The people who log in on shared phones, by name; needed if there are softphones."),
        ["m.mueller"],
    ),
    Entry(
        *TRUNK_PREFIXES,
        say("What one dials to get outside. Public numbers below are written without it."),
        ["0"],
    ),
    Entry(
        "dialling",
        "international_prefixes",
        say("What follows for a call abroad."),
        ["00"],
    ),
    Entry(
        "dialling",
        "premium_numbers",
        say("How expensive numbers begin."),
        ["0900", "0137", "118"],
    ),
    Entry(
        "dialling",
        "emergency_numbers",
        say("What must stay reachable. 110 and 112 if nothing is said."),
        ["110", "112"],
    ),
    Entry(
        "dialling",
        "ddi_pattern",
        say("The extensions that can be dialled from outside, as a regular expression."),
        "^[1-3][0-9]{2}$",
    ),
    Entry(
        "network",
        "allowed",
        say("Networks that phones may register from."),
        ["10.20.0.0/16"],
    ),
    Entry(
        *INTERNAL_GATEWAYS,
        say(
            "Gateways that do not lead outside, by name or number. Every other one counts as a way "
            "out."
        ),
        ["fax-gateway"],
    ),
    Entry("lists", "admins", say("Objects that may have administrative rights."), ["a.admin"]),
    Entry("lists", "admin_apps", say("Apps that may administer the PBX."), ["pbxmanager"]),
    Entry(
        *BASELINE,
        say("Firmware that every device must have at least."),
        "13r3 service-release-12",
    ),
    Entry(
        "waivers",
        "file",
        say("The file with accepted risks, from the folder of this file."),
        "waivers.toml",
    ),
    Entry(*LANGUAGE, say("The language that a reader sees first, en or de."), "en"),
    Entry(
        "report",
        "branding",
        say("Whose report it is; `pbx-auditor branding init` begins such a file."),
        "branding.toml",
    ),
)


def site_text(answers: Answers, language: Language = "en") -> str:
    """Return the text of a site file with answers, by table and key."""
    return outline(_TITLE, _ENTRIES, answers, lambda text: translated(text, language))


def why_no_answer(keys: tuple[str, str], value: object) -> Message:
    """Return why a value cannot stand in a site file; nothing if it can."""
    try:
        Site.model_validate({keys[0]: {keys[1]: value}})
    except ValidationError as error:
        return first_problem(error, Site).reason
    return NOTHING
