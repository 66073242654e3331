"""What a page about a fleet, or about one tenant, shows: everything is decided here."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from auditor.fleet.history_model import State
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.fleet_labels import STATES, age
from auditor.fleet.outward import morning_sentences
from auditor.fleet.outward.control_titles import TitleFinder
from auditor.fleet.outward.morning import Morning, PbxMorning
from auditor.fleet.outward.page import change_groups, heat_map
from auditor.fleet.outward.page.links import Link
from auditor.fleet.outward.page.sparkline import Sparkline, sparkline
from auditor.fleet.store.queries.overview_queries import ControlsAlike, Trends
from auditor.messages.message import NOTHING, Message, say
from auditor.messages.titles import Title
from auditor.model.vocabulary import Severity, Status

_TONES: Final[Mapping[State, str]] = {
    State.NEVER: "never",
    State.CONFLICT: "conflict",
    State.STALE: "stale",
    State.UNREACHABLE: "unreachable",
    State.FAILED: "failed",
    State.INCOMPLETE: "undecided",
    State.COMPLIANT: "passed",
}
_BAD: Final = frozenset({State.FAILED, State.CONFLICT})


class Share(NamedTuple):
    """How many PBXs are in a state; `x` and `width` are those of its part of a bar."""

    state: State
    tone: str
    word: Message
    number: int
    x: float
    width: float


class NextExpiry(NamedTuple):
    """The first paper or certificate of a PBX to end, and how many more will soon."""

    what: Message
    day: str
    more: int


class Shown(NamedTuple):
    """A PBX in the table.

    `link` leads to its report, if that is there; `report` says of when that is, unless it is of
    the last audit. `tags` are places in those of the page.
    """

    pbx: PbxMorning
    tags: tuple[int, ...]
    link: str
    report: Message
    tone: str
    word: Message
    why: tuple[Message, ...]
    failed: Mapping[str, int]
    trend: Sparkline | None
    age: Message
    ending: NextExpiry | None
    line: heat_map.HeatMapRow

    @property
    def status(self) -> v1.PbxStatus:
        """Return how it stands, in numbers."""
        return self.pbx.status

    @property
    def is_known(self) -> bool:
        """Whether it was ever read, so that there are numbers."""
        return self.status.success is not None


class ControlColumn(NamedTuple):
    """A control in the heat map."""

    control: str
    title: Title
    area: str


class TenantRow(NamedTuple):
    """A tenant in the list of the operator; `link` leads to its page, if that is made too."""

    id: str
    name: str
    link: str
    pbxs: int
    needing: int
    states: Mapping[State, int]


class FleetPage(NamedTuple):
    """A page. `is_operator` says that it is about all tenants.

    `is_in_run` says that any of its PBXs was part of the last run.
    """

    name: str
    fleet: str
    is_operator: bool
    is_in_run: bool
    tone: str
    headline: Message
    sentences: tuple[Message, ...]
    remarks: tuple[Message, ...]
    made: str
    last_run: v1.LastRun | None
    shares: tuple[Share, ...]
    needing: tuple[Shown, ...]
    changes: tuple[change_groups.ChangeGroup, ...]
    tenants: tuple[TenantRow, ...]
    rows: tuple[Shown, ...]
    columns: tuple[ControlColumn, ...]
    tags: tuple[str, ...]

    @property
    def areas(self) -> tuple[str, ...]:
        """Return the areas of the controls."""
        return tuple(sorted({one.area for one in self.columns if one.area}))


class Sources(NamedTuple):
    """What pages are made of, beside a morning: of all PBXs, so that it is read once."""

    inventory: Inventory
    titles: TitleFinder
    stand: Mapping[str, Sequence[ControlsAlike]]
    trends: Trends


# Returns where the newest report of a PBX is, None if there is none.
LinkOf = Callable[[Pbx], Link | None]


def page_of(
    morning: Morning, sources: Sources, link_of: LinkOf, tenants: Sequence[TenantRow] = ()
) -> FleetPage:
    """Return the page about what a morning is about."""
    known = {pbx.id: pbx for pbx in sources.inventory.pbxs}
    # What the history has under another tenant is not theirs, and they have no numbers of it.
    stand = {
        one.status.pbx: sources.stand.get(one.status.pbx, ())
        for one in morning.pbxs
        if one.status.success is not None
    }
    names = heat_map.columns(stand.values())
    places = {name: place for place, name in enumerate(names)}
    tags = sorted({tag for one in morning.pbxs for tag in known[one.status.pbx].tags})
    rows = tuple(
        _shown(
            one,
            tuple(tags.index(tag) for tag in known[one.status.pbx].tags),
            link_of(known[one.status.pbx]),
            heat_map.line(stand.get(one.status.pbx, ()), places),
            sparkline(one.status.pbx, sources.trends) if one.status.pbx in stand else None,
        )
        for one in morning.pbxs
    )
    by_id = {row.status.pbx: row for row in rows}
    of = _owners(stand)
    titles = sources.titles
    return FleetPage(
        _name(morning, sources.inventory),
        sources.inventory.fleet.name,
        morning.tenant is None,
        any(one.status.last and one.status.last.run >= morning.since for one in morning.pbxs),
        _tone(morning),
        morning_sentences.headline(morning),
        tuple(morning_sentences.sentence(morning)),
        morning.remarks,
        morning.seen.document.at.isoformat(timespec="minutes"),
        morning.last_run,
        _shares(morning),
        tuple(by_id[one.status.pbx] for one in morning.needing),
        change_groups.groups(morning),
        tuple(tenants),
        rows,
        tuple(
            ControlColumn(name, titles(of[name], name, Status.PASSED), titles.area(of[name], name))
            for name in names
        ),
        tuple(tags),
    )


def tenant_row(tenant: str, name: str, link: str, morning: Morning) -> TenantRow:
    """Return a tenant as the operator's page lists it."""
    return TenantRow(tenant, name, link, len(morning.pbxs), len(morning.needing), morning.states)


