"""Which call filter a script may assign: what the site names, else the only one that fits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from auditor.checks.support.filter_reach import Wanted, decide_filter, gets_out, permitted_numbers
from auditor.checks.support.onward import onward_doubt
from auditor.messages.message import NOTHING, Message, say
from auditor.model.snapshot import GATEWAY_KIND, TRUNK_KIND, PbxObject
from auditor.pbx.call_filters import blocks_something
from auditor.pbx.view import AuditView

# Keys of [remediation] that name a filter with a purpose.
_INTERNAL: Final = "internal_filter"
_TRUNK: Final = "trunk_filter"
NO_FILTER: Final = say("no filter of this PBX would do: make one, or name one in [remediation]")
SEVERAL: Final = say("several filters of this PBX would do: name one in [remediation]")
NOT_NAMED: Final = say("which filter users get is not said: name it in [remediation]")
NOT_THERE: Final = say("this PBX does not have the filter that [remediation] names")
NOT_ENOUGH: Final = say(
    "the filter that [remediation] names does not do what this control asks for"
)


class Filters:
    """Chooses filters of one PBX."""

    def __init__(self, view: AuditView) -> None:
        self._view = view
        self._choices = view.site.remediation
        self._chosen: dict[str, tuple[str, Message]] = {}

    def choose(self, purpose: str) -> tuple[str, Message]:
        """Return the name of the filter for a purpose, or why there is none.

        Each violation asks for one, and what a filter does takes long to find out.
        """
        if purpose not in self._chosen:
            self._chosen[purpose] = self._choose(purpose)
        return self._chosen[purpose]

    def _choose(self, key: str) -> tuple[str, Message]:
        fits = {_INTERNAL: self._is_internal, _TRUNK: self._is_closed}.get(key, self._blocks)
        named = getattr(self._choices, key)
        if named:
            return self._named(named, fits)
        if fits == self._blocks:
            return "", NOT_NAMED
        found = [name for name in self._view.filters if fits(name)]
        if len(found) == 1:
            return found[0], NOTHING
        return "", SEVERAL if found else NO_FILTER

    def _named(self, name: str, fits: Callable[[str], bool]) -> tuple[str, Message]:
        if name not in self._view.filters:
            return "", NOT_THERE
        return (name, NOTHING) if fits(name) else ("", NOT_ENOUGH)

    def _is_internal(self, name: str) -> bool:
        """Return whether a filter surely lets nothing out but what everybody may dial."""
        return self._is_shut(name, self._view.base_users.members, permitted_numbers(self._view))

    def _is_closed(self, name: str) -> bool:
        """Return whether a filter surely lets nothing out at all, by no trunk."""
        trunks = [o for o in self._view.snapshot.objects if o.kind in {TRUNK_KIND, GATEWAY_KIND}]
        return self._is_shut(name, trunks, ())

    def _is_shut(self, name: str, callers: Sequence[PbxObject], permitted: tuple[str, ...]) -> bool:
        view, wanted = self._view, Wanted(exceptions=permitted)
        outcome = gets_out(view, name, callers, wanted)
        return outcome.out is False and not onward_doubt(view, name, callers, wanted)

    def _blocks(self, name: str) -> bool:
        """Return whether a filter surely blocks some number."""
        reach = decide_filter(self._view, name, lambda rows: blocks_something(rows, name))
        return not isinstance(reach, Message) and reach.certain is True
