"""`fleet units`: what an inventory needs, where it is put, and how it is taken back."""

from __future__ import annotations

import re
import subprocess

import pytest

from auditor.fleet.outward.units import placing
from auditor.model.site import CredentialPlaces
from auditor.site.secret_files import name_of_file, open_private
from tests.fleet.conftest import pbx

CANARY = "canary-5e3r"
FLEET = """\
[fleet]
history = "/var/lib/pbx-auditor/history.db"
reports = "/var/lib/pbx-auditor/reports"
every = "6h"
[defaults.credentials]
username_env = "ALL_USER"
password_file = "$CREDENTIALS_DIRECTORY/all"
[[tenant]]
id = "muster"
"""


@pytest.fixture
def system(monkeypatch, tmp_path):
    monkeypatch.setattr(placing, "SYSTEM", tmp_path / "system")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
    # It would have to lie outside of /tmp.
    monkeypatch.setattr("auditor.fleet.outward.units.systemd._HIDDEN", ())
    return tmp_path / "system"


@pytest.fixture
def fleet(folder):
    folder.inventory(pbx("graz"), beginning=FLEET)
    return folder


def names(folder):
    return sorted(one.name for one in folder.iterdir())


class TestNeeds:
    @pytest.mark.parametrize(
        ("place", "variable"), [("", "PBX_AUDITOR_APP_PASSWORD"), ('password_env = "APP"', "APP")]
    )
    def test_the_password_of_an_app_is_needed(self, console, folder, place, variable):
        folder.write("site.toml", f'[websocket]\napp = "pbx-auditor"\n{place}\n')
        folder.inventory(pbx("wien", site="site.toml"), beginning=FLEET)
        said = console("fleet", "units", "systemd").said
        assert variable in re.search("NAME=VALUE for (.*);", said)[1].split(", ")

    @pytest.mark.parametrize(
        ("login", "variable"),
        [("", "PBX_AUDITOR_DEVICES_PASSWORD"), ('devices = { password_env = "AP" }', "AP")],
    )
    def test_behind_devices_its_login_is_needed_and_no_account(
        self, console, folder, login, variable
    ):
        box = "https://ap.example/example.com/devices/passthrough/009033000001"
        folder.inventory(f"{pbx('wien', target=box)}{login}", beginning=FLEET)
        said = console("fleet", "units", "systemd").said
        needed = re.search("NAME=VALUE for (.*);", said)[1].split(", ")
        assert variable in needed
        assert not {"PBX_AUDITOR_USERNAME", "PBX_AUDITOR_PASSWORD"} & {*needed}

    def test_every_place_of_a_secret_is_known(self, console, folder):
        for name in ("linz.pw", "site.pw", "url"):
            folder.write(name, CANARY).chmod(0o600)
        folder.write("site.toml", '[credentials]\npassword_file = "site.pw"\nusername_env = "S"\n')
        folder.inventory(
            pbx("graz"),
            pbx("wien", site="site.toml"),
            pbx("saved", target="saved.txt", credentials="nothing of it"),
            '[[pbx]]\nid = "linz"\ntenant = "muster"\ntarget = "https://linz.example"\n'
            'credentials = { username_env = "L", password_file = "linz.pw",'
            ' pbx_password_env = "LP" }\n',
            '[[pbx]]\nid = "enns"\ntenant = "muster"\ntarget = "https://enns.example"\n'
            "credentials = {}\n",
            '[[recipient]]\nid = "officer"\ntenants = "all"\nchannel = "webhook"\n'
            'url_file = "url"\nsecret_env = "HOOK"\n',
            beginning=FLEET,
        )
        text = (folder.path / "fleet.toml").read_text(encoding="utf-8")
        folder.write("fleet.toml", text.replace("credentials = 'nothing of it'\n", ""))
        said = console("fleet", "units", "systemd").said
        linz, site, url = str(folder.path / "linz.pw"), "site.pw", str(folder.path / "url")
        # Both services are handed all of it: the digest tells by what recipients name.
        handed = re.findall(r"^LoadCredential=(.*)$", said, re.MULTILINE)
        assert len(handed) == 2 * len(set(handed))
        assert set(handed) == {
            "all:/etc/pbx-auditor/credentials/all",
            f"{name_of_file(linz)}:{linz}",
            f"{name_of_file(url)}:{url}",
            f"{name_of_file(site)}:{folder.path / 'site.pw'}",
        }
        variables = re.search("NAME=VALUE for (.*);", said)[1].split(", ")
        assert variables == [
            "ALL_USER",
            "HOOK",
            "L",
            "LP",
            "PBX_AUDITOR_PASSWORD",
            "PBX_AUDITOR_USERNAME",
            "S",
        ]
        assert CANARY not in said
        steps = re.findall(r"^Exec\w+=\S+ fleet (\w+)", said, re.MULTILINE)
        assert steps == ["run", "page", "digest", "digest"]

    def test_a_file_that_is_handed_over_is_read(self, tmp_path, monkeypatch):
        """The service cannot read the file itself, and systemd shows a right of the group."""
        own = str(tmp_path / "linz.pw")
        place = CredentialPlaces(password_file=own).place("password")
        handed_over = tmp_path / name_of_file(own)
        handed_over.write_text("secret", encoding="utf-8")
        handed_over.chmod(0o440)
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        with open_private(place) as file:
            assert file.read() == b"secret"

    def test_the_names_of_two_files_differ(self):
        found = {name_of_file(one) for one in ("/a/pw", "/b/pw", "/a/p w", "/a/" + "x" * 300)}
        assert len(found) == 4
        assert all(re.fullmatch(r"[A-Za-z0-9_.-]{1,100}", one) for one in found)


