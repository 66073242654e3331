"""A history behind a pooler in transaction mode: each transaction has another connection."""

from __future__ import annotations

import psycopg
import pytest
from sqlalchemy import text

from auditor.errors import BusyError
from auditor.fleet.scale.listening import hears
from auditor.fleet.store.connection.database_lock import locked_database
from auditor.fleet.store.connection.locks import Owner
from auditor.fleet.store.history import History
from auditor.model.vocabulary import Status
from tests.fixtures import pooler
from tests.fixtures.fleet_story import Story, passed
from tests.fleet.store.test_tenants import name_of

OURS, THEIRS = Owner("host", 1, "now"), Owner("host", 2, "now")


@pytest.fixture
def behind(cluster, database):
    if not pooler.is_installed():
        pytest.skip("PgBouncer is not installed")
    with pooler.pooled(cluster, name_of(database)) as url:
        yield url


def test_a_history_is_kept_as_without_it(behind, database):
    with History.open(behind) as history:
        story = Story(history)
        for _ in range(8):  # what is asked often would be prepared, on one of the connections
            story.night({"muster-1": [passed()], "zeta-1": [passed()]})
        controls = history.known("muster-1").controls
    with History.open(database, migrate=False) as history:
        assert history.known("muster-1").controls == controls
    assert {one.status for one in controls.values()} == {Status.PASSED}


def test_who_asks_about_one_tenant_sees_that_one_alone(behind):
    with History.open(behind) as history:
        Story(history).night({"muster-1": [passed()], "zeta-1": [passed()]})
    for tenant in ("muster", "zeta"):
        with (
            History.open(behind, migrate=False, tenant=tenant) as history,
            history.reading() as connection,
        ):
            for table in ("pbx", "v_audit"):
                found = connection.scalars(text(f"SELECT tenant FROM {table}"))  # noqa: S608
                assert set(found) == {tenant}


def test_one_run_at_a_time(behind, database):
    for first, second in ((behind, behind), (behind, database), (database, behind)):
        with locked_database(first, OURS) as hold:
            with pytest.raises(BusyError), locked_database(second, THEIRS):
                pass
            hold.renew()
            with psycopg.connect(behind) as other:
                assert (
                    not other.execute("SELECT current_setting('application_name')")
                    .fetchone()[0]
                    .startswith("pbx-auditor host")
                )
            with pytest.raises(BusyError), locked_database(second, THEIRS):
                pass
        with locked_database(second, THEIRS):
            pass


def test_that_no_notice_arrives_is_found_out(behind, database):
    assert hears(database)
    assert not hears(behind, patience=0.5)
