"""Each fault does what it says, once and where it was told to, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import get_args

import pytest
from websockets.exceptions import ConnectionClosed, InvalidMessage
from websockets.frames import Opcode

from auditor.simulator.socket_behaviour import LARGE_BYTES, FaultKind, SocketFault

API = "PbxAdminApi"
MT = "GetConfigs"


def faulty(log_in, pbx, kind, mt=MT, **limits):
    return log_in(pbx, SocketFault(kind, mt, **limits))


def test_silence_is_for_one_message_alone(log_in, pbx):
    client, _ = faulty(log_in, pbx, "silence")
    assert client.is_silent(api=API, mt=MT, src="a")
    assert client.admin("GetPbxConfig")["loc"] == "master"


def test_a_fault_begins_and_ends_where_it_is_told_to(log_in, pbx):
    client, _ = faulty(log_in, pbx, "error", skip=1, times=2)
    found = ["error" in client.admin(MT) for _ in range(4)]
    assert found == [False, True, True, False]


def test_an_unknown_message_comes_before_the_answer(log_in, pbx):
    client, _ = faulty(log_in, pbx, "unknown")
    assert client.admin(MT)["mt"] == "SimulatedNews"
    assert client.receive()["mt"] == f"{MT}Result"


def test_an_answer_comes_twice(log_in, pbx):
    client, _ = faulty(log_in, pbx, "twice")
    assert client.admin(MT) == client.receive()


def test_a_binary_frame_instead_of_text(log_in, pbx):
    client, _ = faulty(log_in, pbx, "binary")
    client.send(api=API, mt=MT, src="b")
    answer = client.socket.recv(10)
    assert isinstance(answer, bytes)
    assert json.loads(answer)["mt"] == f"{MT}Result"


def test_fragments_of_an_answer(log_in, pbx):
    client, _ = faulty(log_in, pbx, "fragments")
    client.send(api=API, mt=MT, src="b")
    pieces = list(client.socket.recv_streaming(decode=False))
    assert len(pieces) > 1
    assert json.loads(b"".join(pieces))["mt"] == f"{MT}Result"


def test_a_message_of_two_megabytes(log_in, pbx):
    client, _ = faulty(log_in, pbx, "large")
    client.send(api=API, mt=MT, src="b")
    text = client.socket.recv(10)
    assert len(text) > LARGE_BYTES
    assert json.loads(text)["configs"]


def test_large_answers_may_be_fragments_too(log_in, pbx):
    faults = [SocketFault(kind, MT) for kind in ("large", "fragments")]
    client, _ = log_in(pbx, *faults)
    assert len(json.dumps(client.admin(MT))) > LARGE_BYTES


def test_half_an_answer_is_no_json(log_in, pbx):
    client, _ = faulty(log_in, pbx, "not-json")
    client.send(api=API, mt=MT, src="b")
    with pytest.raises(ValueError, match=r"delimiter|Expecting|Unterminated"):
        json.loads(client.socket.recv(10))


def test_a_ping_needs_no_pong(log_in, pbx, monkeypatch):
    client, _ = faulty(log_in, pbx, "ping")
    seen = []
    received = client.socket.protocol.recv_frame

    def receive(frame):
        seen.append(frame.opcode)
        received(frame)

    monkeypatch.setattr(client.socket.protocol, "recv_frame", receive)
    assert client.admin(MT)["configs"]
    assert Opcode.PING in seen


@pytest.mark.parametrize("answered", [True, False])
def test_pings_are_answered_or_not(log_in, pbx, answered):
    client, _ = log_in(pbx, answer_pings=answered)
    pong = client.socket.ping()
    assert client.admin(MT)["configs"]  # it comes behind the pong
    assert pong.is_set() is answered


def test_a_half_open_connection_answers_nothing_and_stays(log_in, pbx):
    client, _ = faulty(log_in, pbx, "half-open")
    client.send(api=API, mt=MT, src="b")
    pong = client.socket.ping()
    client.send(mt="KeepAlive")
    with pytest.raises(TimeoutError):
        client.receive(0.05)
    assert not pong.is_set()


@pytest.mark.parametrize(("kind", "code"), [("close", 1001), ("cut", 1006)])
def test_a_socket_ends_with_or_without_a_word(log_in, pbx, kind, code):
    client, _ = faulty(log_in, pbx, kind)
    client.send(api=API, mt=MT, src="b")
    with pytest.raises(ConnectionClosed):
        client.receive()
    assert client.socket.close_code == code


def test_a_restart_in_the_middle_ends_every_socket_once(log_in, dial, pbx):
    client, server = faulty(log_in, pbx, "restart", times=1)
    other = dial(server)
    client.send(api=API, mt=MT, src="b")
    assert client.has_ended()
    assert other.has_ended()
    again = dial(server)
    again.login()
    assert again.admin(MT)["configs"]
    assert server.sockets.restarts == 1


def test_a_pbx_that_starts_again_refuses_for_a_while(log_in, dial, pbx):
    fault = SocketFault("restart", MT, times=1)
    client, server = log_in(pbx, fault, refused_after_restart=2)
    client.send(api=API, mt=MT, src="b")
    assert client.has_ended()
    for _ in range(2):
        with pytest.raises(InvalidMessage):
            dial(server)
    assert dial(server).login()["ok"] is True


def test_an_answer_takes_its_time(log_in, pbx, monkeypatch):
    waited: list[float] = []
    monkeypatch.setattr("auditor.simulator.sockets.socket_server.time.sleep", waited.append)
    client, _ = log_in(pbx, round_trip_seconds=0.02)
    client.admin(MT)
    assert waited == [0.02] * 3  # challenge, login, answer


def test_the_source_is_changed_or_missing(log_in, pbx):
    client, _ = faulty(log_in, pbx, "changed-src")
    assert client.admin(MT)["src"] == f"s-{MT}x"
    client, _ = faulty(log_in, pbx, "no-src")
    assert "src" not in client.admin(MT)


def test_answers_come_in_another_order(log_in, pbx):
    client, _ = faulty(log_in, pbx, "swapped")
    client.send(api=API, mt=MT, src="first")
    client.send(api=API, mt="GetPbxConfig", src="second")
    assert client.receive()["src"] == "second"
    assert client.receive()["src"] == "first"


@pytest.mark.parametrize(
    ("mt", "fields"),
    [
        ("GetConfigObjects", {"limit": 1}),
        ("SearchUsers", {"cn": "", "limit": 2}),
        ("GetNodes", {"limit": 1}),
    ],
)
def test_a_page_that_repeats(log_in, pbx, mt, fields):
    client, _ = faulty(log_in, pbx, "repeated-page", mt)
    first = client.admin(mt, **fields)
    assert client.admin(mt, **fields, more="Temp", last="x") == first
    if mt == "GetConfigObjects":
        assert client.admin(mt)["more"]


def test_a_row_that_repeats(log_in, pbx):
    client, _ = faulty(log_in, pbx, "repeated-page", "ReplicateNext")
    client.ask(api="PbxTableUsers", mt="ReplicateStart", columns={"guid": {}}, src="r")
    found = [client.ask(api="PbxTableUsers", mt="ReplicateNext", src="r") for _ in range(100)]
    assert found[0]["columns"]["guid"]
    assert all(one == found[0] for one in found)


@pytest.mark.parametrize(
    ("mt", "listed", "cursor"),
    [
        ("GetConfigObjects", "objects", "more"),
        ("SearchUsers", "user", "cn"),
        ("GetNodes", "nodes", "last"),
    ],
)
def test_pages_without_end_are_all_new(log_in, pbx, mt, listed, cursor):
    client, _ = faulty(log_in, pbx, "endless-page", mt)
    seen, position = [], ""
    for _ in range(50):
        answer = client.admin(mt, **{cursor: position})
        seen += [one.get("cn", one.get("name")) for one in answer[listed]]
        position = answer.get("more", seen[-1])
    assert len(seen) >= 50
    assert sorted(set(seen)) == seen


def test_rows_without_end_are_all_new(log_in, pbx):
    client, _ = faulty(log_in, pbx, "endless-page", "ReplicateNext")
    client.ask(api="PbxTableUsers", mt="ReplicateStart", columns={"guid": {}}, src="r")
    found = [
        client.ask(api="PbxTableUsers", mt="ReplicateNext", src="r")["columns"]["guid"]
        for _ in range(100)
    ]
    assert len(set(found)) == 100


def test_every_fault_has_a_test():
    folders = Path(__file__).parents[1].glob("*/test_*.py")
    here = "".join(file.read_text("utf-8") for file in folders)
    assert all(f'"{kind}"' in here for kind in get_args(FaultKind))
