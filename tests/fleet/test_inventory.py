"""An inventory is read whole, with every path and default put in, or refused with each mistake."""

from __future__ import annotations

import errno
from dataclasses import is_dataclass

import pytest
from pydantic import BaseModel

from auditor.errors import ExitCode, InventoryError
from auditor.fleet.inventory.credential_places import credential_places_of, devices_of
from auditor.fleet.inventory.inventory_model import TargetKind
from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.model.site import CredentialPlaces, DevicesLogin, Site
from tests.fleet.conftest import pbx


def refused(folder):
    """Return where each mistake is, as `line` or `file:line`, and what is said of it."""
    with pytest.raises(InventoryError) as caught:
        read_inventory(folder.file)
    found = [caught.value, *caught.value.further]
    return {
        one.where.removeprefix(f"{folder.path}/").removeprefix("fleet.toml:"): str(one.message)
        for one in found
    }


class TestValues:
    def test_everything_is_put_in(self, folder):
        folder.inventory(
            pbx("graz-1", "evidence", site="s/graz.toml", tags=["hotel", "hotel"], serial="1A2B3C"),
            "[defaults]\nprofile = 'baseline'\nwaivers = 'w.toml'",
            "deadline = '2m'\nlanguage = 'de'",
        )
        found = read_inventory(folder.file)
        (one,) = found.pbxs
        assert one.site == folder.path / "s" / "graz.toml"
        assert one.waivers == folder.path / "w.toml"
        assert one.target == (TargetKind.PATH, str(folder.path / "evidence"))
        assert (one.profile, one.deadline, one.max_age) == ("baseline", 120, 259_200)
        assert (one.language, one.tags, one.name) == ("de", ("hotel",), "graz-1")
        assert found.fleet.history == folder.path / "history.db"
        assert found.fleet.reports == folder.path / "reports"
        assert found.fleet.retention == (400, 10)
        assert found.tenants[0].time_zone == "UTC"
        assert found.tenants[0].at_once is None

    def test_the_nearest_level_counts(self, folder):
        folder.inventory(
            pbx("a", deadline=10),
            pbx("b"),
            pbx("c", tenant="other"),
            "[[tenant]]\nid = 'other'\ntime_zone = 'Europe/Vienna'\nat_once = 2\n",
            "[defaults]\ndeadline = 30\nat_once = 8\n",
            beginning="[[tenant]]\nid = 'muster'\ndeadline = 20\n",
        )
        found = read_inventory(folder.file)
        assert [one.deadline for one in found.pbxs] == [10, 20, 30]
        assert [(one.time_zone, one.at_once) for one in found.tenants] == [
            ("UTC", 8),
            ("Europe/Vienna", 2),
        ]

    def test_paths_are_taken_from_the_file_they_stand_in(self, folder, monkeypatch):
        folder.inventory()
        folder.write("fleet.d/more.toml", pbx("a", "../evidence", site="a.toml"))
        monkeypatch.chdir("/")
        (one,) = read_inventory(folder.file).pbxs
        assert one.site == folder.path / "fleet.d" / "a.toml"
        assert one.target.text == str(folder.path / "evidence")

    def test_a_link_to_an_inventory_is_where_it_lies(self, folder):
        folder.write("real/fleet.toml", "[[tenant]]\nid = 'muster'\n" + pbx("a", "evidence"))
        folder.file.symlink_to(folder.path / "real" / "fleet.toml")
        assert read_inventory(folder.file).pbxs[0].target.text == str(folder.path / "evidence")

    def test_values_are_no_models_but_the_places_of_credentials(self, folder):
        folder.inventory(pbx("a"))
        found = read_inventory(folder.file)
        for one in (found, found.fleet, *found.tenants, *found.pbxs):
            assert isinstance(one, tuple)
            assert not any(isinstance(value, BaseModel) or is_dataclass(value) for value in one)

    def test_a_pattern_is_one_and_a_folder_with_brackets_is_none(self, folder):
        (folder.path / "b[1]").mkdir()
        folder.inventory(pbx("a", "nights/*"), pbx("b", "b[1]"))
        kinds = [one.target.kind for one in read_inventory(folder.file).pbxs]
        assert kinds == [TargetKind.PATTERN, TargetKind.PATH]

    def test_hidden_files_beside_it_are_not_read(self, folder):
        folder.inventory(pbx("a"))
        folder.write("fleet.d/.#more.toml", "no TOML")
        folder.write("fleet.d/more.toml~", "no TOML")
        assert len(read_inventory(folder.file).pbxs) == 1

    def test_what_a_pbx_names_is_not_looked_at(self, folder):
        folder.inventory(pbx("a", "gone", site="gone.toml"), pbx("b"))
        assert len(read_inventory(folder.file).pbxs) == 2


