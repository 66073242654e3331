"""Metrics of a fleet, as the textfile collectors of node_exporter and windows_exporter read them.

The text is OpenMetrics, and what Prometheus reads from files at the same time: gauges only, no
timestamps. A time is 0, and a code -1, for what never was: an alert on an age finds it by itself,
while what is absent raises none.

Labels are tenants, PBXs, states, standings and severities. Ids are those of the inventory, which
bounds them, and permanent; no name of anything that a PBX holds is among them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from auditor.fleet.history_model import Standing, State
from auditor.fleet.inventory.inventory_model import Inventory
from auditor.fleet.inventory.inventory_reader import reads_here
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.store.history_records import Delivery, DeliveryState, RecordedRun
from auditor.fleet.store.queries.metric_queries import Ended, Findings
from auditor.fleet.store.queries.result_rows import Overview
from auditor.model.vocabulary import Severity

PREFIX: Final = "pbx_auditor_"
NEVER: Final = 0
NO_CODE: Final = -1
_STANDINGS: Final = (Standing.FAILED, Standing.WAIVED, Standing.UNDECIDED)
_Labels = Mapping[str, str]


class Stood(NamedTuple):
    """What the history says for metrics; nothing of it where there is no history yet."""

    last: RecordedRun | None = None
    ended: Ended = Ended()
    overview: Sequence[Overview] = ()
    findings: Findings = {}  # noqa: RUF012 -- nobody changes it
    deliveries: Sequence[Delivery] = ()


class Metric(NamedTuple):
    """A gauge: its name without the prefix, what it is, and a value for each set of labels."""

    name: str
    help: str
    samples: Sequence[tuple[_Labels, float]]


def metrics_of(
    inventory: Inventory, status: v1.Status, stood: Stood, tenant: str | None = None
) -> str:
    """Return the metrics of a fleet, or those that one tenant may see.

    How a whole run ended says something about others, and so is in no export for one tenant.
    """
    metrics = [*_of_runs(inventory, status, stood.last)]
    if tenant is None:
        metrics += _of_ends(stood.ended)
    metrics += _of_pbxs(inventory, status, stood, tenant)
    listed = {one.id for one in inventory.recipients}
    told = [one for one in stood.deliveries if one.recipient in listed]
    metrics.append(_deliveries(told, tenant))
    return "".join(map(_written, metrics)) + "# EOF\n"


def _of_runs(inventory: Inventory, status: v1.Status, last: RecordedRun | None) -> Iterator[Metric]:
    run = status.last_run
    nightly = last.expected(reads_here=reads_here(inventory)) if last is not None else None
    yield _plain("exported_timestamp_seconds", "When this was written.", _time(status.at))
    yield _plain("run_number", "Number of the last run, 0 if there was none.", _number(last))
    yield _plain(
        "run_last_start_timestamp_seconds",
        "When the last run was started, 0 if there was none.",
        _time(nightly.started if nightly else None),
    )
    yield _plain(
        "run_interval_seconds",
        "How often a run is expected ([fleet] every), 0 if nobody says.",
        inventory.fleet.every or 0,
    )
    yield _plain(
        "run_overdue",
        "1 if a run was expected and did not happen, as of when this was written.",
        int(run is not None and run.overdue_since is not None),
    )
    yield _plain(
        "run_left_pbxs", "PBXs that the last run has no result of yet.", run.left if run else 0
    )


def _of_ends(ended: Ended) -> Iterator[Metric]:
    last, fine = ended
    yield _plain(
        "run_last_end_timestamp_seconds",
        "When the last run that came to its end did, 0 if there was none.",
        _time(last.ended if last else None),
    )
    yield _plain(
        "run_last_success_timestamp_seconds",
        "When the last run ended that did what it is for (exit code 0, 1 or 4), 0 if none did.",
        _time(fine.ended if fine else None),
    )
    yield _plain(
        "run_duration_seconds",
        "How long the last run took that came to its end, 0 if there was none.",
        (last.ended - last.started).total_seconds() if last and last.ended else 0,
    )
    yield _plain(
        "run_exit_code",
        "Exit code of the last run that came to its end, -1 if there was none.",
        last.code if last and last.code is not None else NO_CODE,
    )


def _of_pbxs(
    inventory: Inventory, status: v1.Status, stood: Stood, tenant: str | None
) -> Iterator[Metric]:
    tenants = [one.id for one in inventory.tenants if tenant in {None, one.id}]
    pbxs = sorted(status.pbxs, key=lambda one: (one.tenant, one.pbx))
    owner = {one.pbx: one.tenant for one in pbxs}
    states = Counter((one.tenant, one.state) for one in pbxs)
    yield Metric(
        "pbxs",
        "PBXs of a tenant in a state, as `fleet status` has it.",
        [
            ({"tenant": one, "state": state.value}, states[one, state.value])
            for one in tenants
            for state in State
        ],
    )
    # What the history has under another tenant than the inventory is not theirs.
    known = {one.pbx: one for one in stood.overview if owner.get(one.pbx) == one.tenant}
    yield from _times(pbxs, known)
    yield _findings(tenants, {pbx: owner[pbx] for pbx in known}, stood.findings)
    yield _failed_controls(tenants, pbxs)
    expiring = Counter(dict.fromkeys(tenants, 0))
    for one in pbxs:
        expiring[one.tenant] += len(one.expiring)
    yield Metric(
        "expiring",
        "Waivers, attestations and certificates that end within thirty days.",
        [({"tenant": one}, expiring[one]) for one in tenants],
    )


def _times(pbxs: Iterable[v1.PbxStatus], known: Mapping[str, Overview]) -> Iterator[Metric]:
    ids = [({"tenant": one.tenant, "pbx": one.pbx}, known.get(one.pbx)) for one in pbxs]
    yield Metric(
        "pbx_last_attempt_timestamp_seconds",
        "When a PBX was last tried, 0 if never.",
        [(labels, _time(one.last.ended if one and one.last else None)) for labels, one in ids],
    )
    yield Metric(
        "pbx_last_success_timestamp_seconds",
        "When an audit of a PBX could last look, 0 if never.",
        [
            (labels, _time(one.success.ended if one and one.success else None))
            for labels, one in ids
        ],
    )


def _findings(tenants: Sequence[str], owner: Mapping[str, str], findings: Findings) -> Metric:
    counts: Counter[tuple[str, Standing, Severity]] = Counter()
    for (pbx, standing, severity), count in findings.items():
        if pbx in owner:
            counts[owner[pbx], standing, severity] += count
    return Metric(
        "findings",
        "Open findings by the last audit that could look: failed, waived or undecided.",
        [
            (
                {"tenant": one, "standing": standing.value, "severity": severity.value},
                counts[one, standing, severity],
            )
            for one in tenants
            for standing in _STANDINGS
            for severity in Severity
        ],
    )


def _failed_controls(tenants: Sequence[str], pbxs: Iterable[v1.PbxStatus]) -> Metric:
    counts: Counter[tuple[str, str]] = Counter()
    for one in pbxs:
        for severity, count in one.failed.items():
            counts[one.tenant, severity] += count
    return Metric(
        "failed_controls",
        "Controls that fail, over all PBXs of a tenant, by the last audit that could look.",
        [
            ({"tenant": one, "severity": severity.value}, counts[one, severity.value])
            for one in tenants
            for severity in Severity
        ],
    )


def _deliveries(deliveries: Iterable[Delivery], tenant: str | None) -> Metric:
    """Return what became of messages; one tenant hears of those that name it alone."""
    counts = Counter(one.state for one in deliveries if tenant is None or one.tenants == {tenant})
    return Metric(
        "deliveries",
        "Recipients by what became of the last message to them.",
        [({"state": state.value}, counts[state]) for state in DeliveryState],
    )


def _plain(name: str, what: str, value: float) -> Metric:
    return Metric(name, what, [({}, value)])


def _number(run: RecordedRun | None) -> int:
    return run.number if run is not None else NEVER


def _time(moment: datetime | None) -> float:
    return moment.timestamp() if moment is not None else NEVER


def _written(metric: Metric) -> str:
    name = PREFIX + metric.name
    lines = [f"# HELP {name} {metric.help}", f"# TYPE {name} gauge"]
    lines += [f"{name}{_labels(labels)} {_value(value)}" for labels, value in metric.samples]
    return "\n".join([*lines, ""])


def _labels(labels: _Labels) -> str:
    # Ids and words of closed sets: nothing in them has to be escaped.
    return (
        "{" + ",".join(f'{key}="{value}"' for key, value in labels.items()) + "}" if labels else ""
    )


def _value(value: float) -> str:
    return str(int(value)) if value == int(value) else f"{value:.3f}"
