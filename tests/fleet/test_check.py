"""`fleet check` finds everything that can be found without network, and tells all of it."""

from __future__ import annotations

import json
import os

import pytest

from auditor.errors import ExitCode
from auditor.files.toml_reading import parse_toml
from auditor.fleet.inventory.checking import check_inventory
from auditor.fleet.inventory.inventory_document import fleet_schema
from auditor.messages.languages import translated
from auditor.rules.catalogue import load_catalogue
from auditor.run import setup
from auditor.run.clock import SYSTEM_CLOCK
from tests.fixtures.pbx import configuration_of
from tests.fixtures.schemas import keeps
from tests.fleet.conftest import pbx

SECRET = "canary-0815"


def checked(folder):
    """Return what is wrong and what is remarked, by place from the folder."""
    found = check_inventory(folder.file, SYSTEM_CLOCK.now().date())
    root = f"{folder.path}/"
    errors = [(one.where.removeprefix(root), str(one.message)) for one in found.errors]
    remarks = [(one.where.removeprefix(root), str(one.text)) for one in found.remarks]
    return errors, remarks


def places(found):
    return {place for place, _ in found}


@pytest.fixture
def evidence(folder):
    return folder.write("evidence/cfg.txt", configuration_of("hardened"))


class TestCommand:
    def test_what_is_begun_can_be_checked(self, console):
        assert console("fleet", "init").code == ExitCode.OK
        assert console("fleet", "check").code == ExitCode.OK

    @pytest.mark.parametrize("language", ["en", "de"])
    def test_what_is_begun_fits_the_schema(self, console, language):
        assert console("fleet", "init", "--language", language, "--name", 'A "B"').code == 0
        content = parse_toml((console.folder / "fleet.toml").read_text("utf-8"))
        keeps(content, fleet_schema)
        assert content["fleet"]["name"] == 'A "B"'

    def test_an_inventory_is_never_overwritten(self, console, folder):
        folder.file.write_text("mine")
        assert console("fleet", "init").code == ExitCode.USAGE
        assert folder.file.read_text() == "mine"

    def test_a_name_that_cannot_be_is_refused(self, console, folder):
        assert console("fleet", "init", "--name", "a\x1bb").code == ExitCode.USAGE
        assert not folder.file.exists()

    def test_every_mistake_is_said(self, console, folder):
        folder.inventory(pbx("a", tenant="x"), pbx("b", tenant="y"), pbx("c", site="gone.toml"))
        ended = console("fleet", "check")
        assert ended.code == ExitCode.USAGE
        assert [f"fleet.toml:{line}" in ended.err for line in (8, 13, 20)] == [True] * 3
        assert not ended.out

    def test_the_schema_is_printed(self, console):
        assert json.loads(console("schema", "fleet").out)["$id"]

    def test_it_speaks_german(self, console, folder):
        folder.inventory(pbx("a"))
        english = console("fleet", "check").out
        assert console("fleet", "check", "--language", "de").out != english


@pytest.mark.usefixtures("evidence")
class TestEvidence:
    def test_what_is_there_is_fine(self, folder):
        folder.inventory(pbx("a", "evidence"))
        assert checked(folder) == ([], [])

    def test_what_is_not_there_is_wrong(self, folder):
        folder.inventory(pbx("a", "gone"), pbx("b", "gone.txt"))
        errors, _ = checked(folder)
        assert places(errors) == {"fleet.toml:9", "fleet.toml:14"}

    @pytest.mark.parametrize("target", ["empty", "other", "zero.txt", "nights/*", "none/*"])
    def test_what_is_empty_is_remarked(self, folder, target):
        (folder.path / "empty").mkdir()
        (folder.path / "nights" / "1").mkdir(parents=True)
        folder.write("other/readme.pdf", "x")
        folder.write("zero.txt", "")
        folder.inventory(pbx("a", target))
        errors, remarks = checked(folder)
        assert (errors, places(remarks)) == ([], {"fleet.toml:9"})

    def test_a_path_that_no_system_has_is_wrong(self, folder):
        long = "x" * 300
        folder.inventory(
            pbx("a", long),
            pbx("b", "evidence", site=long, waivers=long, rules=[long]),
            beginning=f"[fleet]\nreports = '{long}'\nhistory = '{long}.db'\n"
            "[[tenant]]\nid = 'muster'\n",
        )
        assert places(checked(folder)[0]) == {f"fleet.toml:{line}" for line in (9, 15, 16, 17)}

    def test_a_link_that_leads_nowhere_holds_nothing(self, folder):
        (folder.path / "night-1").symlink_to("gone")
        folder.inventory(pbx("a", "night-*"))
        errors, remarks = checked(folder)
        assert (errors, places(remarks)) == ([], {"fleet.toml:9"})

    def test_a_pipe_is_no_evidence(self, folder):
        os.mkfifo(folder.path / "pipe")
        folder.inventory(pbx("a", "pipe"))
        assert places(checked(folder)[0]) == {"fleet.toml:9"}


