"""What is in deploy/: each name in it exists, and the programs that read it find it in order."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg
import pytest
from ruamel.yaml import YAML
from sqlalchemy import text

from auditor.fleet.history_model import AuditEnding, Standing, State
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.look_back.calendar import calendar_of
from auditor.fleet.look_back.fleet_status import status_of
from auditor.fleet.outward.metrics import Stood, metrics_of
from auditor.fleet.store.history import History
from auditor.fleet.store.history_records import DeliveryState
from auditor.model.vocabulary import Severity
from auditor.run.clock import SYSTEM_CLOCK
from tests.fixtures.fleet_story import Story, failed, passed, unknown
from tests.fleet.conftest import pbx
from tests.fleet.store.conftest import cluster, database

__all__ = ["cluster", "database"]

ROOT = Path(__file__).parents[3]
DEPLOY = ROOT / "deploy"
RULES = DEPLOY / "prometheus" / "pbx-auditor.rules.yml"
DASHBOARD = DEPLOY / "grafana" / "fleet.json"
GUIDE = ROOT / "docs" / "fleet-sql.md"
ROLE = "pbx_auditor_grafana"
TENANT = "reader_of_muster"
VALUES = {
    "state": {*State, *DeliveryState},
    "severity": set(Severity),
    "standing": set(Standing),
}


def rules():
    groups = YAML(typ="safe", pure=True).load(RULES)["groups"]
    return [rule for group in groups for rule in group["rules"]]


class TestPrometheus:
    def test_every_metric_exists(self, folder):
        inventory = read_inventory(folder.inventory(pbx("graz")))
        calendar = calendar_of(SYSTEM_CLOCK.now(), None, None)
        status = status_of(inventory, (), None, calendar).document
        written = metrics_of(inventory, status, Stood())
        known = set(re.findall(r"^# TYPE (\S+)", written, re.MULTILINE))
        asked = re.findall(r"\bpbx_auditor_\w+", " ".join(rule["expr"] for rule in rules()))
        assert asked
        assert set(asked) <= known
        guide = (ROOT / "docs" / "fleet.md").read_text(encoding="utf-8")
        assert not {name for name in known if f"`{name.removeprefix('pbx_auditor_')}`" not in guide}

    def test_every_value_of_a_label_exists(self):
        found = re.findall(r'(\w+)=~?"([^"]+)"', " ".join(rule["expr"] for rule in rules()))
        for label, values in found:
            assert set(values.split("|")) <= VALUES[label]

    def test_every_alert_is_tried(self):
        document = YAML(typ="safe", pure=True).load(RULES.with_name("pbx-auditor.test.yml"))
        tried = [one for group in document["tests"] for one in group["alert_rule_test"]]
        names = {rule["alert"] for rule in rules()}
        assert {one["alertname"] for one in tried if one["exp_alerts"]} == names
        assert {one["alertname"] for one in tried if not one["exp_alerts"]} == names

    @pytest.mark.parametrize("what", ["rules", "test"])
    def test_promtool_finds_them_in_order(self, what):
        promtool = shutil.which("promtool")
        if promtool is None:
            pytest.skip("promtool is not installed (Debian: package prometheus)")
        words = ["check", "rules"] if what == "rules" else ["test", "rules"]
        ended = subprocess.run(  # noqa: S603 -- what is installed
            [promtool, *words, f"pbx-auditor.{what}.yml"],
            cwd=RULES.parent, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr


def told(place):
    """Tell a few nights, in which each view gets rows."""
    with History.open(place) as history:
        story = Story(history)
        story.night({"muster-1": [failed("HD-03"), passed()], "other-1": [unknown()]})
        story.number += 40
        controls = [failed("HD-03", "anna", "bert"), failed()]
        story.night({"muster-1": controls, "other-1": AuditEnding.UNREACHABLE})


@pytest.fixture(scope="module")
def served(cluster):
    """Make a history in PostgreSQL; give its address for a role."""
    name = f"grafana_{os.getpid()}"
    told(cluster.create_begun(name))
    for _ in range(2):  # it can be run again
        cluster.give_roles(name, **{TENANT: ("tenant", "muster")})
    yield lambda role=ROLE: cluster.url(name, role)
    cluster.drop(name)


def queries():
    """Return each query of the dashboard, as Grafana sends it."""
    document = json.loads(DASHBOARD.read_text(encoding="utf-8"))
    found = [target["rawSql"] for panel in document["panels"] for target in panel["targets"]]
    found += [one["query"] for one in document["templating"]["list"] if one["type"] == "query"]
    for query in found:
        filled = query.replace("$tenant", "'muster','other'")
        yield re.sub(
            r"\$__timeFilter\((\S+?)\)",
            r"\1 BETWEEN '2020-01-01T00:00:00Z' AND '2040-01-01T00:00:00Z'",
            filled,
        )


class TestGrafana:
    def test_every_query_is_answered_to_its_role(self, served):
        empty = []
        with psycopg.connect(served(), autocommit=True) as connection:
            for query in queries():
                assert "$" not in query
                if not connection.execute(query).fetchall():
                    empty.append(query)
        assert not empty

    @pytest.mark.parametrize(
        "forbidden",
        ["SELECT * FROM pbx", "SELECT content FROM document", "SELECT * FROM v_finding_open",
         "SELECT subject FROM v_change", "SELECT * FROM event", "CREATE TABLE mine (id int)",
         "SET default_transaction_read_only = off; DELETE FROM v_run"],
    )  # fmt: skip
    def test_its_role_sees_and_does_nothing_else(self, served, forbidden):
        with (
            psycopg.connect(served(), autocommit=True) as connection,
            pytest.raises(psycopg.Error) as error,
        ):
            connection.execute(forbidden)
        assert error.value.sqlstate in {"42501", "25006"}

    def test_every_panel_has_a_place_of_its_own(self):
        panels = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
        assert len({one["id"] for one in panels}) == len(panels)
        cells = [
            (x, y)
            for one in panels
            for x in range(one["gridPos"]["x"], one["gridPos"]["x"] + one["gridPos"]["w"])
            for y in range(one["gridPos"]["y"], one["gridPos"]["y"] + one["gridPos"]["h"])
        ]
        assert len(set(cells)) == len(cells)
        assert max(x for x, _ in cells) == 23

    def test_nothing_of_it_is_lost_on_its_schema(self):
        """Grafana's own classes, made of its schema, drop what they do not know."""
        sdk = pytest.importorskip(
            "grafana_foundation_sdk.models.dashboard", reason="`make readers` installs it"
        )
        from grafana_foundation_sdk.cog.encoder import JSONEncoder  # noqa: PLC0415

        document = json.loads(DASHBOARD.read_text(encoding="utf-8"))
        read = json.loads(JSONEncoder().encode(sdk.Dashboard.from_json(document)))
        assert list(lost(document, read)) == []


