"""Whether there is an App Platform, by what a person states and what the PBX is connected to."""

from __future__ import annotations

from typing import Final

from auditor.facts import PLATFORM_APPS, UNPLACED_APPS
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import Setting
from auditor.model.vocabulary import Grade
from auditor.pbx.view import AuditView

APP_PLATFORM: Final = "app_platform_version"
_NONE: Final = "none"


def says_there_is_none(setting: Setting | None) -> bool:
    """Return whether all that is known of an App Platform is that a person states there is none.

    The word is one of the site file. What a source lists is there, whatever it calls its version.
    """
    if setting is None or setting.grade is not Grade.ATTESTED or not setting.values:
        return False
    return all(value.strip().casefold() == _NONE for value in setting.values)


def against_there_being_none(view: AuditView) -> Message:
    """Return what contradicts that there is no App Platform, or leaves it open, or nothing."""
    found = view.snapshot.settings.get(PLATFORM_APPS)
    if found is None or not found.values:
        return _unplaced(view)
    return say(
        "it is stated that there is no App Platform, but the PBX is connected to a service of "
        "{names} elsewhere: correct [facts.app_platform_version] in the site file",
        names=", ".join(found.values[:3]),
    )


def _unplaced(view: AuditView) -> Message:
    """Return which Apps may be connected to an App Platform, or nothing."""
    found = view.snapshot.settings.get(UNPLACED_APPS)
    if found is None or not found.values:
        return NOTHING
    return say(
        "it is stated that there is no App Platform, but what the PBX lists of {names} does not "
        "rule out that it is connected to one: look at the App's URL",
        names=", ".join(found.values[:3]),
    )
