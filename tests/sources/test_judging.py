"""Which passwords are scored, and what every object's password comes to in each evidence mode."""

from __future__ import annotations

from typing import Any

import pytest

from auditor.checks import CHECKS, SCORING_CHECKS
from auditor.model.site import Site
from auditor.model.vocabulary import EvidenceMode, PasswordState
from auditor.pbx import crypt
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import scores_everybody
from auditor.site.credentials import Compared, Credentials
from auditor.sources.options import LiveOptions
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot, load_snapshot
from tests.fixtures.pbx import item, text, write

HEADER = "# 13r3 service-release-05 IP411[13.5205], Bootcode[135205], HW[204] 65536/131072"
PBX_PASSWORD = "pwd"
ADMIN_KEY = "566e2a2f1d259e4136046d5cbacaea9f"
KEY = crypt.pbx_key(PBX_PASSWORD, bytes.fromhex(ADMIN_KEY))
SECRETS = {
    "hot-desk-base": "kX7vQm2RtZp9Lw4HsB",
    "temp": "Hn3Kd8Tr5Ws2Pq",
    "mia": "Nb4Wz8eYc6TgJr3UqD",
    "jan": "Nb4Wz8eYc6TgJr3UqD",
    "eva": "Sommer2024",
    "uwe": "Vt5Gy9pLd2Xr",
}
EVERYBODY = LiveOptions(scores_everybody=True)
PHONES = LiveOptions(scores_everybody=False)
RULES = load_catalogue().rules


def field(secret):
    return crypt.encrypt(KEY, secret).hex()


def lines(order=SECRETS):
    return [
        HEADER,
        *(item(f'<user pwd="{field(SECRETS[name])}"/>', cn=name, h323=name) for name in order),
        item(f'<user pwd="{field(PBX_PASSWORD)}" key="{ADMIN_KEY}"/>', cn="_ADMIN_", h323="a"),
    ]


def read(folder, pbx_password=None, options=EVERYBODY, order=SECRETS, **more):
    write(folder, {"cfg.txt": text(*lines(order))})
    return read_files(folder, Site(), pbx_password, options, **more)


def passwords(snapshot):
    return {one.h323: one.password for one in snapshot.objects}


@pytest.mark.parametrize("options", [EVERYBODY, PHONES])
@pytest.mark.parametrize("pbx_password", [None, "wrong"])
def test_without_the_pbx_password_everybody_has_state_reuse_and_length(
    tmp_path, options, pbx_password
):
    snapshot = read(tmp_path, pbx_password, options)
    found = passwords(snapshot)
    assert {one.state for one in found.values()} == {PasswordState.SET}
    assert {one.score for one in found.values()} == {None}
    assert {name: one.shared_with for name, one in found.items()} == {
        **dict.fromkeys(SECRETS, 0),
        "mia": 1,
        "jan": 1,
    }
    assert any(one.estimated for one in found.values())


def test_with_the_pbx_password_everybody_is_scored(tmp_path):
    snapshot = read(tmp_path, PBX_PASSWORD)
    found = passwords(snapshot)
    assert snapshot.evidence_mode is EvidenceMode.PBX_PASSWORD
    assert all(one.score is not None for one in found.values())
    assert found["eva"].score < 3 < found["uwe"].score


def test_only_base_and_temporary_users_are_scored_if_that_is_enough(tmp_path):
    found = passwords(read(tmp_path, PBX_PASSWORD, PHONES))
    scored = {name for name, one in found.items() if one.score is not None}
    assert scored == {"hot-desk-base", "temp"}
    assert found["eva"].length_from == 10
    assert not found["eva"].estimated
    assert found["mia"].shared_with == 1


@pytest.mark.parametrize("pbx_password", [None, PBX_PASSWORD])
def test_objects_that_share_a_password_have_a_group_whatever_their_order(tmp_path, pbx_password):
    one = passwords(read(tmp_path / "1", pbx_password))
    other = passwords(read(tmp_path / "2", pbx_password, order=[*reversed(SECRETS)]))
    assert one == other
    assert one["mia"].group == one["jan"].group == 1
    assert {one[name].group for name in SECRETS if name not in {"mia", "jan"}} == {None}


def test_equal_evidence_is_one_object(tmp_path):
    found = passwords(read(tmp_path))
    assert found["mia"] is found["jan"]


def test_progress_names_the_passwords(tmp_path, monkeypatch):
    monkeypatch.setattr("auditor.passwords.workers.CHUNK", 1)
    told: list[Any] = []
    read(tmp_path, PBX_PASSWORD, LiveOptions(notify=told.append))
    scoring = [one for one in told if one.activity == "scoring"]
    assert {(one.area, one.total) for one in scoring} == {("passwords", 5)}
    assert [one.done for one in scoring] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("administrator", [None, PBX_PASSWORD, "another"])
@pytest.mark.parametrize("app_platform", [None, PBX_PASSWORD, "another"])
def test_a_snapshot_keeps_all_evidence(tmp_path, administrator, app_platform):
    compared = Compared(administrator, app_platform)
    snapshot = read(tmp_path / "in", PBX_PASSWORD, compared=compared)
    expected = None if administrator is None else administrator == PBX_PASSWORD
    assert snapshot.pbx_password_evidence.same_as_admin is expected
    beside = snapshot.app_platform_password_evidence
    assert (beside is None) is (app_platform is None)
    if beside is not None:
        expected = None if administrator is None else administrator == app_platform
        assert beside.same_as_admin is expected
        assert beside.equals_pbx_password is (app_platform == PBX_PASSWORD)
    (tmp_path / "s.json").write_bytes(b"".join(dump_snapshot(snapshot)))
    assert load_snapshot(tmp_path / "s.json") == snapshot


def test_without_the_admin_object_nothing_is_known_of_the_pbx_password(tmp_path):
    write(tmp_path, {"cfg.txt": text(*lines()[:-1])})
    assert read_files(tmp_path, Site(), PBX_PASSWORD).pbx_password_evidence is None


# --- who decides ----------------------------------------------------------------------------------


def test_controls_ask_for_the_scores_they_need():
    assert set(CHECKS) >= SCORING_CHECKS
    assert scores_everybody([RULES["HD-01"], RULES["PBX-03"]])
    assert scores_everybody([RULES["HD-19"]])
    assert not scores_everybody([rule for name, rule in RULES.items() if name not in ASKING])


ASKING = {name for name, rule in RULES.items() if rule.check in SCORING_CHECKS}


@pytest.mark.parametrize(
    ("given", "administrator"),
    [
        ({}, None),
        ({"username": "viewer", "password": "x"}, None),
        ({"username": "Admin", "password": "x"}, "x"),
        ({"username": "admin", "password": ""}, None),
        ({"username": "admin", "password": "x", "admin_password": "y"}, "y"),
        ({"admin_password": "y"}, "y"),
    ],
)
def test_whose_password_is_the_administrators(given, administrator):
    assert Credentials(**given).administrator == administrator