def lost(before, after, at=""):
    """Yield the places of what is in one document and not, or otherwise, in another."""
    if isinstance(before, dict) and isinstance(after, dict):
        for key, value in before.items():
            yield from lost(value, after.get(key), f"{at}/{key}")
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for number, pair in enumerate(zip(before, after, strict=True)):
            yield from lost(*pair, f"{at}/{number}")
    elif before != after:
        yield at


def examples():
    (block,) = re.findall(r"```sql\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    return [one.strip() for one in block.split(";") if one.strip()]


class TestGuide:
    @pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
    def test_its_examples_are_answered(self, kind, tmp_path, request):
        place = tmp_path / "history.db"
        if kind == "postgresql":
            place = request.getfixturevalue("database")
        told(place)
        with History.open(place) as history, history.reading() as connection:
            for one in examples():
                connection.execute(text(one)).fetchall()
            (row,) = connection.execute(text(examples()[0])).fetchall()
        assert tuple(row)[:2] == ("muster", "muster-1")

    def test_it_names_the_columns(self):
        from tests.fleet.store.test_views import INTERFACE  # noqa: PLC0415

        text = GUIDE.read_text(encoding="utf-8")
        rows = re.findall(r"^\| `(v_\w+)` \|[^|]*\|([^|]*)\|$", text, re.MULTILINE)
        assert {view: " ".join(re.findall(r"`(\w+)`", said)) for view, said in rows} == INTERFACE

    def test_its_examples_are_answered_to_a_tenant(self, served):
        with psycopg.connect(served(TENANT), autocommit=True) as connection:
            for one in examples():
                connection.execute(one).fetchall()
            found = connection.execute(examples()[1]).fetchall()
        assert {tenant for tenant, *_ in found} == {"muster"}

    def test_datasette_answers(self, tmp_path):
        pytest.importorskip("datasette", reason="`make readers` installs it")
        told(tmp_path / "copy.db")
        ended = subprocess.run(  # noqa: S603 -- what is installed
            [Path(sys.executable).with_name("datasette"), "serve", tmp_path / "copy.db",
             "--metadata", DEPLOY / "datasette" / "history.yml",
             "--get", "/copy/failed_for_long.json?control=HD-03&days=30&_shape=array"],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stderr
        assert [one["pbx"] for one in json.loads(ended.stdout)] == ["muster-1"]
