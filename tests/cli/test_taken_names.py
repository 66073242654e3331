"""Documents of a site never take the name of something else: both places are named."""

from __future__ import annotations

from importlib.metadata import EntryPoint

import pytest

from auditor.resources import rules_directory
from tests.fixtures.pbx import configuration_of
from tests.fixtures.sentences import says

BUNDLED = next(rules_directory().rglob("PBX-01-*.toml")).read_text("utf-8")
DIALECT = 'name = "{name}"\ndescription = "y"\nextends = "documented"\n'


def rule(name, check="flag-is"):
    return BUNDLED.replace("PBX-01", name).replace('check = "flag-is"', f'check = "{check}"')


def profile(name):
    return f'name = "{name}"\ntitle = "Ours"\ncontrols = ["HD-01"]\n'


@pytest.fixture
def cfg(console):
    path = console.folder / "cfg.txt"
    path.write_bytes(configuration_of("insecure"))
    return path


def write(console, path, text):
    place = console.folder / path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(text, encoding="utf-8")
    return place


def refused(console, *arguments):
    ended = console(*arguments)
    assert ended.code == 2, ended.said
    return ended.err


class TestProfilesAndControls:
    @pytest.mark.parametrize("name", ["tutorial", "baseline", "strict", "handover", "Tutorial"])
    def test_a_profile_cannot_replace_a_bundled_one(self, console, cfg, name):
        write(console, "own/OWN-01.toml", rule("OWN-01"))
        write(console, "own/profiles/ours.toml", profile(name))
        said = refused(console, "audit", cfg, "--rules", "own")
        assert "own/profiles/ours.toml" in said
        assert f"{name.lower()}.toml" in said

    @pytest.mark.parametrize("name", [" tutorial", "tutorial ", "\uff54utorial", "tutorial\\n", ""])
    def test_a_name_that_looks_like_another_is_none(self, console, cfg, name):
        write(console, "own/profiles/ours.toml", profile(name))
        assert "ours.toml" in refused(console, "audit", cfg, "--rules", "own")

    def test_two_folders_cannot_bring_one_profile(self, console, cfg):
        write(console, "a/profiles/ours.toml", profile("house"))
        write(console, "b/profiles/ours.toml", profile("House"))
        said = refused(console, "audit", cfg, "--rules", "a", "--rules", "b")
        assert "a/profiles/ours.toml" in said
        assert "b/profiles/ours.toml" in said

    def test_a_profile_of_a_name_of_its_own_is_used(self, console, cfg):
        write(console, "own/profiles/ours.toml", profile("house"))
        ended = console("audit", cfg, "--rules", "own", "--profile", "house")
        assert ended.code in {1, 4}
        assert "house" in ended.out

    def test_a_control_cannot_replace_a_bundled_one(self, console, cfg):
        write(console, "own/x.toml", rule("HD-01"))
        said = refused(console, "audit", cfg, "--rules", "own")
        assert "own/x.toml" in said
        assert "HD-01-" in said

    def test_two_folders_cannot_bring_one_control(self, console, cfg):
        write(console, "a/x.toml", rule("OWN-01"))
        write(console, "b/y.toml", rule("OWN-01"))
        write(console, "site.toml", '[rules]\nfolders = ["a"]\n')
        said = refused(console, "audit", cfg, "--site", "site.toml", "--rules", "b")
        assert "a/x.toml" in said
        assert "b/y.toml" in said


class TestPlugins:
    def use(self, console, monkeypatch, **brought):
        """Install packages by the name of their entry point, with the checks that they bring."""
        points = [EntryPoint(name, f"{name}:CHECKS", "pbx_auditor.checks") for name in brought]
        monkeypatch.setattr("auditor.rules.plugins.entry_points", lambda **_: points)
        monkeypatch.setattr(
            EntryPoint, "load", lambda point: dict.fromkeys(brought[point.name], print)
        )
        names = ", ".join(f'"{name}"' for name in brought)
        write(console, "site.toml", f"[rules]\nplugins = [{names}]\n")
        return ("--site", "site.toml")

    @pytest.mark.parametrize("name", ["flag-is", "Flag-Is", "flag-is "])
    def test_a_check_cannot_replace_a_bundled_one(self, console, cfg, monkeypatch, name):
        site = self.use(console, monkeypatch, ours=[name])
        said = refused(console, "audit", cfg, *site)
        assert "ours" in said
        assert says("pbx-auditor itself", said)

    def test_two_packages_cannot_bring_one_check(self, console, cfg, monkeypatch):
        site = self.use(console, monkeypatch, ours=["house-is-fine"], theirs=["House-Is-Fine"])
        said = refused(console, "audit", cfg, *site)
        assert "ours" in said
        assert "theirs" in said

    def test_checks_of_names_of_their_own_are_fine(self, console, cfg, monkeypatch):
        site = self.use(console, monkeypatch, ours=["house-is-fine"], theirs=["yard-is-fine"])
        assert console("audit", cfg, *site).code in {1, 4}


class TestDialects:
    @pytest.mark.parametrize("name", ["documented", "simulated", "Documented", " documented "])
    def test_a_file_cannot_have_the_name_of_a_bundled_one(self, console, cfg, name):
        write(console, "d.toml", DIALECT.format(name=name))
        write(console, "site.toml", '[target]\ndialect = "d.toml"\n')
        said = refused(console, "audit", cfg, "--site", "site.toml")
        assert "d.toml:1" in said
        assert "bundled" in said
        assert "d.toml" in refused(console, "dialects", "list", "d.toml")

    def test_learning_gives_no_taken_name(self, console):
        before = configuration_of()
        write(console, "a.txt", before.decode())
        write(
            console,
            "b.txt",
            before.decode().replace("config change SNMP0", "config change SNMP0 /x 7351"),
        )
        ended = console(
            *("learn", "--fact", "admin_logout_minutes", "--marker", "7351", "--by", "A"),
            *("--before", "a.txt", "--after", "b.txt", "-o", "documented.toml"),
        )
        assert ended.code == 0, ended.err
        assert console("dialects", "list", "documented.toml").code == 0
