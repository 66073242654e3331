"""Service and timer: what systemd itself says of them."""

from __future__ import annotations

import os
import shutil
import subprocess
from functools import partial
from pathlib import Path

import pytest

from auditor.fleet.outward.units import systemd
from auditor.fleet.outward.units.job import with_digest
from auditor.fleet.outward.units.needs import Credential, Needs
from tests.fleet.outward.units.conftest import AWKWARD

MOST_EXPOSED = 15  # tenths
NEEDS = Needs(
    (Credential("pbx-password"), Credential("linz-0123", "/srv/50%/linz pw")), ("USER_1",)
)


def analyze(*arguments):
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.skip("systemd-analyze is not installed (Debian: package systemd)")
    ended = subprocess.run(  # noqa: S603 -- what is installed
        [program, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "XDG_RUNTIME_DIR": "/run"},  # that of a user's own systemd
    )
    return ended.returncode, ended.stdout + ended.stderr


def written(folder, made):
    for one in made.files:
        (folder / one.name).write_bytes(one.content)
    return [folder / one.name for one in made.files]


def whole(job, **options):
    """Return what is made of a run, and of the digests between runs."""
    return with_digest(job, partial(systemd.made, **options))


@pytest.mark.parametrize("for_user", [False, True])
@pytest.mark.parametrize("needs", [Needs(), NEEDS])
def test_systemd_accepts_it(job, tmp_path, needs, for_user):
    textfile = tmp_path / "text" / "pbx.prom"
    textfile.parent.mkdir()
    told = {"has_recipients": True, "history": tmp_path / "50% of it.db"}
    made = whole(job(needs=needs, textfile=textfile, **told), for_user=for_user)
    assert len(made.files) == 4
    manager = ("--user",) if for_user else ()
    assert analyze("verify", *manager, *written(tmp_path, made)) == (0, "")


def test_it_is_hardly_exposed(job, tmp_path):
    made = whole(job(needs=NEEDS, textfile=tmp_path / "x.prom", has_recipients=True))
    for service in written(tmp_path, made)[::2]:
        code, said = analyze(
            "security", "--offline=true", f"--threshold={MOST_EXPOSED}", "--no-pager", service
        )
        assert code == 0, said


def test_digests_between_runs_are_started_by_their_own_clock(job):
    history = Path("/var/lib/pbx-auditor/history.db")
    made = whole(job(has_recipients=True, history=history))
    assert [one.name for one in made.files] == [
        "pbx-auditor.service",
        "pbx-auditor.timer",
        "pbx-auditor-digest.service",
        "pbx-auditor-digest.timer",
    ]
    assert lines(made, "OnCalendar") == ["*-*-* 01:05:00", "*-*-* 00/1:35:00"]
    assert lines(made, "SuccessExitStatus") == ["1 4", "75"]
    assert lines(made, "ConditionPathExists") == [str(history)]
    # What one of them writes is the other's too.
    assert lines(made, "User") == lines(made, "StateDirectory") == ["pbx-auditor"] * 2
    assert [one.split()[1:3] for one in lines(made, "ExecStart")] == [
        ["fleet", "run"],
        ["fleet", "digest"],
    ]
    assert len(whole(job()).files) == 2  # nobody is to be told


@pytest.mark.parametrize("name", AWKWARD)
def test_a_path_is_read_as_it_was_meant(job, tmp_path, name):
    """A program that is not there: systemd names the path as it understood it."""
    folder = tmp_path / name
    folder.mkdir()
    made = systemd.made(job(inventory=folder / "fleet.toml", program=(str(folder / "missing"),)))
    if set(name) & set("\"'\\"):
        # It starts no program of such a name, which is said; anything else may have it.
        said_of_it = made.blocking
        made = systemd.made(job(inventory=folder / "fleet.toml"))
        assert len(said_of_it) == len(made.blocking) + 1
    else:
        code, said = analyze("verify", *written(tmp_path, made))
        assert code != 0
        assert f"Command {folder / 'missing'} is not executable" in said
        (folder / "missing").symlink_to("/usr/bin/true")
    assert analyze("verify", *written(tmp_path, made)) == (0, "")


def test_a_variable_in_a_path_is_none(job):
    text = systemd.made(job(inventory="/srv/$HOME/50%/fleet.toml")).files[0].text
    assert "WorkingDirectory=/srv/$HOME/50%%\n" in text
    assert "--quiet /srv/$$HOME/50%%/fleet.toml\n" in text


def lines(made, key):
    text = "".join(one.text for one in made.files)
    return [line.partition("=")[2] for line in text.splitlines() if line.startswith(f"{key}=")]


def test_secrets_are_handed_over(job, monkeypatch):
    monkeypatch.setenv("XDG_CONFIG_HOME", "/home/anna/settings")
    made = systemd.made(job(needs=NEEDS))
    assert lines(made, "LoadCredential") == [
        "pbx-password:/etc/pbx-auditor/credentials/pbx-password",
        "linz-0123:/srv/50%%/linz pw",
    ]
    assert lines(made, "EnvironmentFile") == ["/etc/pbx-auditor/environment"]
    assert len(made.remarks) == 2  # what is to be there
    # A person reads what is theirs.
    (own,) = lines(systemd.made(job(needs=NEEDS), for_user=True), "LoadCredential")
    assert own == "pbx-password:/home/anna/settings/pbx-auditor/credentials/pbx-password"
    assert not lines(systemd.made(job()), "EnvironmentFile")


def test_the_run_may_find_something(job):
    made = systemd.made(job(name="other"))
    assert lines(made, "SuccessExitStatus") == ["1 4"]
    assert lines(made, "DynamicUser") == ["yes"]
    assert lines(made, "StateDirectory") == ["other"]
    assert lines(made, "CapabilityBoundingSet") == [""]
    assert lines(made, "FixedRandomDelay") == lines(made, "Persistent") == ["yes"]
    assert not lines(systemd.made(job(), for_user=True), "DynamicUser")


@pytest.fixture
def owned(tmp_path, monkeypatch):
    """Make a folder that belongs to a group, or to one without a name."""

    def make(group, mode):
        folder = tmp_path / "text"
        folder.mkdir()
        folder.chmod(mode)
        names = {} if group is None else {folder: group}
        monkeypatch.setattr(Path, "group", lambda path: names[path])
        return folder

    return make


@pytest.mark.parametrize(
    ("group", "mode", "is_given"),
    [("adm", 0o2775, True), ("adm", 0o755, False), ("root", 0o775, False), (None, 0o775, False)],
    ids=["writable", "not-writable", "of-root", "without-name"],
)
def test_only_a_folder_of_a_group_gives_that_group(job, owned, group, mode, is_given):
    """That of root would let the service read what root keeps for its group."""
    textfile = owned(group, mode) / "x.prom"
    made = systemd.made(job(textfile=textfile))
    assert lines(made, "SupplementaryGroups") == [group] * is_given
    # What it cannot do is said, and not found out by an alarm.
    assert len(made.blocking) == 1 - is_given
    assert not systemd.made(job(textfile=textfile), for_user=True).blocking


def test_what_cannot_work_is_said(job, tmp_path):
    assert not systemd.made(job()).blocking
    assert len(systemd.made(job(inventory="/home/anna/fleet.toml")).blocking) == 1
    assert len(systemd.made(job(writes=(tmp_path,))).blocking) == 1
    assert not systemd.made(job(writes=(tmp_path,)), for_user=True).blocking
    assert systemd.made(job(needs=Needs(has_keyring=True))).remarks
