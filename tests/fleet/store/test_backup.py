"""A history in PostgreSQL is saved and restored as docs/fleet-postgresql.md says, wholly."""

from __future__ import annotations

import os
import subprocess

import psycopg
import pytest

from auditor.fleet.scale import queue
from auditor.fleet.scale.queued import Order
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import METADATA
from tests.fixtures.fleet_story import Story, passed
from tests.fixtures.postgresql import OWNER, programs
from tests.fleet.store.test_tenants import READER, name_of, told


def tool(name, *arguments, check=True):
    return subprocess.run(  # noqa: S603 -- what is installed
        [programs() / name, *map(str, arguments)], check=check, capture_output=True, text=True
    )


def contents(url):
    """Return every row of every table."""
    with psycopg.connect(url) as connection:
        return {
            table: sorted(map(str, connection.execute(f"SELECT * FROM {table}").fetchall()))  # noqa: S608
            for table in METADATA.tables
        }


def queue_in(url):
    queue.make(url)
    with queue.open_queue(url) as jobs:
        jobs.settle(4, {one: Order(one, "all", 300) for one in ("muster-1", "zeta-1")})


def jobs_in(url):
    with psycopg.connect(url) as connection:
        return connection.execute("SELECT * FROM queue.procrastinate_jobs ORDER BY id").fetchall()


@pytest.mark.slow
def test_what_is_restored_is_what_was_saved(cluster, database, tmp_path, console, folder):
    with History.open(database) as history:
        told(history)
        chain = history.verify()
    queue_in(database)
    cluster.give_roles(name_of(database), **{READER: ("tenant", "muster")})
    dump = tmp_path / "history.dump"
    tool("pg_dump", "--enable-row-security", "--format=custom", f"--file={dump}", database)
    name = f"restored_{os.getpid()}"
    url = cluster.create(name)
    options = ["--exit-on-error", "--no-owner", f"--role={OWNER}"]
    tool("pg_restore", *options, f"--dbname={url}", dump)
    assert contents(url) == contents(database)
    assert jobs_in(url) == jobs_in(database)

    folder.inventory(
        '[[pbx]]\nid = "muster-1"\ntenant = "muster"\ntarget = "x"\n',
        beginning='[fleet]\nhistory_env = "HISTORY"\n[[tenant]]\nid = "muster"\n',
    )
    console.setenv("HISTORY", url)
    ended = console("fleet", "history", "verify")
    assert ended.code == 0
    assert chain.last in ended.out
    with psycopg.connect(cluster.url(name, READER)) as reader:
        rows = reader.execute("SELECT DISTINCT tenant FROM v_pbx").fetchall()
        assert rows == [("muster",)]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("SELECT * FROM public.pbx")
    check_goes_on(url, chain)
    check_forced(url)
    cluster.drop(name)


def check_goes_on(url, chain):
    """See that numbers go on where they were."""
    with History.open(url) as history:
        story = Story(history)
        story.number = 5
        story.night({"muster-1": [passed()]})
        assert history.last_run().number == 5
        assert history.verify().events == chain.events


def check_forced(url):
    """See that rows are still kept apart, in every table but that of the version."""
    with psycopg.connect(url) as connection:
        left = connection.execute(
            "SELECT count(*) FROM pg_class WHERE relkind = 'r' AND NOT relforcerowsecurity"
            " AND relnamespace::regnamespace::text IN ('public', 'queue')"
        ).fetchone()
    assert left == (1,)


def test_a_dump_by_who_sees_a_part_is_none(cluster, database, tmp_path):
    with History.open(database) as history:
        told(history)
    cluster.give_roles(name_of(database), **{READER: ("tenant", "muster")})
    reader = cluster.url(name_of(database), READER)
    file = f"--file={tmp_path / 'dump'}"
    for more in ((), ("--enable-row-security",)):
        assert tool("pg_dump", *more, file, reader, check=False).returncode
    # Without the option, PostgreSQL refuses rather than leave rows out.
    assert tool("pg_dump", file, database, check=False).returncode