class TestSeveralMistakes:
    @pytest.mark.parametrize(
        "head",
        [
            "id = 'x y'\ntenant = 'muster'",
            "id = 7\ntenant = 'muster'",
            "name = 'x'\ntenant = 'muster'",
            "id = 'a'\ntenant = 'muster'",
            "id = 'A'\ntenant = 'muster'",
            "id = 'x'\ntenant = 'nobody'",
            "id = 'x'\ntenant = 7",
            "id = 'x'\nname = 'x'",
            "id = 'x y'\ntenant = 'nobody'",
        ],
    )
    def test_what_identifies_a_pbx_hides_nothing_else_that_is_wrong_with_it(self, folder, head):
        rest = "target = 'gone'\nsite = 'gone.toml'\nwaivers = 'gone.toml'\nextra = 1\n"
        rest += "credentials = { password_file = 'gone' }\n"
        folder.inventory(pbx("a"), f"[[pbx]]\n{head}\n{rest}")
        found = places(checked(folder)[0])
        assert {f"fleet.toml:{line}" for line in (14, 15, 16, 17, 18)} <= found
        assert found & {"fleet.toml:11", "fleet.toml:12", "fleet.toml:13"}

    def test_two_wrong_ids_are_not_one(self, folder):
        folder.inventory(pbx("x y", "https://a.example"), pbx("x y", "https://a.example"))
        assert places(checked(folder)[0]) == {f"fleet.toml:{line}" for line in (7, 12, 14)}

    def test_what_an_unknown_tenant_may_say_is_not_missing(self, folder):
        folder.write("s.toml", "[parameters.'ZZ-01']\nreason = 'x'\n")
        folder.inventory(
            pbx("a"),
            pbx("b", tenant="nobody", site="s.toml"),
            beginning="[fleet]\nevery = '7d'\n[[tenant]]\nid = 'muster'\nmax_age = '8d'\n",
        )
        errors, remarks = checked(folder)
        assert places(errors) == {"fleet.toml:13"}
        assert "fleet.toml:11" not in places(remarks)

    def test_a_recipient_with_a_wrong_id_is_looked_at(self, folder):
        lines = ["[[recipient]]", "id = 'x y'", "tenants = ['nobody']", "channel = 'slack'"]
        folder.inventory(pbx("a"), "\n".join(lines))
        assert places(checked(folder)[0]) == {f"fleet.toml:{line}" for line in (12, 13, 14)}