class TestCredentials:
    def places(self, folder, site=""):
        return [
            credential_places_of(one, Site.model_validate({"credentials": {"password_env": site}}))
            for one in read_inventory(folder.file).pbxs
        ]

    def test_the_nearest_places_count_as_a_whole(self, folder):
        folder.inventory(
            "[[pbx]]\nid='a'\ntenant='muster'\ntarget='https://a.example'\n"
            "credentials={password_env='OWN'}",
            pbx("b"),
            "[[tenant]]\nid='other'",
            pbx("c", tenant="other"),
            "[defaults.credentials]\nusername_env='U'\npassword_env='ALL'\n",
            beginning="[[tenant]]\nid='muster'\ncredentials={password_file='pw'}\n",
        )
        own, tenant, rest = self.places(folder)
        assert (own.password_env, own.username_env) == ("OWN", "")
        assert (tenant.password_file, tenant.password_env) == (str(folder.path / "pw"), "")
        assert (rest.password_env, rest.username_env) == ("ALL", "U")

    def test_a_site_file_comes_after_the_pbx_and_before_its_tenant(self, folder):
        folder.inventory(
            "[[pbx]]\nid='a'\ntenant='muster'\ntarget='https://a.example'\n"
            "credentials={password_env='OWN'}",
            pbx("b"),
            "[defaults.credentials]\npassword_env='ALL'\n",
        )
        assert [one.password_env for one in self.places(folder, "SITE")] == ["OWN", "SITE"]

    def test_nobody_says_any(self, folder):
        folder.inventory(pbx("a"))
        assert self.places(folder) == [CredentialPlaces()]

    @pytest.mark.parametrize(
        ("written", "meant"),
        [
            ("$CREDENTIALS_DIRECTORY/pw", "$CREDENTIALS_DIRECTORY/pw"),
            ("/etc/pw", "/etc/pw"),
            ("private/pw", "{folder}/private/pw"),
        ],
    )
    def test_a_file_is_taken_from_the_folder(self, folder, written, meant):
        folder.inventory(pbx("a"), f"[defaults.credentials]\npassword_file = '{written}'\n")
        (found,) = self.places(folder)
        assert found.password_file == meant.format(folder=folder.path)

    def test_a_program_beside_the_inventory_is_found(self, folder):
        folder.inventory(
            pbx("a"),
            "[defaults.credentials]\npassword_command = ['./tell', 'x']\n"
            "pbx_password_command = ['pass', 'show']\n",
        )
        (found,) = self.places(folder)
        assert found.password_command == [str(folder.path / "tell"), "x"]
        assert found.pbx_password_command == ["pass", "show"]


