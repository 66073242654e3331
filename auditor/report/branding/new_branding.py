"""The branding file that somebody begins with."""

from __future__ import annotations

from typing import Final

from pydantic import ValidationError

from auditor.files.toml_outline import Answers, Entry, outline
from auditor.files.wrong_values import first_problem
from auditor.messages.languages import Language, translated
from auditor.messages.message import NOTHING, Message, say
from auditor.report.branding.branding_file import BrandingFile

PROJECT: Final = ("", "project")
PARTNER: Final = ("partner", "name")
PARTNER_CONTACT: Final = ("partner", "contact")
CUSTOMER: Final = ("customer", "name")
CUSTOMER_CONTACT: Final = ("customer", "contact")

_TITLE: Final = say(
    "Whose report it is. Take the # away where you know the answer. `pbx-auditor help handover` "
    "explains all keys."
)
_CONTACT: Final = say("Whom to ask.")
_ADDRESS: Final = say("The address, on one line.")
_LOGO: Final = say("A PNG or SVG file beside this file.")
_ENTRIES: Final = (
    Entry(
        *PROJECT, say("What the handover is about, shown on the cover."), "PBX of the new office"
    ),
    Entry("", "site", say("Where the system stands, shown on the cover."), "Head office"),
    Entry(
        "",
        "disclaimer",
        say("Shown on the cover."),
        "This report says what was found on the day of the audit.",
    ),
    Entry(
        "",
        "disclaimer_de",
        say("The same for who reads German."),
        "Dieser Bericht nennt, was am Tag der Prüfung vorgefunden wurde.",
    ),
    Entry(*PARTNER, say("Who hands the system over."), "Partner Ltd"),
    Entry(*PARTNER_CONTACT, _CONTACT, "A. Example, a.example@example.com"),
    Entry("partner", "address", _ADDRESS, "1 Example Street, 12345 Exampletown"),
    Entry("partner", "logo", _LOGO, "partner.svg"),
    Entry(*CUSTOMER, say("Who takes it over."), "Customer Ltd"),
    Entry(*CUSTOMER_CONTACT, _CONTACT, "B. Example, b.example@example.com"),
    Entry("customer", "address", _ADDRESS, "2 Example Street, 12345 Exampletown"),
    Entry("customer", "logo", _LOGO, "customer.svg"),
    Entry(
        "colours",
        "accent",
        say("Titles and lines on white paper, with a contrast of at least 4.5."),
        "#1a4d7a",
    ),
    Entry("colours", "accent_dark", say("The same on dark screens."), "#9cc4e8"),
)
_SOMEBODY: Final = {"partner": {"name": "x"}, "customer": {"name": "x"}}


def branding_text(answers: Answers, language: Language = "en") -> str:
    """Return the text of a branding file with answers, by table and key; both names are needed."""
    return outline(_TITLE, _ENTRIES, answers, lambda text: translated(text, language))


def why_no_answer(keys: tuple[str, str], value: object) -> Message:
    """Return why a value cannot stand in a branding file; nothing if it can."""
    table, key = keys
    document = _SOMEBODY | {table: _SOMEBODY.get(table, {}) | {key: value}}
    try:
        BrandingFile.model_validate(document if table else _SOMEBODY | {key: value})
    except ValidationError as error:
        return first_problem(error, BrandingFile).reason
    return NOTHING
