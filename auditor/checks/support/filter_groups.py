"""Objects put together by the call filter that applies to them: there are few filters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from auditor.checks.support.grouped_observations import NAMED, names
from auditor.messages.message import NOTHING, Message, say_count
from auditor.model.result import Evidence
from auditor.model.snapshot import USER_KINDS, PbxObject
from auditor.pbx.effective_values import effective_value
from auditor.pbx.view import AuditView


class FilterOf(NamedTuple):
    """The filter that applies, None if there is none; a `problem` says why that is open."""

    name: str | None
    problem: Message = NOTHING


class Groups:
    """The filters of objects, by one attribute: `filter` for calls, `cd-filter` for diversions."""

    def __init__(self, view: AuditView, attribute: str) -> None:
        self.attribute = attribute
        self._view = view
        self._own: dict[str, FilterOf] = {}
        self._inherited: dict[tuple[str, ...], FilterOf] = {}

    def of(self, member: PbxObject) -> FilterOf:
        """Return the filter that applies to an object.

        Who has no own value has that of all others with the same templates.
        """
        own = member.attributes.get(self.attribute)
        if own:
            return self._own.get(own) or self._own.setdefault(own, FilterOf(own))
        if member.visible is not None:
            return self._look(member)
        found = self._inherited.get(member.templates)
        if found is None:
            found = self._inherited[member.templates] = self._look(member)
        return found

    def _look(self, member: PbxObject) -> FilterOf:
        found = effective_value(self._view, member, self.attribute)
        return FilterOf(None, found.problem) if found.problem else FilterOf(found.value)

    def evidence(self, members: Iterable[PbxObject]) -> list[Evidence]:
        """Return where the filter of the first few objects was read."""
        found: list[Evidence] = []
        for member in list(members)[:NAMED]:
            found += effective_value(self._view, member, self.attribute).evidence
        return found


def users_of(view: AuditView) -> Iterator[PbxObject]:
    """Yield everything that a person calls from."""
    return (member for member in view.snapshot.objects if member.kind in USER_KINDS)


def grouped(groups: Groups, members: Iterable[PbxObject]) -> dict[FilterOf, list[PbxObject]]:
    """Return objects by the filter that applies to them."""
    found: dict[FilterOf, list[PbxObject]] = {}
    for member in members:
        found.setdefault(groups.of(member), []).append(member)
    return found


def users_in_words(members: list[PbxObject]) -> Message:
    """Return how many users these are, with the names of a few."""
    return say_count(
        "{count} user: {names}",
        "{count} users: {names}",
        count=len(members),
        names=names(members),
    )
