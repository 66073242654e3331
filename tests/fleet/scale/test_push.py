"""Bundles reach the operator by HTTPS or SFTP, or stay where they can be carried by hand."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from auditor.errors import InputError, KeyPlace, OutputError
from auditor.fleet.inventory.inventory_model import Collecting
from auditor.fleet.scale.bundle import read_bundle
from auditor.fleet.scale.push import PushTarget, Waits, push, push_destination
from auditor.model.site import SecretPlace
from tests.fixtures.receivers import HOST

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin")
NOWHERE = SecretPlace(KeyPlace("collector", "token"), "", "", (), None)
NAMES = ["plain.zip", 'with space "and" quote.zip', "glob*[x]?.zip", "umlaut-ä.zip"]


# What a server answers, how often it is asked, and whether the bundle arrives.
CASES = [
    ([(503, {}), (200, {})], 2, True),
    ([(429, {"Retry-After": "7"}), (201, {})], 2, True),
    ([(500, {})], 3, False),
    ([(403, {})], 1, False),
    ([(307, {"Location": "http://elsewhere.invalid/"})], 1, False),
]


class Clock:
    def __init__(self):
        self.slept = []

    def waits(self):
        return Waits(lambda: datetime(2026, 11, 30, tzinfo=UTC), self.slept.append)


@pytest.fixture
def clock():
    return Clock()


def to(url, token="", ssh_config=None):
    return PushTarget(url, token, None, ssh_config)


class TestHttp:
    @pytest.mark.parametrize("ending", ["", "/"])
    def test_it_is_put_with_its_token(self, web, clock, tmp_path, ending):
        file = tmp_path / "graz-7.zip"
        file.write_bytes(b"PK")
        push(file, to(web.url + ending, "t0ken"), clock.waits())
        ((path, headers, body),) = web.got
        assert path == "/secret-token" + ("/graz-7.zip" if ending else "")
        assert (headers["Authorization"], body) == ("Bearer t0ken", b"PK")

    @pytest.mark.parametrize("case", CASES)
    def test_what_may_go_at_another_time_is_tried_again(self, web, clock, tmp_path, case):
        answers, tries, arrives = case
        web.answers = list(answers)
        file = tmp_path / "graz-7.zip"
        file.write_bytes(b"PK")
        if arrives:
            push(file, to(web.url), clock.waits())
        else:
            with pytest.raises(OutputError) as caught:
                push(file, to(web.url), clock.waits())
            assert "secret-token" not in str(caught.value) + caught.value.where
        assert (len(web.got), len(clock.slept)) == (tries, tries - 1)
        assert file.exists()

    def test_from_end_to_end(self, site, web, monkeypatch):
        site.expect("graz-1").add().has("graz-1")
        monkeypatch.setenv("WHERE", f"{web.url}/")
        monkeypatch.setenv("TOKEN", "t0ken")
        site.table += '\npush_env = "WHERE"\ntoken_env = "TOKEN"\n'
        ended, bundle = site.collect()
        assert ended.code == 0, ended.said
        assert "secret-token" not in ended.said
        arrived = site.folder.write("arrived.zip", web.got[0][2])
        assert arrived.read_bytes() == bundle.read_bytes()
        assert site.take(arrived).code == 1

    def test_a_server_that_is_away_costs_the_bundle_nothing(self, site, monkeypatch):
        with socket.socket() as closed:
            closed.bind((HOST, 0))
            port = closed.getsockname()[1]
        monkeypatch.setattr("time.sleep", lambda _: None)
        site.expect("graz-1").add().has("graz-1")
        site.table += f'\npush = "http://127.0.0.1:{port}/x"\n'
        ended, bundle = site.collect()
        assert ended.code == 6
        assert read_bundle(bundle)

    def test_a_server_that_dies_in_the_middle_is_tried_again(self, clock, tmp_path):
        file = tmp_path / "graz-7.zip"
        file.write_bytes(b"PK" * 500_000)
        with socket.create_server((HOST, 0)) as listening:
            url = f"http://{HOST}:{listening.getsockname()[1]}/x"
            deaths = threading.Thread(target=_hang_up, args=(listening, 3))
            deaths.start()
            with pytest.raises(OutputError):
                push(file, to(url), clock.waits())
            deaths.join(30)
        assert (clock.slept, file.stat().st_size) == ([5.0, 10.0], 1_000_000)


def _hang_up(listening, times):
    for _ in range(times):
        connection, _ = listening.accept()
        with connection:
            connection.recv(1000)


class TestAddresses:
    @pytest.mark.parametrize(
        "url",
        [
            "http://pbx.example/x",
            "ftp://pbx.example/x",
            "sftp://pbx.example",
            "sftp://user:secret@pbx.example/x",
            "sftp://-oProxyCommand=x/x",
            "sftp://-l@pbx.example/x",
            "sftp:///x",
            "sftp://pbx.example/a%0Ab",
            "nonsense",
        ],
    )
    def test_what_is_none_is_refused_unquoted(self, url):
        with pytest.raises(InputError) as caught:
            push_destination(Collecting("g", "t", NOWHERE, url, "", NOWHERE, None, None))
        assert "secret" not in str(caught.value.message)

    def test_none_is_by_hand(self):
        assert push_destination(Collecting("g", "t", NOWHERE, "", "", NOWHERE, None, None)) is None

    @pytest.mark.parametrize("what", ["push", "token"])
    def test_a_variable_that_is_not_set(self, what):
        named = SecretPlace(KeyPlace("collector", "token"), "NOT_SET_AT_ALL", "", (), None)
        place = named if what == "token" else NOWHERE
        variable = "NOT_SET_AT_ALL" if what == "push" else ""
        with pytest.raises(InputError):
            push_destination(
                Collecting("g", "t", NOWHERE, "https://x.example/", variable, place, None, None)
            )


@pytest.mark.skipif(os.name == "nt", reason="no file of Windows has such a name")
@pytest.mark.parametrize("name", ["a\n!touch pwned\n.zip", "a\r.zip", "a\x00b.zip"])
def test_a_name_of_a_file_is_no_command_of_sftp(name, clock, tmp_path):
    with pytest.raises(OutputError):
        push(tmp_path / name, to(f"sftp://{HOST}:1/x/"), clock.waits())
    assert clock.slept == []


@contextmanager
def ssh_server(folder):
    """Run OpenSSH's server on this computer, with a key of our own; give the ssh_config."""
    for name in ("host", "user"):
        words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / name]
        subprocess.run(words, check=True)  # noqa: S603 -- a program of the system
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    shutil.copy(folder / "user.pub", folder / "authorized")
    host = (folder / "host.pub").read_text("ascii").split()[:2]
    (folder / "known").write_text(f"[{HOST}]:{port} {' '.join(host)}\n", encoding="ascii")
    (folder / "sshd_config").write_text(
        f"Port {port}\nListenAddress {HOST}\nHostKey {folder}/host\nPidFile none\n"
        f"AuthorizedKeysFile {folder}/authorized\nStrictModes no\nUsePAM no\n"
        "PermitRootLogin yes\nPasswordAuthentication no\nSubsystem sftp internal-sftp\n",
        encoding="ascii",
    )
    config = folder / "ssh_config"
    config.write_text(
        f"IdentityFile {folder}/user\nIdentitiesOnly yes\nUserKnownHostsFile {folder}/known\n",
        encoding="ascii",
    )
    Path("/run/sshd").mkdir(parents=True, exist_ok=True)
    server = subprocess.Popen(  # noqa: S603 -- a program of the system
        [SSHD, "-D", "-e", "-f", folder / "sshd_config"],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        for line in server.stderr:
            if "Server listening" in line:
                break
        yield f"sftp://{getpass.getuser()}@{HOST}:{port}", config
    finally:
        server.terminate()
        server.wait()
        server.stderr.close()


@pytest.fixture(scope="module")
def ssh(tmp_path_factory):
    folder = tmp_path_factory.mktemp("ssh")
    with ssh_server(folder) as (url, config):
        yield url, config


@pytest.mark.skipif(
    not SSHD or not shutil.which("sftp") or not hasattr(os, "geteuid") or os.geteuid() != 0,
    reason="OpenSSH's server is not installed, or must be started by root",
)
class TestSftp:
    @pytest.mark.parametrize("name", NAMES)
    def test_it_arrives_whole_under_its_name(self, ssh, clock, tmp_path, name):
        url, config = ssh
        file = tmp_path / name
        file.write_bytes(b"PK" * 5000)
        inbox = tmp_path / "in box"
        inbox.mkdir()
        push(file, to(f"{url}{inbox}/".replace(" ", "%20"), "", config), clock.waits())
        assert [one.name for one in inbox.iterdir()] == [name]
        assert (inbox / name).read_bytes() == file.read_bytes()

    def test_a_host_that_is_not_known_gets_nothing(self, ssh, clock, tmp_path):
        url, config = ssh
        other = tmp_path / "ssh_config"
        other.write_text(config.read_text("ascii").replace("/known", "/nobody"), encoding="ascii")
        file = tmp_path / "a.zip"
        file.write_bytes(b"PK")
        with pytest.raises(OutputError):
            push(file, to(f"{url}{tmp_path}/x/", "", other), clock.waits())

    def test_a_folder_that_is_not_there(self, ssh, clock, tmp_path):
        url, config = ssh
        file = tmp_path / "a.zip"
        file.write_bytes(b"PK")
        with pytest.raises(OutputError):
            push(file, to(f"{url}{tmp_path}/not/there/", "", config), clock.waits())
        assert clock.slept == [timedelta(seconds=5).total_seconds(), 10.0]
