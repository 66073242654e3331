"""Which call filter a script may assign: what the site names, else the only one that fits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from auditor.callfilters import blocks_something
from auditor.checks.filterreach import decide, evaluate, permitted_numbers
from auditor.numbers import NumberSpace
from auditor.view import AuditView

# By control: the attribute, and the key of [remediation] that names a filter for it.
_INTERNAL: Final = "internal_filter"
_TRUNK: Final = "trunk_filter"
ASSIGNED: Final = {
    "HD-05": ("filter", _INTERNAL),
    "HD-06": ("cd-filter", _INTERNAL),
    "TRK-01": ("filter", "call_filter"),
    "TRK-02": ("cd-filter", "diversion_filter"),
    "TRK-06": ("filter", _TRUNK),
}
NO_FILTER: Final = "no filter of this PBX would do: make one, or name one in [remediation]"
SEVERAL: Final = "several filters of this PBX would do: name one in [remediation]"
NOT_NAMED: Final = "which filter users get is not said: name it in [remediation]"
NOT_THERE: Final = "this PBX does not have the filter that [remediation] names"
NOT_ENOUGH: Final = "the filter that [remediation] names does not do what this control asks for"


class Filters:
    """Chooses filters of one PBX."""

    def __init__(self, view: AuditView) -> None:
        self._view = view
        self._choices = view.site.remediation
        self._chosen: dict[str, tuple[str, str]] = {}

    def choose(self, control: str) -> tuple[str, str]:
        """Return the name of the filter that a control calls for, or why there is none.

        A control asks for each of its violations, and what a filter does takes long to find out.
        """
        if control not in self._chosen:
            self._chosen[control] = self._choose(control)
        return self._chosen[control]

    def _choose(self, control: str) -> tuple[str, str]:
        key = ASSIGNED[control][1]
        fits = {_INTERNAL: self._is_internal, _TRUNK: self._is_closed}.get(key, self._blocks)
        named = getattr(self._choices, key)
        if named:
            return self._named(named, fits)
        if fits == self._blocks:
            return "", NOT_NAMED
        found = [name for name in self._view.filters if fits(name)]
        if len(found) == 1:
            return found[0], ""
        return "", SEVERAL if found else NO_FILTER

    def _named(self, name: str, fits: Callable[[str], bool]) -> tuple[str, str]:
        if name not in self._view.filters:
            return "", NOT_THERE
        return (name, "") if fits(name) else ("", NOT_ENOUGH)

    def _is_internal(self, name: str) -> bool:
        """Return whether a filter surely lets nothing out but what everybody may dial."""
        return self._is_shut(name, permitted_numbers(self._view))

    def _is_closed(self, name: str) -> bool:
        """Return whether a filter surely lets nothing out at all."""
        return self._is_shut(name, ())

    def _is_shut(self, name: str, permitted: tuple[str, ...]) -> bool:
        view = self._view
        reach = evaluate(view, name, NumberSpace(view.trunk_prefixes.prefixes, permitted))
        return not isinstance(reach, str) and reach.certain is False

    def _blocks(self, name: str) -> bool:
        """Return whether a filter surely blocks some number."""
        reach = decide(self._view, name, lambda rows: blocks_something(rows, name))
        return not isinstance(reach, str) and reach.certain is True
