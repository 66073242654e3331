"""A saved configuration that opens with the factory login is one of two things."""

from __future__ import annotations

from dataclasses import replace

from auditor.facts import FACTORY_LOGIN, UNCLEAR
from auditor.messages.message import NOTHING, say
from auditor.model.snapshot import FACTORY_CONFIGURATION
from auditor.sources.parse.reading import Reading


def kind_of_saved(reading: Reading) -> str:
    """Return the kind of the source that a saved document is.

    A standard configuration opens with the factory login whatever the login of the box is, so of a
    file it is not known which of the two it shows; a live `/cfg.txt` is the complete one.
    """
    if not reading.factory_encrypted:
        return reading.kind
    reading.notes.append(say("its secrets open with the factory login"))
    if known := reading.settings.get(FACTORY_LOGIN):
        reading.settings[FACTORY_LOGIN] = replace(known, values=(UNCLEAR,), note=NOTHING)
    return FACTORY_CONFIGURATION
