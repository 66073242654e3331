"""Checks of other packages: only those whose entry point the user listed by name are loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Final

from auditor.checks import CHECKS, Check
from auditor.errors import SiteFileError
from auditor.messages.message import say
from auditor.values.names import alike

GROUP: Final = "pbx_auditor.checks"
_BUNDLED: Final = say("pbx-auditor itself has it; ask for another name, or leave one out")
_KEYS: Final = ("rules", "plugins")


def load_plugins(names: Iterable[str]) -> dict[str, Check]:
    """Return the checks of the named entry points of the group `pbx_auditor.checks`.

    Each entry point is a mapping from the name of a check to its function. Raises SiteFileError if
    there is no such entry point, if it cannot be loaded, or if it takes the name of another check,
    or one that people take for the same.
    """
    checks: dict[str, Check] = {}
    owners = dict.fromkeys(map(alike, CHECKS), _BUNDLED)
    for name in names:
        for check, function in _mapping(name).items():
            if alike(check) in owners:
                taken = repr(check)[:60]
                reason = say(
                    "{name} names the check {check}, which is taken", name=name, check=taken
                )
                raise SiteFileError(reason, keys=_KEYS, advice=owners[alike(check)])
            owners[alike(check)] = say(
                "the plugin {name} has it; ask for another name, or leave one out", name=name
            )
            checks[check] = function
    return checks


def _mapping(name: str) -> Mapping[str, Check]:
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if len(found) != 1:
        shown = f"{name!r:.60}"
        raise SiteFileError(
            say("the plugin {name} is installed more than once", name=shown)
            if found
            else say("the plugin {name} is not installed", name=shown),
            keys=_KEYS,
            advice=say(
                "install the package whose entry point in the group {group} has this name",
                group=GROUP,
            ),
        )
    try:
        loaded = found[0].load()
    except Exception as error:  # noqa: BLE001 -- a stranger's code; the run stops here
        kind = type(error).__name__
        reason = say("the plugin {name} cannot be loaded ({kind})", name=name, kind=kind)
        advice = say("ask whoever made it; without it no audit runs, so nothing is left out")
        raise SiteFileError(reason, keys=_KEYS, advice=advice) from None
    if not isinstance(loaded, Mapping) or not all(
        isinstance(key, str) and callable(value) for key, value in loaded.items()
    ):
        raise SiteFileError(
            say("the plugin {name} is no mapping of names to checks", name=name), keys=_KEYS
        )
    return loaded