class TestRefused:
    def test_every_mistake_is_told_with_its_line(self, folder):
        folder.inventory(
            "[[pbx]]\nid = 'a'\ntenant = 'nobody'\ntarget = 'https://a.example'\ntagz = []",
            "[[pbx]]\nid = 'con'\ntenant = 'muster'\ntarget = 'ftp://x'",
            beginning="[fleet]\nnam = 'x'\nhistory = 'h'\nhistory_env = 'H'\n"
            "[defaults]\ndeadline = 'soon'\n[[tenant]]\nid = 'muster'\ntime_zone = 'Mars/Base'\n",
        )
        folder.write("fleet.d/bad.toml", "x = [")
        folder.write("fleet.d/latin.toml", b'x = "\xff"')
        folder.write("fleet.d/other.toml", "[defaults]\ndeadline = 1\n")
        lines = refused(folder)
        assert set(lines) >= {"2", "4", "6", "9", "12", "14", "16", "fleet.d/latin.toml"}
        assert {"fleet.d/bad.toml", "fleet.d/other.toml"} <= {
            one.partition(":")[0] for one in lines
        }
        assert "name?" in lines["2"]
        assert "tags?" in lines["14"]

    @pytest.mark.parametrize("other", ["a", "A"])
    def test_an_id_is_given_once_in_any_case(self, folder, other):
        folder.inventory(pbx("a"))
        folder.write("fleet.d/more.toml", "\n" + pbx(other, "https://other.example"))
        assert str(folder.file) in refused(folder)["fleet.d/more.toml:3"]

    def test_a_tenant_is_given_once(self, folder):
        folder.inventory("[[tenant]]\nid = 'MUSTER'", pbx("a"))
        assert set(refused(folder)) == {"7"}

    @pytest.mark.parametrize(
        "name",
        [
            *("", "a b", "a/b", "..", ".", "ä", "a.b", "-a", "_a", "a\\\\b", "a\\u0000", "x" * 65),
            *("con", "NUL", "Com1", "lpt9", "aux"),
        ],
    )
    def test_an_id_is_a_plain_name(self, folder, name):
        folder.inventory(f'[[pbx]]\nid = "{name}"\ntenant = "muster"\ntarget = "https://a.example"')
        assert set(refused(folder)) == {"7"}

    @pytest.mark.parametrize(
        "targets",
        [
            ("https://pbx.example", "https://PBX.example"),
            ("https://pbx.example", "http://pbx.example:80"),
            ("https://pbx.example:443/", "https://pbx.example."),
            ("https://pbx.example:8443", "https://pbx.example:8443"),
            ("evidence", "./evidence/"),
            ("evidence", "link"),
            ("nights/*", "nights/*"),
        ],
    )
    def test_two_ids_with_one_target_are_one_too_many(self, folder, targets):
        (folder.path / "evidence").mkdir()
        (folder.path / "link").symlink_to("evidence")
        folder.inventory(pbx("a", targets[0]), pbx("b", targets[1]))
        assert set(refused(folder)) == {"14"}

    def test_two_ports_are_two_boxes(self, folder):
        folder.inventory(pbx("a", "https://x.example:8443"), pbx("b", "https://x.example"))
        assert len(read_inventory(folder.file).pbxs) == 2

    @pytest.mark.parametrize(
        ("one", "other", "same"),
        [
            ("00:90:33:1a:2b:3c", "0090331A2B3C", True),
            ("00-90-33-1a-2b-3c", "1a2b3c", True),
            ("1a2b3c", "00.90.33.1a.2b.3c", True),
            ("00:90:33:1a:2b:3c", "00:90:34:1a:2b:3c", False),
            ("", "", False),
        ],
    )
    def test_a_serial_is_given_once(self, folder, one, other, same):
        folder.inventory(pbx("a", serial=one), pbx("b", serial=other))
        if same:
            assert set(refused(folder)) == {"16"}
        else:
            assert len(read_inventory(folder.file).pbxs) == 2

    @pytest.mark.parametrize(
        "target",
        [
            *("https://user:geheim@pbx.example", "https://geheim@pbx.example"),
            *("ftp://geheim@pbx.example", "https://", "https://a b", "https://pbx.example/path"),
            *("ftp://pbx.example", "https://pbx.example:0", "https://pbx.example?geheim=1"),
            *("user:geheim@pbx.example", "user:geheim@pbx.example:8443"),
        ],
    )
    def test_what_is_no_target_is_refused_and_never_shown(self, folder, target):
        folder.inventory(pbx("a", target))
        lines = refused(folder)
        assert set(lines) == {"9"}
        assert "geheim" not in str(lines)

    def test_an_unknown_tenant_may_be_a_typing_error(self, folder):
        folder.inventory(pbx("a", tenant="mustr"))
        with pytest.raises(InventoryError) as caught:
            read_inventory(folder.file)
        assert "muster?" in caught.value.advice

    def test_a_tenant_with_a_mistake_of_its_own_is_not_unknown(self, folder):
        folder.inventory(pbx("a"), beginning="[[tenant]]\nid = 'muster'\nlanguage = 'fr'\n")
        assert set(refused(folder)) == {"3"}

    def test_one_bracket_is_not_two(self, folder):
        folder.inventory("[pbx]\nid = 'a'\n")
        assert "[[pbx]]" in refused(folder)["6"]

    def test_further_files_that_cannot_be_listed_are_not_none(self, folder):
        folder.inventory(pbx("a"))
        parts = folder.path / "fleet.d"
        parts.symlink_to("fleet.d")
        assert set(refused(folder)) == {"fleet.d"}
        parts.unlink()
        parts.symlink_to("nowhere")
        assert set(refused(folder)) == {"fleet.d"}
        parts.unlink()
        parts.write_text("")
        assert set(refused(folder)) == {"fleet.d"}

    def test_a_folder_that_nobody_may_list_is_not_empty(self, folder, monkeypatch):
        folder.inventory(pbx("a"))
        folder.write("fleet.d/b.toml", pbx("b"))

        def denied(path):
            raise PermissionError(errno.EACCES, "denied", str(path))

        monkeypatch.setattr("pathlib.Path.iterdir", denied)
        assert set(refused(folder)) == {"fleet.d"}

    @pytest.mark.parametrize(
        ("history", "reports", "line"),
        [
            *(("x", "x", "2"), ("x", "x/y", "2"), ("reports/a/latest", "reports", "2")),
            *(("link/a/b", "reports", "2"), ("reports/history.db", "reports", None)),
            *(("history.db", ".", None), ("a/b/history.db", "a/c", None)),
        ],
    )
    def test_history_and_reports_are_not_in_each_others_way(self, folder, history, reports, line):
        (folder.path / "link").symlink_to("reports")
        names = f"[fleet]\nhistory = '{history}'\nreports = '{reports}'\n"
        folder.inventory(pbx("a"), beginning=f"{names}[[tenant]]\nid = 'muster'\n")
        if line:
            assert set(refused(folder)) == {line}
        else:
            assert read_inventory(folder.file)

    @pytest.mark.parametrize("content", ["", "[fleet]\nname = 'x'\n"])
    def test_an_inventory_of_nothing_is_refused(self, folder, content):
        folder.write("fleet.toml", content)
        assert refused(folder)

    @pytest.mark.parametrize("content", [b"\xff", b"x = [", b"\0"])
    def test_what_is_no_toml_is_refused(self, folder, content):
        folder.write("fleet.toml", content)
        assert refused(folder)

    def test_a_missing_inventory_is_refused(self, folder):
        assert refused(folder)


