"""A history of many PBXs over a month of nights, written at once: what a page is made of."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, TypeVar

from sqlalchemy import Connection

from auditor.fleet.history_model import AuditEnding, Cause, Expiry, Standing
from auditor.fleet.store.content_store import expiries_content, keep
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import AUDIT, FINDING, FINDING_SPAN, PBX, RESULT_SPAN, RUN, TENANT
from auditor.messages.message import NOTHING, say
from auditor.model.vocabulary import Status
from auditor.rules.catalogue import load_catalogue
from tests.benchmarks.history import write_rows
from tests.fixtures.fleet_history import key

NIGHTS: Final = 30
_State = TypeVar("_State")
# How many of a hundred controls fail and are not decided, of so many of ten PBXs.
_KINDS: Final = (((0, 0), 4), ((2, 0), 2), ((12, 4), 3), ((3, 20), 1))
_OTHER: Final = ((Status.WAIVED, 2), (Status.NOT_APPLICABLE, 16), (Status.MANUAL, 2))
_CHANGES: Final = 3
_TOWNS: Final = ("Graz", "Linz", "Wien", "Salzburg", "Villach", "Krems", "Bregenz", "Enns")


def write_many(folder: Path, pbxs: int, tenants: int, now: datetime) -> None:
    """Write an inventory and the history of its last month into a folder."""
    folder.chmod(0o700)
    names = [f"{_TOWNS[number % len(_TOWNS)].lower()}-{number + 1}" for number in range(pbxs)]
    owner = {name: f"kunde-{number % tenants + 1:02}" for number, name in enumerate(names)}
    (folder / "fleet.toml").write_text(_inventory(names, owner), encoding="utf-8")
    with History.open(folder / "history.db") as history, history.reading() as connection:
        _fill(connection, owner, now)


def _inventory(names: list[str], owner: dict[str, str]) -> str:
    blocks = ['[fleet]\nname = "Systemhaus Beispiel"\nevery = "24h"\n']
    for tenant in sorted(set(owner.values())):
        number = int(tenant[-2:])
        name = f"Kunde {number} {'GmbH' if number % 2 else 'Spital AG'}"
        blocks.append(f'[[tenant]]\nid = "{tenant}"\nname = "{name}"\nlanguage = "de"\n')
    for number, name in enumerate(names):
        shown = f"{_TOWNS[number % len(_TOWNS)]} {number + 1}"
        tags = '["hotel"]' if number % 4 == 0 else '["clinic", "ward"]'
        target = f'target = "{name}"\ntags = {tags}\n'
        blocks.append(
            f'[[pbx]]\nid = "{name}"\nname = "{shown}"\ntenant = "{owner[name]}"\n{target}'
        )
    return "\n".join(blocks)


def _fill(connection: Connection, owner: dict[str, str], now: datetime) -> None:
    chance = random.Random(1)  # noqa: S311 -- an example
    rules = load_catalogue().rules
    write_rows(connection, TENANT, ({"id": one} for one in sorted(set(owner.values()))))
    rows = ({"id": one, "tenant": tenant, "rebound": 0} for one, tenant in owner.items())
    write_rows(connection, PBX, rows)
    write_rows(connection, RUN, _runs(now))
    severities = {name: rule.severity.value for name, rule in rules.items()}
    numbers = iter(range(1, 10_000_000))
    results: list[dict[str, object]] = []
    findings: list[dict[str, object]] = []
    spans: list[dict[str, object]] = []
    codes: dict[str, int] = {}
    for pbx in owner:
        shares = _shares(chance)
        codes[pbx] = 0
        for control, severity in severities.items():
            history = _history(chance, shares)
            codes[pbx] = _worse(codes[pbx], history[-1][1], severity)
            for begin, status, end in _until(history):
                span = {"severity": severity, **_span(begin, end)}
                about = {"pbx": pbx, "control": control, "version": 1}
                results.append({**about, "status": status.value, **span})
            finding = next(numbers)
            standings = _standings(history)
            if standings:
                findings.append(_finding(finding, pbx, control, standings[0][0]))
            for begin, standing, end in _until(standings):
                span = {"severity": severity, **_span(begin, end)}
                spans.append({"finding": finding, "standing": standing.value, **span})
    write_rows(connection, RESULT_SPAN, iter(results))
    write_rows(connection, FINDING, iter(findings))
    write_rows(connection, FINDING_SPAN, iter(spans))
    write_rows(connection, AUDIT, _audits(connection, codes, chance, now))


def _shares(chance: random.Random) -> dict[Status, int]:
    """Return how many of a hundred controls of a PBX stand how."""
    kinds, weights = [one for one, _ in _KINDS], [share for _, share in _KINDS]
    failed, unknown = chance.choices(kinds, weights)[0]
    shares = {Status.FAILED: failed, Status.UNKNOWN: unknown, **dict(_OTHER)}
    return {Status.PASSED: 100 - sum(shares.values()), **shares}


def _worse(code: int, status: Status, severity: str) -> int:
    if status is Status.FAILED and severity in {"critical", "high"}:
        return 1
    return 4 if status is Status.UNKNOWN and code == 0 else code


def _history(chance: random.Random, shares: dict[Status, int]) -> list[tuple[int, Status]]:
    """Return since which nights a control stands how; a few change in a month."""
    words, weights = list(shares), list(shares.values())
    history = [(1, chance.choices(words, weights)[0])]
    if chance.random() < _CHANGES / 100:
        night = chance.choice([*range(2, NIGHTS), *[NIGHTS] * 4])
        after = chance.choices(words, weights)[0]
        if after is not history[0][1]:
            history.append((night, after))
    return history


def _until(
    history: Sequence[tuple[int, _State]],
) -> Iterator[tuple[int, _State, int | None]]:
    """Yield each state with the night that it began, and the one that it ended with."""
    ends = [*(night for night, _ in history[1:]), None]
    for (night, state), end in zip(history, ends[: len(history)], strict=True):
        yield night, state, end


def _standings(history: list[tuple[int, Status]]) -> list[tuple[int, Standing]]:
    known = {Status.FAILED: Standing.FAILED, Status.WAIVED: Standing.WAIVED,
             Status.UNKNOWN: Standing.UNDECIDED}  # fmt: skip
    first = [(night, known[status]) for night, status in history if status in known]
    if first and history[-1][1] not in known:
        first.append((history[-1][0], Standing.FIXED))
    return first


def _span(begin: int, end: int | None) -> dict[str, object]:
    cause = Cause.PBX if begin > 1 else Cause.FIRST
    return {"from_run": begin, "to_run": end, "cause": cause.value, "also": ()}


def _finding(number: int, pbx: str, control: str, first: int) -> dict[str, object]:
    return {
        "id": number,
        "pbx": pbx,
        "key": key(control, pbx),
        "control": control,
        "subject_kind": "user",
        "subject_id": f"{number:032x}",
        "subject_name": f"Firstname Lastname {number}",
        "subject_owner": "",
        "property": "",
        "first_run": first,
    }


def _runs(now: datetime) -> Iterator[dict[str, object]]:
    for night in range(1, NIGHTS + 1):
        at = _at(now, night)
        yield {
            "number": night,
            "owner": "pbx-auditor@host 4711",
            "day": at.date(),
            "started": at,
            "ended": at + timedelta(minutes=9),
            "code": 1,
            "selection": "",
            "clock_back": 0,
        }


def _at(now: datetime, night: int) -> datetime:
    return datetime.combine(now.date(), datetime.min.time(), UTC) - timedelta(days=NIGHTS - night)


def _audits(
    connection: Connection, codes: dict[str, int], chance: random.Random, now: datetime
) -> Iterator[dict[str, object]]:
    soon = now.date() + timedelta(days=12)
    some = keep(connection, expiries_content([Expiry("waiver", "HD-05 goetz", soon)]))
    none = keep(connection, expiries_content([]))
    snapshot = keep(connection, b"{}")
    away = {pbx: chance.choice([1, 2, 6]) for pbx in codes if chance.random() < 1 / 25}
    for night in range(1, NIGHTS + 1):
        at = _at(now, night)
        for number, pbx in enumerate(codes):
            is_away = night > NIGHTS - away.get(pbx, 0)
            audit = {
                "run": night,
                "pbx": pbx,
                "started": at,
                "ended": at + timedelta(minutes=number % 9),
                "day": at.date(),
                "ending": (AuditEnding.UNREACHABLE if is_away else AuditEnding.AUDITED).value,
                "reason": say("it does not answer") if is_away else NOTHING,
                "remarks": (),
            }
            read = {
                "code": codes[pbx],
                "score": 60 + number % 37,
                "serial": f"0090330000{number:02x}",
                "objects": 200,
                "content": "c" * 64,
                "tool": "0.1.0",
                "rules": "r" * 64,
                "vulnerabilities": "v" * 64,
                "profile": "baseline",
                "snapshot": snapshot,
                "expiries": some if number % 9 == 0 else none,
            }
            yield {**audit, **(dict.fromkeys(read) if is_away else read)}
