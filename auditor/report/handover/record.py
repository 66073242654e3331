"""What the record of a handover says: everything once, and never more than a few pages of it.

A record is signed by people, so it is bounded whatever the system is like: what has no room is
counted where it belongs, and the annex has it in full.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import groupby
from typing import Final, NamedTuple

from auditor.facts import known_facts
from auditor.facts.missing import label_of
from auditor.messages.both import Both
from auditor.messages.languages import LANGUAGES
from auditor.messages.message import Message, joined, say, say_count
from auditor.report import text, v1
from auditor.report.handover import acceptance
from auditor.report.handover.acceptance import UnsettledControl
from auditor.report.handover.room import Cell, fitting, needed
from auditor.report.html import charts
from auditor.report.prose import title_of
from auditor.report.sentences import Sentences
from auditor.report.terms import said
from auditor.report.translation import dated, is_said, plain
from auditor.report.v1branding import AgreedPoint
from auditor.report.verdict import certain, explanation, headline

# What each part has room for, in lines; a page has about 60 of them.
_ROOM_OF_POINTS: Final = 182
_ROOM_OF_GROUPS: Final = 34
_ROOM_OF_RISKS: Final = 30
_ROOM_OF_UNSEEN: Final = 26
_SUBJECTS: Final = 2
_AREAS: Final = 4
_ID: Final = 40
_IDS: Final = 70
_NAME: Final = 40
_LINE: Final = 100


class Point(NamedTuple):
    """An open point in a row of its own."""

    id: str
    title: str
    severity: str
    owner: str
    due: str
    note: str

    @property
    def cells(self) -> list[Cell]:
        """Return what decides how high the row is."""
        return [Cell([self.id], 10), Cell([self.title, self.note], 42), Cell([self.owner], 16)]


class Group(NamedTuple):
    """Several points in one row: the first by name, and how many `more` there are."""

    label: str
    number: int
    ids: list[str]
    more: int
    owner: str
    due: str

    @property
    def cells(self) -> list[Cell]:
        """Return what decides how high the row is."""
        return [Cell([self.label], 22), Cell([", ".join(self.ids)], 24), Cell([self.owner], 16)]


class Points(NamedTuple):
    """Open points of one kind: those that have a row of their own, and all others in `groups`."""

    listed: list[Point]
    groups: list[Group]

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self.listed or self.groups)


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


def of_report(report: v1.Report, agreed: Mapping[str, AgreedPoint]) -> Record:
    """Return what the record of a report says; `agreed` is who closes which point by when."""
    counts, sentences = report.summary.counts, Sentences(report)
    open_points = acceptance.open_points(report.results, agreed)
    failed, undecided, people = _in_their_room(
        [one for one in open_points if one.result.status == "failed"],
        [one for one in open_points if one.result.status not in {"failed", "manual"}],
        [one for one in open_points if one.result.status == "manual"],
    )
    risks, unseen = _risks(report, sentences), _unseen(report, sentences)
    shown_risks = risks[: fitting([risk.cells for risk in risks], _ROOM_OF_RISKS)]
    shown_unseen = unseen[: fitting([one.cells for one in unseen], _ROOM_OF_UNSEEN)]
    return Record(
        verdict=headline(report.summary.verdict, counts),
        sentence=explanation(counts, report.summary.failed_by_severity, certain(report.results)),
        bar=charts.outcomes(counts),
        summary=_summary(report, len(open_points)),
        failed=failed,
        undecided=undecided,
        people=people,
        risks=shown_risks,
        more_risks=sum(risk.number for risk in risks[len(shown_risks) :]),
        unseen=shown_unseen,
        more_unseen=sum(one.number for one in unseen[len(shown_unseen) :]),
    )


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


def _in_their_room(*kinds: Sequence[UnsettledControl]) -> Iterator[Points]:
    """Yield the points of each kind: as many by title as have room, the worst first.

    Earlier kinds leave later ones the room that those need to be told as groups at least.
    """
    rows = [[_listed(one) for one in points] for points in kinds]
    needs = [needed(row.cells for row in listed) for listed in rows]
    left = float(_ROOM_OF_POINTS)
    for number, (points, listed, need) in enumerate(zip(kinds, rows, needs, strict=True)):
        room = left - sum(min(later, _ROOM_OF_GROUPS) for later in needs[number + 1 :])
        if need > room:
            shown = fitting([row.cells for row in listed], room - _ROOM_OF_GROUPS)
            yield Points(listed[:shown], _groups(points[shown:]))
        else:
            yield Points(listed, [])
        left -= min(need, room)


def _listed(one: UnsettledControl) -> Point:
    return Point(
        id=text.visible(one.result.id, _ID),
        title=_cut(one.title),
        severity=one.result.severity,
        owner=text.visible(one.owner, _NAME),
        due=dated(text.visible(one.due, _NAME)),
        note=text.visible(one.note, _LINE),
    )


def _label(result: v1.Result) -> str:
    """Return by what points are told together: failed ones by severity, others by area."""
    return result.severity if result.status == "failed" else result.area


def _groups(points: Sequence[UnsettledControl]) -> list[Group]:
    """Return points by what they have in common, and by who closes them by when.

    Groups that have no room are one group, so that no point is missing.
    """
    names: dict[tuple[str, str, str], list[str]] = {}
    for point in points:
        common = (_label(point.result), point.owner, point.due)
        names.setdefault(common, []).append(point.result.id)
    groups = [_group(*common, members) for common, members in names.items()]
    shown = fitting([group.cells for group in groups], _ROOM_OF_GROUPS)
    if shown >= len(groups) - 1:  # what is left takes as much room as saying so
        return groups
    rest = [name for members in list(names.values())[shown:] for name in members]
    return [*groups[:shown], _group("", "", "", rest)]


def _group(label: str, owner: str, due: str, names: Sequence[str]) -> Group:
    shown = [text.visible(names[0], _ID)]
    for name in names[1:]:
        if len(", ".join([*shown, name])) > _IDS:
            break
        shown.append(text.visible(name, _ID))
    return Group(
        label=_begun(_cut(said(label) if label else say("others"), _NAME)),
        number=len(names),
        ids=shown,
        more=len(names) - len(shown),
        owner=text.visible(owner, _NAME),
        due=dated(text.visible(due, _NAME)),
    )


def _risks(report: v1.Report, sentences: Sentences) -> list[Risk]:
    """Return what was accepted, what ends first first."""

    def common(one: v1.Accepted) -> tuple[str, ...]:
        return one.expires, one.rule, one.owner, one.approver, one.reason

    titles = {result.id: title_of(result, "failed") for result in report.results}
    ordered = sorted(report.accepted, key=common)
    return [_risk(list(members), titles, sentences) for _, members in groupby(ordered, key=common)]


def _risk(members: Sequence[v1.Accepted], titles: Mapping[str, str], told: Sentences) -> Risk:
    first = members[0]
    who = text.visible(first.owner, _NAME)
    if first.approver:
        approver = text.visible(first.approver, _NAME)
        who = say("{owner} (approved by {approver})", owner=who, approver=approver)
    names = [_cut(told.named(one.subject), _NAME) for one in members[:_SUBJECTS]]
    if len(members) > _SUBJECTS:
        names.append(say("{count} more", count=len(members) - _SUBJECTS))
    return Risk(
        id=text.visible(first.rule, _ID),
        title=_cut(titles.get(first.rule, "")),
        subjects=joined("{one}, {other}", names),
        reason=text.visible(first.reason, _LINE),
        who=who,
        until=dated(text.visible(first.expires, _NAME)),
        number=len(members),
    )


def _unseen(report: v1.Report, sentences: Sentences) -> list[Unseen]:
    """Return what was not looked at by its causes, the most frequent first."""
    results = {result.id: result for result in report.results}
    causes: dict[str, dict[str, v1.Gap]] = {}
    for gap in report.gaps:
        causes.setdefault(gap.reason, {}).setdefault(gap.area, gap)
    ordered = sorted(causes.items(), key=lambda item: -len(item[1]))
    return [_missed(sentences.both(why), list(gaps.values()), results) for why, gaps in ordered]


def _missed(why: str, gaps: Sequence[v1.Gap], results: Mapping[str, v1.Result]) -> Unseen:
    named = [_cut(_area(gap, results)) for gap in gaps[:_AREAS]]
    return Unseen(
        why=_cut(why, 2 * _LINE),
        number=len(gaps),
        what=joined("{one}; {other}", [_begun(named[0]), *named[1:]]),
        more=len(gaps) - len(named),
    )


def _area(gap: v1.Gap, results: Mapping[str, v1.Result]) -> str:
    """Return the words for an area, else for a control that it leaves open."""
    fact = known_facts().get(gap.area)
    word = label_of(fact) if fact else said(gap.area)
    if is_said(word):
        return word
    named = (results[one] for one in gap.controls if one in results)
    return next((title_of(result, "unknown") for result in named), gap.area.replace("_", " "))


def _begun(told: str) -> str:
    """Return words of ours as a cell begins with them, with a capital."""
    return Both(*(one[:1].upper() + one[1:] for one in map(partial(plain, told), LANGUAGES)))


def _cut(told: str, limit: int = _LINE) -> str:
    """Return a text of a bounded length in each language."""
    return Both(*(text.visible(plain(told, language), limit) for language in LANGUAGES))
