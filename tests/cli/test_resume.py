"""An interrupted collection goes on where it stopped, and comes to the same snapshot."""

from __future__ import annotations

import base64
import gc
import json
import signal
from dataclasses import replace
from types import SimpleNamespace
from urllib.parse import quote

import pytest

from auditor import interrupt
from auditor.errors import ExitCode
from auditor.model.snapshot import NO_PASSWORD
from auditor.simulator import responses
from auditor.simulator.server import SimulatorServer
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.options import LiveOptions
from tests.fixtures.hostile import HostilePbx, http
from tests.fixtures.pbx import (
    PBX_PASSWORD,
    facts,
    judge,
    list_page_of,
    simulated,
    site_of,
    statuses,
)
from tests.fixtures.program import site_option, start
from tests.fixtures.sentences import says

NO_CFG = frozenset({"cfg"})
SHOW = "/PBX0/ADMIN/mod_cmd_login.xml"
READ_ANEW = 2 + 1  # base and temporary users, and the admin object


def credentials(pbx, **changes):
    account = next(one for one in pbx.accounts if one.role == "viewer")
    return replace(Credentials(account.username, account.password, pbx.pbx_password), **changes)


def collect(server, journal, stop_at=None, site=None, **changes):
    """Read a PBX with a journal; stop when so many objects were read."""

    def notify(progress):
        if progress.area == "objects" and progress.done == stop_at:
            interrupt.stop(ExitCode.INTERRUPTED)

    options = LiveOptions(max_connections=1, journal=journal, notify=notify)
    given = credentials(server.pbx, **changes)
    with interrupt.listening({}):
        read = read_live(server.url, site or site_of(server.pbx.config), given, options)
    gc.collect()  # would complain of a connection that was left open
    return read


def pages(server):
    return [path for _, path in server.requests if "user-guid=" in path]


@pytest.fixture(params=["hardened", "insecure"])
def pbx(request):
    with SimulatorServer(simulated(request.param), refuse=NO_CFG) as server:
        yield server


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "s.json.partial"


@pytest.mark.parametrize("pbx_password", [PBX_PASSWORD, None])
def test_it_goes_on_and_comes_to_the_same(pbx, journal, tmp_path, pbx_password):
    whole = collect(pbx, tmp_path / "other", pbx_password=pbx_password)
    expected = statuses(judge(whole, site_of(pbx.pbx.config)))
    first = collect(pbx, journal, stop_at=30, pbx_password=pbx_password)
    assert first.ended_early == "interrupted"
    pbx.requests.clear()
    second = collect(pbx, journal, pbx_password=pbx_password)
    assert second.ended_early == ""
    scored = sum(one.password != NO_PASSWORD for one in whole.objects) if pbx_password else 0
    assert len(pages(pbx)) <= len(pbx.pbx.objects) + 1 - 29 + READ_ANEW + scored
    assert len(pages(pbx)) < len(pbx.pbx.objects)
    found = sorted(map(without_estimate, second.objects))
    assert found == sorted(map(without_estimate, whole.objects))
    assert statuses(judge(second, site_of(pbx.pbx.config))) == expected
    assert any(says("before an interruption", record.note) for record in second.sources)


def without_estimate(candidate):
    """Return an object without what only its ciphertext, which is not kept, gives away."""
    evidence = candidate.password
    if evidence.estimated or evidence.score is None:
        evidence = replace(evidence, length_from=None, length_to=None, estimated=False)
    return facts(candidate._replace(password=evidence))


def test_an_object_that_is_gone_is_dropped_and_one_that_changed_is_asked_again(journal):
    pbx = simulated()
    with SimulatorServer(pbx, refuse=NO_CFG) as server:
        collect(server, journal, stop_at=40)
        users = [one for one in server.pbx.ordered("cn") if one.kind == ""]
        gone, renamed = [one for one in users if "hot-desk" not in one.names["h323"]][:2]
        names = {**renamed.names, "e164": "9999"}
        objects = tuple(
            replace(one, names=names) if one is renamed else one
            for one in server.pbx.objects
            if one is not gone
        )
        server.state.pbx = replace(server.pbx, objects=objects)
        snapshot = collect(server, journal)
    found = {one.cn: one for one in snapshot.objects}
    assert gone.cn not in found
    assert found[renamed.cn].e164 == "9999"


