"""The project file: found where it may be, below the command line, and harmless in a checkout."""

from __future__ import annotations

import json
import os
import re
import stat
from importlib import import_module
from pathlib import Path

import pytest

from auditor.cli.command_table import COMMANDS
from auditor.cli.common_options.project import KEYS, NAME, keys_of
from auditor.files.discovery import find_file
from auditor.files.folders import changeable_by_others
from auditor.run.project_file import ProjectFile
from tests.fixtures.pbx import ROOT, configuration_of, write
from tests.fixtures.program import execute
from tests.fixtures.sentences import says
from tests.fixtures.waivers import waiver_text, waiver_today

posix = pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
SITE = '[target]\nname = "Of the project"\n'


@pytest.fixture
def folder(tmp_path):
    """A checkout with evidence in a folder of its own."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "work").mkdir()
    write(tmp_path, {"work/cfg.txt": configuration_of(), "site.toml": SITE.encode()})
    return tmp_path


@pytest.fixture
def project(folder, console, monkeypatch):
    """Write a project file, run a command below its folder, and return how it ended."""

    def run(text, *arguments):
        (folder / NAME).write_text(text, encoding="utf-8")
        monkeypatch.chdir(folder / "work")
        return console(*arguments)

    return run


def report_of(folder):
    return json.loads((folder / "report.json").read_bytes())


ALL = """\
site = "site.toml"
profile = "baseline"
waivers = "waivers.toml"
rules = ["rules"]
out = "reports"
formats = ["json"]
language = "de"
baseline = "baseline.json"
fail-on-new = true
fail-on = "critical"
incomplete = "warn"
"""


@pytest.fixture
def whole(folder, project):
    """Write every file that a project file can name, and a project file that names all."""
    made = project('out = "first"\nformats = ["json"]\n', "audit", "cfg.txt")
    assert made.code != 2, made.said
    report = folder / "first" / "report.json"
    assert project("", "baseline", "create", report, "-o", folder / "baseline.json").code == 0
    write(folder, {"waivers.toml": waiver_text(waiver_today())})
    (folder / "rules").mkdir()
    own = (ROOT / "rules" / "users").glob("*.toml")
    text = min(own).read_text(encoding="utf-8")
    name = re.search(r'^id = "(.+)"$', text, re.MULTILINE)[1]
    (folder / "rules" / "own.toml").write_text(text.replace(name, "XY-01"), encoding="utf-8")
    return folder


def test_every_key_counts_and_every_one_is_shown(whole, project):
    ended = project(ALL, "audit", "cfg.txt")
    assert ended.code in {0, 1}, ended.said
    run = report_of(whole / "reports")["run"]
    assert run["profile_id"] == "baseline"
    assert (run["fail_on"], run["incomplete"], run["language"]) == ("critical", "warn", "de")
    assert (run["site_file"], run["waiver_file"]) == ("site.toml", "waivers.toml")
    keys = [name for name in ALL.replace(" ", "").split("\n") if name]
    assert run["project"]["keys"] == [key.partition("=")[0] for key in keys]
    assert run["project"]["path"] == f"../{NAME}"
    assert "XY-01" in {one["id"] for one in report_of(whole / "reports")["results"]}
    (line,) = [one for one in ended.err.splitlines() if NAME in one]
    assert all(key.partition("=")[0] in line for key in keys)


def test_every_key_of_the_file_is_one_of_the_audit_and_is_explained():
    known = {field.alias for field in ProjectFile.model_fields.values()}
    assert set(keys_of("audit")) == known
    assert all(set(keys) <= known for keys in KEYS.values())
    guide = (ROOT / "docs" / "project-file.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([a-z-]+)` \|", guide, re.MULTILINE)) - set(COMMANDS) <= known
    assert known <= set(re.findall(r"^\| `([a-z-]+)` \|", guide, re.MULTILINE))
    assert re.search(r"```toml\n(.*?)```", guide, re.DOTALL)[1].count("=") == 6


def test_every_command_that_takes_keys_is_there_with_its_parameters():
    for name, keys in KEYS.items():
        command, _, word = name.partition(" ")
        module = import_module(COMMANDS[command])
        function = module.GROUP[word] if word else module.command
        assert set(keys.values()) <= set(function.__annotations__), name


TYPED = {
    "profile": ("--profile", "tutorial", "profile_id"),
    "fail-on": ("--fail-on", "high", "fail_on"),
    "incomplete": ("--incomplete", "fail", "incomplete"),
    "language": ("--language", "en", "language"),
}


@pytest.mark.parametrize("key", TYPED)
def test_what_is_typed_counts_also_if_it_is_the_default(folder, project, key):
    option, value, field = TYPED[key]
    text = (
        re.search(f"^{key} = .*\n", ALL, re.MULTILINE)[0] + 'out = "reports"\nformats = ["json"]\n'
    )
    ended = project(text, "audit", "cfg.txt", option, value)
    run = report_of(folder / "reports")["run"]
    assert run[field] == value
    assert run["project"]["keys"] == ["out", "formats"]
    assert key not in ended.err


def test_a_flag_of_the_file_can_be_taken_back(project):
    assert "--baseline" in project("fail-on-new = true", "audit", "cfg.txt").err
    ended = project("fail-on-new = true", "audit", "cfg.txt", "--no-fail-on-new")
    assert ended.code != 2, ended.said
    assert NAME not in ended.err


def test_typed_paths_count_before_those_of_the_file(folder, project):
    project('out = "reports"\nsite = "gone.toml"\n', "audit", "cfg.txt", "--out", "mine", "--site",
            folder / "site.toml", "--format", "json")  # fmt: skip
    run = report_of(folder / "work" / "mine")
    assert run["run"]["site_file"] == "site.toml"
    assert run["run"]["project"] is None
    assert not (folder / "reports").exists()


@pytest.mark.parametrize(
    "arguments", [["--no-project"], ["--project", "other.toml", "--no-project"]]
)
def test_it_can_be_switched_off(project, arguments):
    ended = project("broken [", "audit", "cfg.txt", *arguments)
    assert ended.code != 2, ended.said
    assert NAME not in ended.err


def test_another_one_can_be_named(folder, project):
    write(folder, {"other.toml": b'profile = "strict"\nout = "strict"\nformats = ["json"]\n'})
    project("broken [", "audit", "cfg.txt", "--project", "../other.toml")
    run = report_of(folder / "strict")["run"]
    assert (run["profile_id"], run["project"]["path"]) == ("strict", "../other.toml")


def test_help_needs_no_project_file_that_can_be_used(project):
    assert project("broken [", "audit", "--help").code == 0


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ('site = "site.toml"\nprofil = "x"', 2, "profil"),
        ('fail_on = "high"', 1, "fail_on"),
        ('[credentials]\npassword_env = "X"', 1, "credentials"),
        ('password_command = ["sh"]', 1, "password_command"),
        ('plugins = ["x"]', 1, "plugins"),
        ('target = "https://pbx.example.com"', 1, "target"),
        ('\nfail-on = "worst"', 2, "fail-on"),
        ('formats = "html"', 1, "formats"),
        ("formats = []", 1, "formats"),
        ('formats = ["html", "xml"]', 1, "formats"),
        ('language = "fr"', 1, "language"),
        ('fail-on-new = "yes"', 1, "fail-on-new"),
        ("fail-on-new = 1", 1, "fail-on-new"),
        ("profile = 3", 1, "profile"),
        ('site = ""', 1, "site"),
        ("site = ", 1, "TOML"),
        ('site = "../../site.toml"', 1, "site"),
        ('\n\nout = ".."\nsite = "../x"', 3, "out"),
        ('out = "/tmp/reports"', 1, "out"),
        ('rules = ["rules", "/etc"]', 1, "rules"),
        ('waivers = "work/../../w.toml"', 1, "waivers"),
        ('baseline = "a\\u0000b"', 1, "baseline"),
    ],
)
def test_what_is_wrong_ends_the_run_with_its_line(folder, project, text, line, said):
    for arguments in (["audit", "cfg.txt"], ["waivers", "list", "w.toml"], ["doctor", "http://x"]):
        ended = project(text, *arguments)
        assert (ended.code, ended.out) == (2, "")
        assert f"../{NAME}:{line}: " in ended.err or said == "TOML"
        assert said in ended.err
    assert not (folder / "reports").exists()


@pytest.mark.parametrize(
    ("text", "typed", "option", "place"),
    [
        ('profile = "basline"', (), "--profile", (1, "baseline")),
        ('language = "en"\nsite = "gone.toml"', (), "--site", (2, "gone.toml")),
        ('waivers = "gone.toml"', (), "--waivers", (1, "gone.toml")),
        ('baseline = "gone.json"', (), "--baseline", (1, "gone.json")),
        ('profile = "tutorial"', ("--profile", "basline"), "--profile", (0, "baseline")),
        ('profile = "tutorial"', ("--site", "gone.toml"), "--site", (0, "gone.toml")),
    ],
)
def test_what_came_from_the_file_is_blamed_on_the_file(project, text, typed, option, place):
    line, name = place
    ended = project(text, "audit", "cfg.txt", *typed)
    assert (ended.code, ended.out) == (2, "")
    assert name in ended.err
    assert (option in ended.err) is not bool(line)
    assert (f"{NAME}:{line}: " in ended.err) is bool(line)


def test_what_is_called_like_a_parameter_is_no_option(folder, console, monkeypatch):
    monkeypatch.chdir(folder)
    write(folder, {"files": b"", NAME: b'waivers = "filess"'})
    assert "files?" in console("waivers", "lint").err


def test_a_format_that_the_file_spells_wrong_is_named(project):
    assert "html?" in project('formats = ["htlm"]', "audit", "cfg.txt").err


def test_a_link_out_of_the_project_leads_out(folder, project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (folder / "reports").symlink_to(elsewhere)
    ended = project('out = "reports"\nformats = ["json"]\n', "audit", "cfg.txt")
    assert (ended.code, list(elsewhere.iterdir())) == (2, [])
    assert f"{NAME}:1: out" in ended.err


@pytest.mark.parametrize("content", [b"\xff\xfe", b"\x00", "\ufeffprofile = 1".encode()])
def test_what_is_no_text_is_an_error(folder, console, monkeypatch, content):
    (folder / NAME).write_bytes(content)
    monkeypatch.chdir(folder)
    assert console("audit", "work/cfg.txt").code == 2
    (folder / NAME).unlink()
    (folder / NAME).mkdir()
    ended = console("audit", "work/cfg.txt")
    assert ended.code == 2
    assert console.crashes() == []


# What of a site file that only a project file names does not count, and for which targets.
REACHING = {
    'rules.plugins = ["x"]': {"file", "live"},
    'credentials.password_command = ["touch", "ran"]': {"live"},
    'credentials.password_file = "secret"': {"live"},
    'credentials.username_env = "HOME"': {"live"},
    'credentials.pbx_password_command = ["touch", "ran"]': {"file", "live"},
    'credentials.pbx_password_env = "HOME"': {"file", "live"},
    f'tls.fingerprint = "{"ab" * 32}"': {"live"},
    'tls.ca_file = "ca.pem"': {"live"},
    'boxes = [{ name = "b", url = "https://127.0.0.1:9" }]': {"live"},
    'waivers.file = "/tmp/waivers.toml"': {"file", "live"},
    'rules.folders = ["/tmp/rules"]': {"file", "live"},
    'target.name = "x"': set(),
}
LIVE = "http://127.0.0.1:9"


@pytest.mark.parametrize("text", REACHING)
@pytest.mark.parametrize("kind", ["file", "live"])
def test_a_site_file_that_only_the_project_names_reaches_nowhere(folder, project, text, kind):
    target = LIVE if kind == "live" else "cfg.txt"
    (folder / "site.toml").write_text(text, encoding="utf-8")
    is_refused = kind in REACHING[text]
    for arguments in (["audit", target], ["remediate", "plan", target], ["collect", target]):
        ended = project('site = "site.toml"', *arguments)
        assert ("site.toml:1: " in ended.err and ended.code == 2) is is_refused, ended.said
        assert not is_refused or "--site" in ended.err
    assert not list(folder.rglob("ran"))


def test_the_doctor_takes_no_trust_from_it_either(folder, project):
    (folder / "site.toml").write_text(f'[tls]\nfingerprint = "{"ab" * 32}"\n', encoding="utf-8")
    ended = project('site = "site.toml"', "doctor", "https://127.0.0.1:9")
    assert ended.code == 2
    assert "site.toml:2" in ended.err


@pytest.mark.parametrize("named", [["--site", "../site.toml"], ["--project", f"../{NAME}"]])
def test_what_somebody_named_counts_as_a_whole(folder, project, named):
    command = 'credentials.pbx_password_command = ["true"]'
    (folder / "site.toml").write_text(command, encoding="utf-8")
    ended = project('site = "site.toml"', "audit", "cfg.txt", *named)
    assert says("gives no password", ended.err)


@pytest.mark.usefixtures("whole")
def test_waivers_need_no_file_on_the_command_line(project):
    for arguments in (["list"], ["lint"], ["audit", "--in", "../first/report.json"]):
        ended = project(ALL, "waivers", *arguments)
        assert ended.code != 2, ended.said
        assert "waivers" in ended.err
    assert project("", "waivers", "list").code == 2


def test_a_saved_report_is_written_to_the_same_place(whole, project):
    text = 'out = "again"\nformats = ["remediation", "csv"]\n'
    assert project(text, "report", "../first/report.json").code == 0
    assert sorted(path.name for path in (whole / "again").iterdir()) == [
        "findings.csv",
        "objects.csv",
    ]
    assert (
        project('out = "page"\nformats = ["remediation"]', "report", "../first/report.json").code
        == 0
    )
    assert [path.name for path in (whole / "page").iterdir()] == ["report.html"]


def test_the_plan_is_where_an_audit_puts_it(folder, project):
    ended = project('out = "reports"', "remediate", "plan", "cfg.txt")
    assert ended.code in {0, 1}, ended.said
    assert (folder / "reports" / "remediation" / "plan.json").is_file()


def test_the_site_file_is_checked_and_attested_without_being_named(folder, project):
    text = 'site = "site.toml"\nprofile = "baseline"'
    assert says("can be used", project(text, "site", "check").out, file="../site.toml")
    given = ("--value", "0", "--by", "A", "--until", "2099-01-01")
    (folder / "site.toml").write_text(SITE, encoding="utf-8")
    ended = project(text, "attest", "HD-03", *given)
    assert "[facts" in (folder / "site.toml").read_text(encoding="utf-8"), ended.said


def test_commands_that_take_nothing_of_it_do_not_look(project):
    assert project("broken [", "schema", "report").code == 0
    assert project("broken [", "help", "project-file").code == 0


def test_nothing_is_said_if_nothing_counted(project):
    assert NAME not in project('fail-on = "low"', "collect", "cfg.txt", "-o", "s.json").err


def test_names_in_the_line_are_shown_inert(project):
    ended = project('profile = "\\u001b[31mx"', "audit", "cfg.txt")
    assert ended.code == 2
    assert "\x1b" not in ended.said


def test_a_process_of_its_own_finds_it_too(folder):
    write(folder, {NAME: b'out = "reports"\nformats = ["json"]\n'})
    execute(["audit", "cfg.txt"], folder / "work")
    assert report_of(folder / "reports")["run"]["project"]["path"] == f"../{NAME}"


class TestSearch:
    @pytest.fixture
    def tree(self, tmp_path, monkeypatch):
        monkeypatch.setattr(Path, "home", lambda: tmp_path / "home")
        (tmp_path / "home/repo/a/b").mkdir(parents=True)
        return tmp_path

    def put(self, *folders):
        for one in folders:
            (one / NAME).write_text("", encoding="utf-8")

    def test_the_nearest_counts(self, tree):
        repo = tree / "home/repo"
        (repo / ".git").mkdir()
        self.put(repo, repo / "a")
        assert find_file(NAME, repo / "a/b").path == repo / "a" / NAME
        assert find_file(NAME, repo / "a/b").root == repo
        assert find_file(NAME, repo).path == repo / NAME

    def test_a_worktree_has_a_file_of_that_name(self, tree):
        repo = tree / "home/repo"
        (repo / ".git").write_text("gitdir: elsewhere", encoding="utf-8")
        self.put(repo)
        assert find_file(NAME, repo / "a/b").path == repo / NAME

    def test_never_above_the_repository(self, tree):
        (tree / "home/repo/a/.git").mkdir()
        (tree / "home/repo/.git").mkdir()
        self.put(tree / "home/repo", tree / "home", tree)
        assert find_file(NAME, tree / "home/repo/a/b") is None

    def test_never_above_the_folder_without_a_repository(self, tree):
        self.put(tree / "home/repo/a", tree / "home", tree)
        assert find_file(NAME, tree / "home/repo/a/b") is None
        assert find_file(NAME, tree / "home/repo/a").root == tree / "home/repo/a"

    def test_never_above_the_home_folder(self, tree):
        (tree / ".git").mkdir()
        self.put(tree)
        assert find_file(NAME, tree / "home/repo/a") is None
        (tree / "home/.git").mkdir()
        self.put(tree / "home")
        assert find_file(NAME, tree / "home/repo/a").path == tree / "home" / NAME

    def test_nobody_needs_a_home(self, tree, monkeypatch):
        def nobody():
            raise RuntimeError

        monkeypatch.setattr(Path, "home", nobody)
        self.put(tree)
        assert find_file(NAME, tree).path == tree / NAME

    def test_never_in_another_file_system(self, tree, monkeypatch):
        repo, real = tree / "home/repo", Path.stat
        (repo / ".git").mkdir()
        self.put(repo)

        def other(path, **more):
            found = real(path, **more)
            if path != repo:
                return found
            return os.stat_result((*found[:2], found.st_dev + 1, *found[3:]))

        monkeypatch.setattr(Path, "stat", other)
        assert find_file(NAME, repo / "a/b") is None

    @posix
    def test_a_repository_that_a_stranger_began_is_none(self, tree, monkeypatch):
        repo, real = tree / "home/repo", Path.lstat
        (repo / ".git").mkdir()
        self.put(repo)
        monkeypatch.setattr(Path, "lstat", lambda path: owned(real(path), 4711))
        assert find_file(NAME, repo / "a") is None


def owned(found, user):
    return os.stat_result((*found[:4], user, *found[5:]))


@posix
class TestOwnership:
    @pytest.mark.parametrize("mode", [0o600, 0o644, 0o444, 0o755])
    def test_what_only_its_owner_can_change_is_fine(self, folder, mode):
        (folder / NAME).touch()
        (folder / NAME).chmod(mode)
        assert changeable_by_others(folder / NAME) is None

    @pytest.mark.parametrize("mode", [0o666, 0o602])
    def test_a_file_that_everybody_can_write_to_is_refused(self, folder, project, mode):
        project("", "schema", "report")
        (folder / NAME).chmod(mode)
        assert changeable_by_others(folder / NAME) == folder / NAME

    def test_a_folder_that_everybody_can_write_to_is_refused(self, folder, project):
        folder.chmod(0o777)
        ended = project('profile = "baseline"', "audit", "cfg.txt")
        folder.chmod(0o700)
        assert ended.code == 2
        assert "--no-project" in ended.err

    def test_a_file_that_a_stranger_put_there_is_refused(self, folder, monkeypatch):
        real = Path.stat
        (folder / NAME).touch()

        def planted(path, **more):
            found = real(path, **more)
            return owned(found, 4711) if path.name == NAME else found

        monkeypatch.setattr(Path, "stat", planted)
        assert changeable_by_others(folder / NAME) == folder / NAME

    def test_a_checkout_of_somebody_else_is_fine(self, folder, monkeypatch):
        real = Path.stat
        (folder / NAME).touch()
        monkeypatch.setattr(Path, "stat", lambda path, **more: owned(real(path, **more), 4711))
        assert changeable_by_others(folder / NAME) is None

    def test_named_on_the_command_line_it_is_taken_as_it_is(self, folder, project):
        project("", "schema", "report")
        (folder / NAME).write_text('out = "reports"\nformats = ["json"]\n', encoding="utf-8")
        (folder / NAME).chmod(0o666)
        assert stat.S_IMODE((folder / NAME).stat().st_mode) == 0o666
        ended = project_named(folder)
        assert ended.code != 2, ended.said
        assert (folder / "reports" / "report.json").is_file()


def project_named(folder):
    return execute(["audit", "cfg.txt", "--project", f"../{NAME}"], folder / "work")
