"""Views for people who explore: an interface, see docs/fleet-sql.md.

Their names and columns stay. Times and days are those of the database where it has them, and texts
that order as they do where it has none. A migration that changes a table below them drops them
first, and makes them again.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from alembic import op

revision = "0003"
down_revision = "0002"


class _Words(NamedTuple):
    """How a database says what is not the same in both."""

    day: str
    moment: str
    days: str
    seconds: str


_SQLITE: Final = _Words(
    day="{0}",
    moment="{0}",
    days="CAST(julianday({1}) - julianday({0}) AS INTEGER)",
    seconds="CAST(round((julianday({1}) - julianday({0})) * 86400) AS INTEGER)",
)
_POSTGRESQL: Final = _Words(
    day="CAST({0} AS date)",
    moment="CAST({0} AS timestamptz)",
    days="(CAST({1} AS date) - CAST({0} AS date))",
    seconds="CAST(round(extract(epoch FROM CAST({1} AS timestamptz) - CAST({0} AS timestamptz)))"
    " AS integer)",
)
# The day to count to: runs are ordered by their numbers.
_LAST_DAY: Final = "(SELECT day FROM run ORDER BY number DESC LIMIT 1)"
_NEWEST: Final = "(SELECT a.run FROM audit a WHERE a.pbx = p.id{which} ORDER BY a.run DESC LIMIT 1)"


def upgrade() -> None:
    """Make the views."""
    words = _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE
    for name, query in (
        ("v_run", _runs(words)),
        ("v_audit", _audits(words)),
        ("v_pbx", _pbxs(words)),
        ("v_control_now", _controls(words)),
        ("v_finding_open", _findings(words)),
        ("v_change", _changes(words)),
        ("v_delivery", _deliveries(words)),
    ):
        op.execute(f"CREATE VIEW {name} AS {query}")


def _runs(words: _Words) -> str:
    counted = "(SELECT count(*) FROM audit a WHERE a.run = r.number AND a.ending {0} 'audited')"
    return f"""
    SELECT r.number AS run, {words.day.format("r.day")} AS day,
        {words.moment.format("r.started")} AS started, {words.moment.format("r.ended")} AS ended,
        {words.seconds.format("r.started", "r.ended")} AS seconds, r.code AS exit_code,
        {counted.format("=")} AS audited, {counted.format("<>")} AS not_audited
    FROM run r"""  # noqa: S608 -- nothing of it is from outside


def _audits(words: _Words) -> str:
    return f"""
    SELECT a.run, {words.day.format("a.day")} AS day, p.tenant, a.pbx,
        {words.moment.format("a.started")} AS started, {words.moment.format("a.ended")} AS ended,
        {words.seconds.format("a.started", "a.ended")} AS seconds, a.ending,
        a.code AS exit_code, a.score, a.objects, a.profile, a.tool
    FROM audit a JOIN pbx p ON p.id = a.pbx"""  # noqa: S608 -- ditto


def _pbxs(words: _Words) -> str:
    failed = {
        f"failed_{severity}": f"status = 'failed' AND c.severity = '{severity}'"
        for severity in ("critical", "high", "medium", "low", "info")
    }
    counted = failed | {
        "waived": "status = 'waived'",
        "undecided": "status IN ('unknown', 'error')",
        "passed": "status = 'passed'",
    }
    numbers = ", ".join(f"{_counted(which)} AS {name}" for name, which in counted.items())
    return f"""
    SELECT n.tenant, n.pbx,
        CASE WHEN n.last_run IS NULL THEN 'never'
            WHEN n.rebound = 0 AND coalesce(n.answered, 0) <> coalesce(n.success, 0)
                THEN 'identity-conflict'
            WHEN n.success IS NULL OR l.ending <> 'audited' THEN 'unreachable'
            WHEN s.code = 1 THEN 'failed'
            WHEN s.code = 0 THEN 'compliant'
            ELSE 'incomplete' END AS state,
        n.last_run, {words.moment.format("l.ended")} AS last_at, l.ending AS last_ending,
        n.success AS success_run, {words.moment.format("s.ended")} AS success_at,
        {words.day.format("s.day")} AS success_day, s.code AS exit_code, s.score, s.objects,
        s.profile, {numbers}
    FROM (
        SELECT p.id AS pbx, p.tenant, p.rebound, {_NEWEST.format(which="")} AS last_run,
            {_NEWEST.format(which=" AND a.ending = 'audited'")} AS success,
            {_NEWEST.format(which=" AND a.ending IN ('audited', 'identity-conflict')")} AS answered
        FROM pbx p) n
    LEFT JOIN audit l ON l.pbx = n.pbx AND l.run = n.last_run
    LEFT JOIN audit s ON s.pbx = n.pbx AND s.run = n.success"""  # noqa: S608 -- ditto


def _counted(which: str) -> str:
    return (
        "(SELECT count(*) FROM result_span c WHERE c.pbx = n.pbx AND c.to_run IS NULL"  # noqa: S608
        f" AND c.{which})"
    )


def _since(table: str, of: str, value: str) -> str:
    """Return since which run it stands so: a span may differ from the one before by severity."""
    return f"""
    (SELECT min(b.from_run) FROM {table} b WHERE {of.format("b")} AND b.{value} = o.{value}
        AND b.from_run > coalesce((SELECT max(d.from_run) FROM {table} d
            WHERE {of.format("d")} AND d.{value} <> o.{value}), 0))"""  # noqa: S608 -- ditto


def _controls(words: _Words) -> str:
    of = "{0}.pbx = o.pbx AND {0}.control = o.control"
    return f"""
    SELECT n.tenant, n.pbx, n.control, n.status, n.severity, n.version,
        n.since AS since_run, {words.day.format("r.day")} AS since_day,
        {words.days.format("r.day", _LAST_DAY)} AS days, b.cause
    FROM (
        SELECT p.tenant, o.pbx, o.control, o.status, o.severity, o.version,
            {_since("result_span", of, "status")} AS since
        FROM result_span o JOIN pbx p ON p.id = o.pbx
        WHERE o.to_run IS NULL AND o.status <> 'not-asked') n
    JOIN run r ON r.number = n.since
    JOIN result_span b ON b.pbx = n.pbx AND b.control = n.control
        AND b.from_run = n.since"""  # noqa: S608 -- ditto


def _findings(words: _Words) -> str:
    return f"""
    SELECT n.tenant, n.pbx, n.control, n.subject_kind, n.subject_id, n.subject_name AS subject,
        n.property, n.standing, n.severity, n.first_run,
        {words.day.format("f.day")} AS first_day, n.since AS since_run,
        {words.day.format("r.day")} AS since_day,
        {words.days.format("r.day", _LAST_DAY)} AS days, b.cause
    FROM (
        SELECT p.tenant, i.*, o.standing, o.severity, o.finding,
            {_since("finding_span", "{0}.finding = o.finding", "standing")} AS since
        FROM finding_span o JOIN finding i ON i.id = o.finding JOIN pbx p ON p.id = i.pbx
        WHERE o.to_run IS NULL AND o.standing IN ('failed', 'waived', 'undecided')) n
    JOIN run f ON f.number = n.first_run
    JOIN run r ON r.number = n.since
    JOIN finding_span b ON b.finding = n.finding AND b.from_run = n.since"""  # noqa: S608 -- ditto


def _changes(words: _Words) -> str:
    return f"""
    SELECT s.from_run AS run, {words.day.format("r.day")} AS day, p.tenant, s.pbx,
        'control' AS what, s.control, NULL AS subject_kind, NULL AS subject_id, NULL AS subject,
        NULL AS property, b.status AS before, s.status AS after, s.severity, s.cause, s.also
    FROM result_span s JOIN pbx p ON p.id = s.pbx JOIN run r ON r.number = s.from_run
    LEFT JOIN result_span b ON b.pbx = s.pbx AND b.control = s.control AND b.to_run = s.from_run
    UNION ALL
    SELECT s.from_run, {words.day.format("r.day")}, p.tenant, i.pbx, 'finding', i.control,
        i.subject_kind, i.subject_id, i.subject_name, i.property, b.standing, s.standing,
        s.severity, s.cause, s.also
    FROM finding_span s JOIN finding i ON i.id = s.finding JOIN pbx p ON p.id = i.pbx
    JOIN run r ON r.number = s.from_run
    LEFT JOIN finding_span b ON b.finding = s.finding
        AND b.to_run = s.from_run"""  # noqa: S608 -- ditto


def _deliveries(words: _Words) -> str:
    return f"""
    SELECT d.run, d.channel, d.recipient, d.state, {words.moment.format("d.made")} AS made,
        d.tries, {words.moment.format("d.last_try")} AS last_try,
        {words.moment.format("d.next_try")} AS next_try
    FROM delivery d"""  # noqa: S608 -- ditto