@pytest.mark.usefixtures("evidence")
class TestDocuments:
    @pytest.mark.parametrize("key", ["site", "waivers"])
    def test_a_missing_one_is_told_once_for_all(self, folder, key):
        folder.inventory(pbx("a", "evidence"), pbx("b"), f"[defaults]\n{key} = 'gone.toml'")
        assert [place for place, _ in checked(folder)[0]] == ["fleet.toml:17"]

    def test_everything_in_a_site_file_is_told(self, folder):
        folder.write("s.toml", "[target]\nnam = 1\n[tls]\nfingerprint = 'x'\n[extra]\n")
        folder.write("w.toml", "[[waivers]]\nrule = 1\nx = 1\n")
        folder.inventory(pbx("a", "evidence", site="s.toml", waivers="w.toml"))
        assert {"s.toml:2", "s.toml:4", "s.toml:5", "w.toml:2", "w.toml:3"} <= places(
            checked(folder)[0]
        )

    @pytest.mark.parametrize(
        ("content", "place"),
        [
            ("[target]\ndialect = 'nonsense'\n", "s.toml:2"),
            ("[target]\ndialect = 'gone.toml'\n", "gone.toml"),
            ("[rules]\nfolders = ['gone']\n", "gone"),
            ("[waivers]\nfile = 'gone.toml'\n", "gone.toml"),
            ("[parameters.'XX-99']\nreason = 'x'\n", "s.toml:1"),
            ("[report]\nbranding = 'gone.toml'\n", "gone.toml"),
            ("[credentials]\npassword_file = '/gone'\n", "s.toml"),
        ],
    )
    def test_what_a_run_would_refuse_is_refused(self, folder, content, place):
        folder.write("s.toml", content)
        folder.inventory(pbx("a", "evidence", site="s.toml"))
        assert places(checked(folder)[0]) == {place}

    def test_an_unknown_profile_is_told_where_it_stands(self, folder):
        folder.inventory(pbx("a", "evidence", profile="baselin"), pbx("b", profile="strict"))
        assert places(checked(folder)[0]) == {"fleet.toml:10"}

    def test_rules_of_our_own_are_read(self, folder):
        folder.write("rules/x.toml", "no rule")
        folder.inventory(pbx("a", "evidence", rules=["rules"]), pbx("b", rules=["gone"]))
        assert places(checked(folder)[0]) == {"rules/x.toml:1", "fleet.toml:16"}

    def test_many_of_them_read_the_controls_once(self, folder, monkeypatch):
        read = []

        def counted(**more):
            read.append(more)
            return load_catalogue(**more)

        monkeypatch.setattr(setup, "load_catalogue", counted)
        blocks = []
        for number in range(1000):
            folder.write(f"s/{number}.toml", f"[target]\nname = '{number}'\n")
            blocks.append(pbx(f"p{number}", site=f"s/{number}.toml"))
        folder.inventory(*blocks)
        errors, remarks = checked(folder)
        assert (len(read), errors, len(remarks)) == (1, [], 1)


class TestCredentials:
    def check(self, folder, *lines):
        folder.inventory(pbx("a"), "\n".join(["[defaults.credentials]", *lines]))
        errors, remarks = checked(folder)
        return places(errors), places(remarks)

    @pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
    def test_a_file_that_others_can_read_is_wrong(self, folder, mode):
        folder.write("pw", SECRET).chmod(mode)
        assert self.check(folder, "password_file = 'pw'")[0] == {"fleet.toml:12"}

    def test_a_private_file_is_fine_and_not_read(self, folder, console):
        folder.write("pw", SECRET).chmod(0o600)
        assert self.check(folder, "password_file = 'pw'") == (set(), set())
        assert SECRET not in console("fleet", "check").said

    def test_a_file_that_was_made_and_never_filled_is_wrong(self, folder):
        folder.write("pw", "").chmod(0o600)
        assert self.check(folder, "password_file = 'pw'")[0] == {"fleet.toml:12"}

    def test_a_link_is_judged_by_what_it_leads_to(self, folder):
        folder.write("real", SECRET).chmod(0o644)
        (folder.path / "pw").symlink_to("real")
        assert self.check(folder, "password_file = 'pw'")[0] == {"fleet.toml:12"}

    @pytest.mark.parametrize("name", ["gone", "folder"])
    def test_what_is_no_file_is_wrong(self, folder, name):
        (folder.path / "folder").mkdir(mode=0o700)
        assert self.check(folder, f"password_file = '{name}'")[0] == {"fleet.toml:12"}

    def test_a_variable_may_be_set_elsewhere(self, folder, monkeypatch):
        monkeypatch.delenv("NOT_SET", raising=False)
        assert self.check(folder, "password_env = 'NOT_SET'") == (set(), {"fleet.toml:12"})

    def test_what_systemd_hands_over_is_not_there_by_hand(self, folder, monkeypatch):
        monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
        line = "password_file = '$CREDENTIALS_DIRECTORY/pw'"
        assert self.check(folder, line) == (set(), {"fleet.toml:12"})
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder.path))
        assert self.check(folder, line)[0] == {"fleet.toml:12"}

    def test_a_command_is_looked_for_and_never_run(self, folder):
        program = folder.write("tell", f"#!/bin/sh\ntouch {folder.path}/ran\n")
        program.chmod(0o700)
        assert self.check(folder, "password_command = ['./tell']")[0] == set()
        assert not (folder.path / "ran").exists()
        assert self.check(folder, "password_command = ['./gone']")[0] == {"fleet.toml:12"}

    def test_two_places_of_one_secret_are_one_too_many(self, folder):
        found = self.check(folder, "password_env = 'A'", "password_file = 'b'")[0]
        assert found == {"fleet.toml:11"}

    def test_a_live_pbx_without_an_account_is_remarked(self, folder, monkeypatch):
        for name in ("PBX_AUDITOR_USERNAME", "PBX_AUDITOR_PASSWORD"):
            monkeypatch.delenv(name, raising=False)
        folder.inventory(pbx("a"))
        assert places(checked(folder)[1]) == {"fleet.toml:9"}
        for name in ("PBX_AUDITOR_USERNAME", "PBX_AUDITOR_PASSWORD"):
            monkeypatch.setenv(name, "x")
        assert checked(folder)[1] == []


