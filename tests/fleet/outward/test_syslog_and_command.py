"""Syslog over TLS, and commands of the operator."""

from __future__ import annotations

import json
import re
import stat

import pytest

from auditor.fleet.inventory.inventory_reader import read_inventory
from auditor.fleet.inventory.recipient_document import host_and_port
from auditor.fleet.outward.channels.channel import DeliveryError, Letter
from auditor.fleet.outward.channels.command import CommandChannel
from auditor.fleet.outward.channels.verified_tls import NO_SERVER
from auditor.fleet.outward.digest.digest_schema import digest_of
from auditor.fleet.outward.digest.written import written
from auditor.fleet.store.history_records import DeliveryState
from tests.fixtures.fleet_story import failed, passed
from tests.fixtures.receivers import LogServer
from tests.fleet.outward.conftest import PYTHON, recipient


@pytest.fixture
def log(trusted):
    server = LogServer(trusted.server())
    yield server
    server.close()


@pytest.fixture
def sent(story, listed, sends):
    """Send a digest, and return how the delivery stands then."""
    listed("a-1")

    def send(channel, code=0, controls=(), **more):
        sends.to(recipient("officer", channel, **more))
        story.night({"a-1": list(controls) or [failed()]})
        sends(code=code)
        return story.history.outbox().newest()["officer"]

    return send


class TestSyslog:
    def test_one_message_in_its_frame(self, sent, log, trusted):
        delivery = sent("syslog", server=log.address, ca_file=str(trusted.ca_file))
        assert delivery.state is DeliveryState.SENT
        assert log.ended.acquire(timeout=60)
        (octets,) = log.got
        length, _, message = octets.partition(b" ")
        assert int(length) == len(message)
        head = re.match(
            rb"<(\d+)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z \S+ pbx-auditor - officer - "
            rb"\xef\xbb\xbf(.+)", message,
        )  # fmt: skip
        assert int(head[1]) == 13 * 8 + 4
        assert delivery.key.encode() in head[2]
        assert b"HD-01" in head[2]

    def test_a_server_that_talks_has_it_once(self, sent, log, trusted):
        log.answer = b"hello" * 1000
        assert sent("syslog", server=log.address, ca_file=str(trusted.ca_file)).state == "sent"
        assert log.ended.acquire(timeout=60)
        assert len(log.got) == 1

    def test_how_bad_it_is(self, sent, log, trusted):
        more = {"server": log.address, "ca_file": str(trusted.ca_file)}
        levels = []
        for controls in ([passed()], [passed()]):
            sent("syslog", controls=controls, **more)
            assert log.ended.acquire(timeout=60)
            levels.append(int(re.search(rb"<(\d+)>", log.got[-1])[1]) % 8)
        assert levels == [5, 6]

    def test_a_certificate_that_nobody_trusts(self, sent, log, trusted):
        delivery = sent("syslog", code=6, server=log.address, ca_file=str(trusted.other))
        assert delivery.state is DeliveryState.FAILED
        assert log.got == []

    def test_nobody_there(self, sent):
        assert sent("syslog", code=6, server="127.0.0.1:1").state is DeliveryState.QUEUED

    def test_a_name_that_no_server_can_have(self, sent):
        delivery = sent("syslog", code=6, server="a..b")
        assert (delivery.state, delivery.reason) == (DeliveryState.FAILED, NO_SERVER)

    @pytest.mark.parametrize(("server", "found"), [
        ("log.example.com", ("log.example.com", 6514)),
        ("log.example.com:601", ("log.example.com", 601)),
        ("[::1]:7", ("::1", 7)), ("[::1]", ("::1", 6514)), ("10.0.0.1", ("10.0.0.1", 6514)),
    ])  # fmt: skip
    def test_servers(self, server, found):
        assert host_and_port(server, 6514) == found


def program(folder, text):
    path = folder.path / "program"
    path.write_text(f"#!{PYTHON}\nimport json, os, sys, time\n{text}\n")
    path.chmod(stat.S_IRWXU)
    return str(path)


class TestCommand:
    def test_it_gets_the_digest_and_little_else(self, sent, folder, monkeypatch):
        monkeypatch.setenv("PBX_AUDITOR_PASSWORD", "secret")
        out = str(folder.path / "out")
        text = f"json.dump([json.load(sys.stdin), dict(os.environ)], open({out!r}, 'w'))"
        delivery = sent("command", command=[program(folder, text), "one; two"])
        assert delivery.state is DeliveryState.SENT
        digest, environment = json.loads((folder.path / "out").read_text())
        assert digest["failed"]["controls"][0]["control"] == "HD-01"
        assert environment["PBX_AUDITOR_DELIVERY"] == delivery.key
        assert "PBX_AUDITOR_PASSWORD" not in environment

    def test_one_that_fails_is_tried_again(self, sent, folder):
        assert sent("command", code=6, command=[program(folder, "sys.exit(1)")]).state == "queued"

    def test_one_that_is_not_there(self, sent):
        assert sent("command", code=6, command=["./not-there"]).state is DeliveryState.FAILED

    def test_one_that_reads_nothing(self, sent, folder):
        assert sent("command", command=[program(folder, "")]).state is DeliveryState.SENT

    def test_one_that_does_not_end_is_ended(self, folder, story, listed, sends):
        listed("a-1")
        name = program(folder, "time.sleep(60)")
        sends.to(recipient("officer", "command", command=[name]))
        story.night({"a-1": [passed()]})
        digest = digest_of(sends("--dry-run").out.encode())
        (one,) = read_inventory(folder.path / "fleet.toml").recipients
        with pytest.raises(DeliveryError) as error:
            CommandChannel(one, 0.2).send(Letter("key", digest, written(digest)), digest.made)
        assert not error.value.is_final