class TestBehindDevices:
    BOX = "https://ap.example/example.com/devices/passthrough/0090330000AB"

    def test_its_address_is_written_in_one_way(self, folder):
        folder.inventory(pbx("a", target=f"{self.BOX}/"))
        (one,) = read_inventory(folder.file).pbxs
        assert one.target.text == self.BOX.replace("AB", "ab")

    @pytest.mark.parametrize(
        "target",
        [BOX.replace("https", "http"), f"{BOX}/key/cfg.txt", BOX.replace("passthrough/", "")],
    )
    def test_no_other_path_is_an_address(self, folder, target):
        folder.inventory(pbx("a", target=target))
        with pytest.raises(InventoryError):
            read_inventory(folder.file)

    def test_two_ways_to_a_box_are_one_pbx(self, folder):
        other = self.BOX.replace("example.com", "platform.example").replace("AB", "ab")
        folder.inventory(pbx("a", target=self.BOX), pbx("b", target=other))
        with pytest.raises(InventoryError):
            read_inventory(folder.file)

    def test_the_nearest_login_counts_as_a_whole(self, folder):
        head = (
            '[fleet]\n[defaults]\ndevices = { password_env = "D", domain = "d" }\n'
            '[[tenant]]\nid = "muster"\ndevices = { password_file = "pw" }\n'
        )
        own = pbx("b", target=self.BOX.replace("AB", "AC")) + 'devices = { password_env = "P" }\n'
        folder.inventory(pbx("a", target=self.BOX), own, beginning=head)
        first, second = read_inventory(folder.file).pbxs
        assert (first.devices.password_file, first.devices.domain) == (
            str(folder.path / "pw"),
            "",
        )
        assert second.devices.password_env == "P"
        site = Site(devices=DevicesLogin(password_env="S"))
        assert devices_of(first, site).password_env == "S"
        assert devices_of(second, site).password_env == "P"
        assert devices_of(first, Site()).password_file

    def test_what_a_person_forgot_is_told(self, folder, console):
        folder.inventory(pbx("a", target=self.BOX))
        ended = console("fleet", "check")
        assert ended.code == ExitCode.OK
        assert "PBX_AUDITOR_DEVICES_PASSWORD" in ended.said
        folder.inventory(pbx("a", target=self.BOX) + 'devices = { password_file = "none" }\n')
        assert console("fleet", "check").code == ExitCode.USAGE
