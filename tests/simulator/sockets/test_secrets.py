"""No answer holds a secret but those that a real PBX sends without being asked."""

from __future__ import annotations

import json

import pytest

from auditor.simulator.sockets.admin_facts import FACTS
from auditor.simulator.sockets.admin_lists import LISTS
from auditor.simulator.sockets.object_fields import ROW_COLUMNS
from auditor.simulator.sockets.trains import of_train

READS = sorted({*LISTS, *FACTS})
# What a real PBX sends: canary, and the messages that carry it.
CANARIES = {"canary-turn": {"GetStun"}, "canary-m-key": {"GetObject", "ReplicateNext"}}


def everything(client, pbx):
    """Yield (message, text of its answer) for every message and object there is."""
    for mt in READS:
        fields = {"pseudo": "conference", "grp": "Vertrieb", "loc": "master"}
        client.send(api="PbxAdminApi", mt=mt, src="all", **fields)
        client.send(mt="KeepAlive")
        while (answer := client.receive()) != {"mt": "KeepAlive"}:
            yield mt, json.dumps(answer)
    for one in pbx.objects:
        for template in ("with", "without"):
            answer = client.admin("GetObject", guid=one.guid, template=template)
            yield "GetObject", json.dumps(answer)
        yield "GetRegs", json.dumps(client.admin("GetRegs", guid=one.guid))
    kinds = sorted({one.kind for one in pbx.objects})
    columns: dict[str, dict] = {name: {} for name in ROW_COLUMNS - {"pwd"}}
    client.ask(api="PbxTableUsers", mt="ReplicateStart", columns=columns, pseudo=kinds, src="r")
    while "columns" in (answer := client.ask(api="PbxTableUsers", mt="ReplicateNext", src="r")):
        yield "ReplicateNext", json.dumps(answer)


@pytest.mark.parametrize("train", ["13r1", "13r3"])
def test_no_clear_password_is_in_any_answer(log_in, secretive, train):
    client, server = log_in(of_train(secretive, train))
    pbx = server.pbx
    clear = {text for one in pbx.objects if (text := pbx.password_of(one))}
    clear |= {pbx.pbx_password, *(one.password for one in pbx.accounts)}
    kept = {pbx.admin_key.hex(), pbx.admin.password.hex()}
    if train == "13r3":
        kept |= {one.password.hex() for one in pbx.objects if one.password}
    named = {text for one in pbx.objects for text in one.names.values()}
    clear -= named  # a number that is its own password
    weak = {text for text in clear if len(text) < 10}  # it may be part of a name
    for mt, text in everything(client, pbx):
        assert not [one for one in clear - weak if one in text], mt
        assert not [one for one in weak if f'"{one}"' in text], mt
        assert not [one for one in kept if one in text], mt


@pytest.mark.parametrize("canary", sorted(CANARIES))
def test_what_a_real_pbx_sends_unasked_carries_a_canary(log_in, secretive, canary):
    client, server = log_in(secretive)
    found = {mt for mt, text in everything(client, server.pbx) if canary in text}
    assert found == CANARIES[canary]
