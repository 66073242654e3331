"""Many objects that come to the same: counted, with a few named, instead of one by one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from auditor.checks.support.observe import about_list, undetermined
from auditor.messages.message import Message, say, say_count
from auditor.model.result import Evidence, Observation
from auditor.model.snapshot import PbxObject
from auditor.pbx.view import AuditView

NAMED: Final = 3
KIND_HIDDEN: Final = say("this source does not show what it is")


class OpenQuestions:
    """Objects about which something is open, put together by the reason."""

    def __init__(self, view: AuditView, prop: str) -> None:
        self._view = view
        self._property = prop
        self._members: dict[Message, list[PbxObject]] = {}

    def add(self, reason: Message, member: PbxObject) -> None:
        """Note that a question is open about one more object."""
        self._members.setdefault(reason, []).append(member)

    def observations(self) -> Iterator[Observation]:
        """Yield one observation for each reason."""
        for reason, members in self._members.items():
            subject = about_list(
                f"{self._property}: {reason}",
                say_count(
                    "{count} object: {names}",
                    "{count} objects: {names}",
                    count=len(members),
                    names=names(members),
                ),
            )
            found = undetermined(subject, self._property, reason, self._located(members))
            yield found._replace(members=tuple(one.key for one in members))

    def _located(self, members: Sequence[PbxObject]) -> list[Evidence]:
        return [
            self._view.locate(member, self._property, member.attributes.get(self._property))
            for member in members[:NAMED]
        ]


def names(members: Sequence[PbxObject]) -> str:
    """Return the names of the first few objects, and how many more there are."""
    shown = ", ".join(member.label for member in members[:NAMED])
    more = len(members) - NAMED
    return say("{names} and {count} more", names=shown, count=more) if more > 0 else shown