def _owners(stand: Mapping[str, Sequence[ControlsAlike]]) -> Mapping[str, str]:
    """Return of each control a PBX that is asked it."""
    return {name: pbx for pbx, row in stand.items() for alike in row for name in alike.controls}


def _name(morning: Morning, inventory: Inventory) -> str:
    names = {one.id: one.name for one in inventory.tenants}
    return inventory.fleet.name if morning.tenant is None else names[morning.tenant]


def _tone(morning: Morning) -> str:
    """Return what the whole looks like: it is fine only if every PBX was read and is compliant."""
    states = {state for state, number in morning.states.items() if number}
    last = morning.last_run
    if not states or last is None or states == {State.NEVER}:
        return "nothing-audited"
    if states & _BAD:
        return "noncompliant"
    is_over = last.overdue_since is None and last.ended is not None and not last.left
    return "compliant" if states == {State.COMPLIANT} and is_over else "incomplete"


def _shares(morning: Morning) -> tuple[Share, ...]:
    total = len(morning.pbxs)
    shares = []
    x = 0.0
    for state, number in morning.states.items():
        if number:
            width = 300 * number / total
            told = Message(STATES[state])
            shares.append(Share(state, _TONES[state], told, number, round(x, 1), round(width, 1)))
            x += width
    return tuple(shares)


def _shown(
    one: PbxMorning,
    tags: tuple[int, ...],
    link: Link | None,
    line: heat_map.HeatMapRow,
    trend: Sparkline | None,
) -> Shown:
    status = one.status
    return Shown(
        one,
        tags,
        link.address if link is not None else "",
        _of_when(link, status),
        _TONES[one.state],
        Message(STATES[one.state]),
        tuple(dict.fromkeys([*morning_sentences.reasons_of(one), *one.row.remarks])),
        {
            name.value: status.failed[name.value]
            for name in Severity
            if status.failed.get(name.value)
        },
        trend,
        age(status.age_seconds) if status.age_seconds is not None else NOTHING,
        _ending(status),
        line,
    )


def _of_when(link: Link | None, status: v1.PbxStatus) -> Message:
    """Return of when a report is that is not of the last audit, such as of a PBX not reached."""
    if link is None or status.last is None or link.run == status.last.run:
        return NOTHING
    if status.success is not None and link.run == status.success.run:
        return say("report of {day}", day=status.success.day.isoformat())
    return say("report of run {run}", run=link.run) if link.run else NOTHING


def _ending(status: v1.PbxStatus) -> NextExpiry | None:
    if not status.expiring:
        return None
    first, *more = status.expiring
    return NextExpiry(
        morning_sentences.ends(first.kind, first.name), first.ends.isoformat(), len(more)
    )
