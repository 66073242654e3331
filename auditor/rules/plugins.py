"""Checks of other packages: only those whose entry point the user listed by name are loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from typing import Final

from auditor.checks import CHECKS, Check
from auditor.errors import SiteFileError
from auditor.values.names import alike

GROUP: Final = "pbx_auditor.checks"
_BUNDLED: Final = "pbx-auditor itself"
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
                reason = f"{name} names the check {check!r:.60}, which is taken"
                advice = f"{owners[alike(check)]} has it; ask for another name, or leave one out"
                raise SiteFileError(reason, keys=_KEYS, advice=advice)
            owners[alike(check)] = f"the plugin {name}"
            checks[check] = function
    return checks


def _mapping(name: str) -> Mapping[str, Check]:
    found = [point for point in entry_points(group=GROUP) if point.name == name]
    if len(found) != 1:
        count = "is not installed" if not found else "is installed more than once"
        advice = f"install the package whose entry point in the group {GROUP} has this name"
        raise SiteFileError(f"the plugin {name!r:.60} {count}", keys=_KEYS, advice=advice)
    try:
        loaded = found[0].load()
    except Exception as error:  # noqa: BLE001 -- a stranger's code; the run stops here
        reason = f"the plugin {name} cannot be loaded ({type(error).__name__})"
        advice = "ask whoever made it; without it no audit runs, so nothing is left out"
        raise SiteFileError(reason, keys=_KEYS, advice=advice) from None
    if not isinstance(loaded, Mapping) or not all(
        isinstance(key, str) and callable(value) for key, value in loaded.items()
    ):
        raise SiteFileError(f"the plugin {name} is no mapping of names to checks", keys=_KEYS)
    return loaded