class TestShownAndWritten:
    @pytest.mark.parametrize("kind", ["systemd", "cron", "windows", "kubernetes"])
    def test_it_is_shown_or_written(self, console, fleet, kind):
        shown = console("fleet", "units", kind)
        assert (shown.code, bool(shown.out)) == (0, True)
        out = fleet.path / "out"
        assert console("fleet", "units", kind, "--out", out).code == 0
        again = console("fleet", "units", kind, "--out", out)
        assert (again.code, len(names(out))) == (0, 2 if kind == "systemd" else 1)

    def test_what_is_there_and_differs_stays(self, console, fleet):
        out = fleet.path / "out"
        console("fleet", "units", "systemd", "-o", out)
        service = (out / "pbx-auditor.service").read_bytes()
        (out / "pbx-auditor.timer").write_text("mine", encoding="utf-8")
        assert console("fleet", "units", "systemd", "-o", out, "--program", "/bin/true").code == 2
        assert (out / "pbx-auditor.timer").read_text(encoding="utf-8") == "mine"
        assert (out / "pbx-auditor.service").read_bytes() == service
        assert console("fleet", "units", "systemd", "-o", out, "--force").code == 0
        assert "OnCalendar" in (out / "pbx-auditor.timer").read_text(encoding="utf-8")

    @pytest.mark.usefixtures("fleet")
    @pytest.mark.parametrize(
        "wrong", [("--name", "a b"), ("--name", "../x"), ("--at", "25:00"), ("--program", "a\nb")]
    )
    def test_what_cannot_be_is_refused(self, console, wrong):
        ended = console("fleet", "units", "systemd", *wrong)
        assert (ended.code, ended.out) == (2, "")

    def test_a_place_that_cannot_be_written_is_told(self, console, fleet):
        fleet.write("out", "a file")
        assert console("fleet", "units", "cron", "--out", fleet.path / "out").code == 6


@pytest.fixture
def told(folder):
    """Let somebody be told, by a command that needs nothing."""
    folder.inventory(
        pbx("graz"),
        '[[recipient]]\nid = "officer"\ntenants = "all"\nchannel = "command"\ncommand = ["true"]\n',
        beginning=FLEET,
    )


@pytest.mark.usefixtures("system", "told")
class TestWithRecipients:
    """Digests between runs have a clock of their own, and go with the run by one word."""

    @pytest.mark.parametrize("kind", ["systemd", "cron", "windows", "kubernetes"])
    def test_each_kind_makes_both(self, console, folder, kind):
        out = folder.path / "out"
        assert console("fleet", "units", kind, "--out", out).code == 0
        assert {one.partition(".")[0] for one in names(out)} == {
            "pbx-auditor",
            "pbx-auditor-digest",
        }

    def test_systemd_starts_both_and_takes_both_back(self, console, system, fake):
        said = fake("systemctl")
        ended = console("fleet", "units", "systemd", "--install")
        assert len(names(system)) == 4
        timers = "pbx-auditor.timer pbx-auditor-digest.timer"
        assert said.read_text().splitlines()[-1] == f"enable --now {timers}"
        back = ended.err.rpartition(": ")[2]
        subprocess.run(["/bin/sh", "-c", back], check=True)  # noqa: S603 -- what it says
        assert names(system) == []
        assert f"disable --now {timers}" in said.read_text()

    def test_others_are_asked_to_take_both(self, console, fake):
        tasks, cluster = fake("schtasks"), fake("kubectl")
        ended = console("fleet", "units", "windows", "--install")
        assert [one.split()[2] for one in tasks.read_text().splitlines()] == [
            "pbx-auditor",
            "pbx-auditor-digest",
        ]
        assert ended.err.count("schtasks /Delete /TN pbx-auditor") == 2
        assert console("fleet", "units", "kubernetes", "--install").code == 0
        assert len(cluster.read_text().splitlines()) == 2

    def test_a_crontab_gets_both_lines(self, console, fake, tmp_path):
        kept = tmp_path / "kept"
        fake("crontab", f'[ "$1" = -l ] && {{ cat "{kept}" 2>/dev/null; exit 0; }}; cat > "{kept}"')
        assert console("fleet", "units", "cron", "--install").code == 0
        lines = kept.read_text(encoding="utf-8").splitlines()
        assert len(lines) == 6
        assert [" p run " in one or " p digest " in one for one in lines[1::3]] == [True, True]


