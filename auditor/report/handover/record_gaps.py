"""What a record says of what is not as asked for, and yet no open point: accepted, or not seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from auditor.facts import known_facts
from auditor.facts.missing import label_of
from auditor.messages.message import joined, say
from auditor.report import text
from auditor.report.handover.record_words import ID, LINE, NAME, cell_text, cut
from auditor.report.handover.room import Cell
from auditor.report.prose import title_of
from auditor.report.schema import v1
from auditor.report.sentences import Sentences
from auditor.report.terms import said
from auditor.report.translation import dated, is_said, plain


class Risk(NamedTuple):
    """What somebody accepted for one reason until one day; `number` counts the violations."""

    id: str
    title: str
    subjects: str
    reason: str
    who: str
    until: str
    number: int

    @property
    def cells(self) -> list[Cell]:
        """Return what decides how high the row is."""
        told = Cell([self.title, self.subjects], 28)
        return [Cell([self.id], 10), told, Cell([self.reason], 25), Cell([self.who], 16)]


class Unseen(NamedTuple):
    """What was not looked at for one cause: the first by name, and how many `more` there are."""

    why: str
    number: int
    what: str
    more: int

    @property
    def cells(self) -> list[Cell]:
        """Return what decides how high the row is."""
        return [Cell([self.why], 42), Cell([self.what], 44)]


def accepted_together(report: v1.Report) -> list[list[v1.Accepted]]:
    """Return what was accepted by what a row of it has in common, what ends first first."""

    def common(one: v1.Accepted) -> tuple[str, ...]:
        return one.expires, one.rule, one.owner, one.approver, one.reason

    ordered = sorted(report.accepted, key=common)
    return [list(members) for _, members in groupby(ordered, key=common)]


def risk(
    members: Sequence[v1.Accepted], results: Mapping[str, v1.Result], told: Sentences, names: int
) -> Risk:
    """Return the row of violations that were accepted together, so many subjects by name."""
    first = members[0]
    who = text.visible(first.owner, NAME)
    if first.approver:
        approver = text.visible(first.approver, NAME)
        who = say("{owner} (approved by {approver})", owner=who, approver=approver)
    subjects = [cut(told.named(one.subject), NAME) for one in members[:names]]
    if len(members) > names:
        subjects.append(say("{count} more", count=len(members) - names))
    result = results.get(first.rule)
    return Risk(
        id=text.visible(first.rule, ID),
        title=cut(title_of(result, "failed")) if result else "",
        subjects=joined("{one}, {other}", subjects),
        reason=text.visible(first.reason, LINE),
        who=who,
        until=dated(text.visible(first.expires, NAME)),
        number=len(members),
    )


def unseen_together(report: v1.Report) -> list[list[v1.Gap]]:
    """Return one gap for each area that was not looked at, by cause, the most frequent first."""
    causes: dict[str, dict[str, v1.Gap]] = {}
    for gap in report.gaps:
        causes.setdefault(gap.reason, {}).setdefault(gap.area, gap)
    return [list(gaps.values()) for gaps in sorted(causes.values(), key=len, reverse=True)]


def unseen(
    gaps: Sequence[v1.Gap], results: Mapping[str, v1.Result], told: Sentences, names: int
) -> Unseen:
    """Return the row of what was not looked at for one cause, so many areas by name."""
    named = [cut(_area(gap, results)) for gap in gaps[:names]]
    return Unseen(
        why=cut(told.both(gaps[0].reason), 2 * LINE),
        number=len(gaps),
        what=joined("{one}; {other}", [cell_text(named[0]), *named[1:]]),
        more=len(gaps) - len(named),
    )


def _area(gap: v1.Gap, results: Mapping[str, v1.Result]) -> str:
    """Return the words for an area, else for a control that it leaves open."""
    if fact := known_facts().get(gap.area):
        label = label_of(fact)
        # A name of the PBX's own pages is the same in each language, and says not what it is.
        is_name = plain(label, "en") == plain(label, "de")
        return say('the setting "{name}"', name=label) if is_name else label
    word = said(gap.area)
    if is_said(word):
        return word
    named = (results[one] for one in gap.controls if one in results)
    return next((title_of(result, "unknown") for result in named), gap.area.replace("_", " "))
