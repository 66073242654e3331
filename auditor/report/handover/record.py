"""What the record of a handover says: everything once, in as many rows as it has room for.

A record is signed by people, so it is bounded whatever the system is like: what has no room is
told by groups or counted where it belongs, and the annex has it in full. How much room there is,
only a browser knows that lays the record out; here is in which order rows are left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final, NamedTuple

from auditor.messages.message import Message, say_count
from auditor.report import acceptance
from auditor.report.acceptance import UnsettledControl
from auditor.report.handover import record_points
from auditor.report.handover.record_gaps import (
    Risk,
    Unseen,
    accepted_together,
    risk,
    unseen,
    unseen_together,
)
from auditor.report.handover.record_points import Points
from auditor.report.handover.room import fitting
from auditor.report.html import charts
from auditor.report.schema import v1
from auditor.report.schema.v1branding import AgreedPoint
from auditor.report.sentences import Sentences
from auditor.report.verdict import certain, explanation, headline

# The least that is told of what is no open point, in lines and in names of a row.
_ROOM_OF_RISKS: Final = 30
_ROOM_OF_UNSEEN: Final = 26
_SUBJECTS: Final = 2
_AREAS: Final = 4
# More has no room on eight pages whatever it is: 43 rows of one line fill one.
_MOST_ROWS: Final = 350
_MOST_NAMES: Final = 60


class Record(NamedTuple):
    """Everything that a record says beside what it has of the report itself."""

    verdict: str
    sentence: Message
    bar: list[charts.Segment]
    summary: list[Message]
    failed: Points
    undecided: Points
    people: Points
    risks: list[Risk]
    more_risks: int
    unseen: list[Unseen]
    more_unseen: int

    @property
    def is_settled(self) -> bool:
        """Return whether no point is open."""
        return not (self.failed or self.undecided or self.people)


@dataclass(frozen=True)
class Contents:
    """Everything that a record of a report could say; `agreed` is who closes which point by when.

    It is told in steps. Each lists one more open point by its title, the worst failed one first,
    then those that are undecided, then those for people. After them, each tells one more accepted
    risk, then one more cause for which something was not looked at, and at last one more name in
    each row of these two.
    """

    report: v1.Report
    agreed: Mapping[str, AgreedPoint]

    @property
    def steps(self) -> int:
        """Return with how many steps everything is told, or as much as could ever have room."""
        rows = sum(map(len, self._kinds)) + len(self._accepted) + len(self._unseen)
        longest = max(*map(len, self._accepted), *map(len, self._unseen), 0, 0)
        return min(rows, _MOST_ROWS) + min(longest, _MOST_NAMES)

    def told(self, steps: int) -> Record:
        """Return a record with so many steps: with 0 the shortest."""
        points = sum(map(len, self._kinds))
        failed, undecided, people = record_points.told(self._kinds, steps)
        left = max(steps - points, 0)
        names = max(left - len(self._accepted) - len(self._unseen), 0)
        risks, causes = self._risks(names), self._causes(names)
        shown_risks = max(fitting([one.cells for one in risks], _ROOM_OF_RISKS), left)
        shown_causes = max(
            fitting([one.cells for one in causes], _ROOM_OF_UNSEEN), left - len(risks)
        )
        results, counts = self.report.results, self.report.summary.counts
        by_severity = self.report.summary.failed_by_severity
        return Record(
            verdict=headline(self.report.summary.verdict, counts),
            sentence=explanation(counts, by_severity, certain(results)),
            bar=charts.outcomes(counts),
            summary=_summary(self.report, points),
            failed=failed,
            undecided=undecided,
            people=people,
            risks=risks[:shown_risks],
            more_risks=sum(one.number for one in risks[shown_risks:]),
            unseen=causes[:shown_causes],
            more_unseen=sum(one.number for one in causes[shown_causes:]),
        )

    def _risks(self, names: int) -> list[Risk]:
        return [
            risk(members, self._results, self._sentences, _SUBJECTS + names)
            for members in self._accepted
        ]

    def _causes(self, names: int) -> list[Unseen]:
        return [
            unseen(gaps, self._results, self._sentences, _AREAS + names) for gaps in self._unseen
        ]

    @cached_property
    def _kinds(self) -> list[list[UnsettledControl]]:
        """Return the open points that are failed, undecided, and for people."""
        points = acceptance.open_points(self.report.results, self.agreed)
        return [
            [one for one in points if one.result.status == "failed"],
            [one for one in points if one.result.status not in {"failed", "manual"}],
            [one for one in points if one.result.status == "manual"],
        ]

    @cached_property
    def _accepted(self) -> list[list[v1.Accepted]]:
        return accepted_together(self.report)

    @cached_property
    def _unseen(self) -> list[list[v1.Gap]]:
        return unseen_together(self.report)

    @cached_property
    def _sentences(self) -> Sentences:
        return Sentences(self.report)

    @cached_property
    def _results(self) -> dict[str, v1.Result]:
        return {result.id: result for result in self.report.results}


def _summary(report: v1.Report, points: int) -> list[Message]:
    sentences = acceptance.executive_summary(report, points)
    if report.gaps:
        told = say_count(
            "{count} thing could not be looked at.",
            "{count} things could not be looked at.",
            len(report.gaps),
        )
        sentences.append(told)
    return sentences