def test_what_is_wrong_is_told_by_file_and_in_each_by_line(folder):
    """What is about a whole file comes first in it, and the inventory before what it names."""
    folder.write("site.toml", "\n[target]\nname = 1\n[tls]\nca_file = 2\n")
    folder.write("reports", "x")
    folder.inventory(
        pbx("a", "evidence", site="site.toml"), pbx("b", "evidence", profile="basline"), "x = 1"
    )
    found = [place for place, _ in checked(folder)[0]]
    of_inventory = [one for one in found if one.startswith("fleet.toml")]
    assert found == [*of_inventory, "site.toml:3", "site.toml:5"]
    lines = [int(one.removeprefix("fleet.toml:")) for one in of_inventory[1:]]
    assert (of_inventory[0], lines) == ("fleet.toml", sorted(lines))
    assert len(lines) > 1


@pytest.mark.usefixtures("evidence")
class TestRemarks:
    def test_a_variable_with_a_history_that_is_not_set(self, folder, monkeypatch):
        monkeypatch.delenv("NOT_SET", raising=False)
        folder.inventory(
            pbx("a", "evidence"),
            beginning="[fleet]\nhistory_env = 'NOT_SET'\n[[tenant]]\nid = 'muster'\n",
        )
        errors, remarks = checked(folder)
        assert (errors, len(remarks)) == ([], 1)

    def test_a_tenant_without_a_pbx(self, folder):
        folder.inventory(pbx("a", "evidence"), "[[tenant]]\nid = 'idle'")
        assert checked(folder) == ([], [("fleet.toml:12", str(checked(folder)[1][0][1]))])

    def test_what_is_stale_before_the_next_run(self, folder):
        folder.inventory(
            pbx("a", "evidence", max_age="1h"),
            beginning="[fleet]\nevery = '24h'\n[[tenant]]\nid = 'muster'\n",
        )
        assert places(checked(folder)[1]) == {"fleet.toml:9"}

    def test_others_can_change_what_names_programs(self, folder):
        folder.inventory(pbx("a", "evidence"))
        folder.file.chmod(0o666)
        assert len(checked(folder)[1]) == 1

    def test_reports_and_history_can_be_written_there(self, folder):
        folder.write("reports", "x")
        (folder.path / "history.db").mkdir()
        folder.inventory(pbx("a", "evidence"))
        assert len(checked(folder)[0]) == 2


def test_a_remark_has_a_translation(folder):
    folder.inventory(pbx("a"), "[[tenant]]\nid = 'idle'")
    for one in check_inventory(folder.file, SYSTEM_CLOCK.now().date()).remarks:
        assert translated(one.text, "de") != one.text