@pytest.mark.parametrize("change", ["password", "site", "serial", "damage", "age"])
def test_parts_that_do_not_belong_together_are_not_mixed(journal, change, monkeypatch):
    pbx = simulated()
    with SimulatorServer(pbx, refuse=NO_CFG) as server:
        collect(server, journal, stop_at=40)
        options = {}
        if change == "password":
            accounts = tuple(replace(one, password=f"{one.password}x") for one in pbx.accounts)
            server.state.pbx = replace(server.pbx, accounts=accounts)
        if change == "site":
            target = site_of().target.model_copy(update={"company": "other"})
            options["site"] = site_of().model_copy(update={"target": target})
        if change == "serial":
            server.state.pbx = replace(server.pbx, box=replace(pbx.box, serial="009033aaaaaa"))
        if change == "damage":
            lines = journal.read_text("utf-8").splitlines()
            journal.write_text("\n".join([lines[0][:-1], *lines[1:]]), encoding="utf-8")
        if change == "age":
            later = SimpleNamespace(time=lambda: 1e12)
            monkeypatch.setattr("auditor.sources.live.journal.time", later)
        server.requests.clear()
        snapshot = collect(server, journal, **options)
        assert len(set(pages(server))) == len(pbx.objects) + 1
    assert len(snapshot.objects) == len(pbx.objects)


def test_a_line_that_was_cut_off_costs_what_follows_it_only(journal):
    with SimulatorServer(simulated(), refuse=NO_CFG) as server:
        collect(server, journal, stop_at=40, pbx_password=None)
        content = journal.read_bytes()
        journal.write_bytes(content[:-20])
        server.requests.clear()
        collect(server, journal, pbx_password=None)
        assert len(pages(server)) <= len(simulated().objects) + 1 - 38 + READ_ANEW


def test_no_secret_is_in_the_journal(journal):
    pbx = SimulatedPbx.create(
        "insecure", "Canary-Pbx-7f3a", seed=3, passwords={"viewer": "Canary-V"}
    )
    with SimulatorServer(pbx, refuse=NO_CFG) as server:
        collect(server, journal, stop_at=40)
    content = journal.read_text("utf-8").lower()
    stored = [one.password.hex() for one in pbx.objects if one.password]
    secrets = ["Canary-Pbx-7f3a", "Canary-V", pbx.admin_key.hex(), *stored]
    for secret in secrets:
        forms = (secret, base64.b64encode(secret.encode()).decode(), secret.encode().hex())
        assert not [form for form in (*forms, quote(secret)) if form.lower() in content]
    assert journal.stat().st_mode & 0o777 == 0o600
    assert len(content.splitlines()) > 20


def test_the_command_goes_on_and_tidies_up(tmp_path):
    pbx = HostilePbx({"/CMD0/box_info.xml": http(responses.box_info(simulated().box))})
    pbx.answers |= {"/cfg.txt": http(b"?\r\n")}
    pbx.answers[f"{SHOW}?cmd=show&user=*"] = http(list_page_of(simulated()))
    for one in (*simulated().objects, simulated().admin):
        page = http(responses.page([responses.whole(simulated(), one, templates=False)]))
        pbx.answers[f"{SHOW}?cmd=show&user-guid={one.guid}"] = page
    last = f"{SHOW}?cmd=show&user-guid={simulated().objects[-1].guid}"
    good, pbx.answers[last] = pbx.answers[last], None
    account = {"PBX_AUDITOR_USERNAME": "x", "PBX_AUDITOR_PASSWORD": "x"}
    command = ["collect", pbx.url, "-o", "s.json", *site_option()]
    with pbx:
        with start(command, tmp_path, **account) as process:
            assert pbx.asked.wait(30)
            process.send_signal(signal.SIGINT)
            _, err = process.communicate(timeout=30)
        assert process.returncode == 130
        assert says("run again to go on", err)
        assert (tmp_path / "s.json.partial").exists()
        pbx.answers[last] = good
        pbx.requests.clear()
        with start(command, tmp_path, **account) as process:
            process.communicate(timeout=30)
        asked = [path for _, path in pbx.requests if "user-guid=" in path]
    assert process.returncode == 4  # cfg.txt is closed
    assert len(asked) < 20
    assert not (tmp_path / "s.json.partial").exists()
    snapshot = json.loads((tmp_path / "s.json").read_text("utf-8"))["pbx-auditor-snapshot"]
    assert len(snapshot["objects"]) == len(simulated().objects)