@pytest.mark.usefixtures("fleet", "system")
class TestInstalled:
    def test_systemd_is_told_to_start_it(self, console, system, fake):
        said = fake("systemctl")
        ended = console("fleet", "units", "systemd", "--install")
        assert ended.code == 0
        assert names(system) == ["pbx-auditor.service", "pbx-auditor.timer"]
        assert said.read_text().splitlines() == [
            "daemon-reload", "enable --now pbx-auditor.timer",
        ]  # fmt: skip
        assert (system / "pbx-auditor.timer").stat().st_mode & 0o777 == 0o644
        # It can be taken back by what it says.
        back = ended.err.rpartition(": ")[2]
        subprocess.run(["/bin/sh", "-c", back], check=True)  # noqa: S603 -- what it says
        assert names(system) == []
        assert "disable --now pbx-auditor.timer" in said.read_text()

    def test_ones_own_systemd_has_its_own_folder(self, console, system, fake, tmp_path):
        said = fake("systemctl")
        assert console("fleet", "units", "systemd", "--install", "--user").code == 0
        assert len(names(tmp_path / "settings" / "systemd" / "user")) == 2
        assert not system.exists()
        assert "--user enable --now pbx-auditor.timer" in said.read_text()

    def test_what_cannot_work_is_not_installed(self, console, folder, system, fake):
        said = fake("systemctl")
        folder.inventory(pbx("graz"))  # its history is beside it
        assert console("fleet", "units", "systemd", "--install").code == 2
        assert not system.exists()
        assert not said.exists()

    def test_what_was_there_stays_if_it_is_refused(self, console, system, fake):
        fake("systemctl", "exit 1")
        assert console("fleet", "units", "systemd", "--install").code == 6
        assert names(system) == []
        (system / "pbx-auditor.timer").write_text("mine", encoding="utf-8")
        assert console("fleet", "units", "systemd", "--install", "--force").code == 6
        assert names(system) == ["pbx-auditor.timer"]
        assert (system / "pbx-auditor.timer").read_text(encoding="utf-8") == "mine"

    @pytest.mark.parametrize("kind", ["systemd", "windows", "kubernetes", "cron"])
    def test_a_system_that_refuses_is_told(self, console, fake, kind):
        for name in ("systemctl", "schtasks", "kubectl", "crontab"):
            fake(name, "echo no >&2; exit 1")
        assert console("fleet", "units", kind, "--install").code == 6

    @pytest.mark.parametrize("kind", ["systemd", "windows", "kubernetes", "cron"])
    def test_a_system_without_it_is_told(self, console, fleet, monkeypatch, kind):
        monkeypatch.setenv("PATH", str(fleet.path))
        assert console("fleet", "units", kind, "--install").code == 2

    def test_others_are_asked_to_take_it(self, console, fake):
        tasks, cluster = fake("schtasks"), fake("kubectl")
        for options in ((), ("--force",)):
            assert console("fleet", "units", "windows", "--install", *options).code == 0
            assert console("fleet", "units", "kubernetes", "--install", *options).code == 0
        first, forced = tasks.read_text().splitlines()
        assert first.startswith("/Create /TN pbx-auditor /XML")
        assert (first.endswith("/F"), forced.endswith("/F")) == (False, True)
        assert [line.split()[0] for line in cluster.read_text().splitlines()] == ["create", "apply"]


@pytest.mark.usefixtures("fleet")
class TestCrontab:
    @pytest.fixture
    def crontab(self, fake, tmp_path):
        kept = tmp_path / "kept"
        fake(
            "crontab",
            f'if [ "$1" = -l ]; then cat "{kept}" 2>/dev/null || '
            '{ echo "no crontab for anna" >&2; exit 1; }\n'
            f'else cat > "{kept}.new" && mv "{kept}.new" "{kept}"; fi',
        )
        return kept

    def test_the_other_lines_stay(self, console, crontab):
        crontab.write_text("MAILTO=anna\n0 1 * * * true\n", encoding="utf-8")
        ended = console("fleet", "units", "cron", "--install")
        assert ended.code == 0
        lines = crontab.read_text(encoding="utf-8").splitlines()
        assert lines[:2] == ["MAILTO=anna", "0 1 * * * true"]
        assert len(lines) == 5
        assert console("fleet", "units", "cron", "--install").code == 0
        assert crontab.read_text(encoding="utf-8").splitlines() == lines
        back = ended.err.rpartition(": crontab")[2]
        subprocess.run(["/bin/sh", "-c", f"crontab{back}"], check=True)  # noqa: S603 -- what it says
        assert crontab.read_text(encoding="utf-8").splitlines() == lines[:2]

    def test_another_line_is_replaced_only_on_demand(self, console, crontab):
        assert console("fleet", "units", "cron", "--install").code == 0
        before = crontab.read_text(encoding="utf-8")
        assert console("fleet", "units", "cron", "--install", "--at", "02:00").code == 2
        assert crontab.read_text(encoding="utf-8") == before
        assert console("fleet", "units", "cron", "--install", "--at", "02:00", "--force").code == 0
        assert len(crontab.read_text(encoding="utf-8").splitlines()) == 3
        assert console("fleet", "units", "cron", "--install", "--name", "other").code == 0
        assert len(crontab.read_text(encoding="utf-8").splitlines()) == 6
