"""Targets are looked at before anybody is asked for anything, and files once more when read."""

from __future__ import annotations

import pytest

from auditor.errors import InputError
from auditor.model.site import Site
from auditor.run.reader import Reader, open_reader
from auditor.site.credentials import Credentials

LIVE = "https://pbx.example.test"


@pytest.fixture
def evidence(tmp_path):
    path = tmp_path / "cfg.txt"
    path.write_bytes(b"config change IP0 /addr 192.0.2.1\r\n")
    return path


def test_what_cannot_be_a_target_is_refused_before_credentials_are_looked_for(
    monkeypatch, evidence, tmp_path
):
    monkeypatch.setattr("auditor.run.reader.find_credentials", pytest.fail)
    for wrong in (str(tmp_path / "none.txt"), "https://", "https://a:b@pbx.example.test"):
        with pytest.raises(InputError):
            open_reader(Site(), [str(evidence), wrong])


def test_a_pbx_needs_an_account_before_anything_is_read(monkeypatch, evidence):
    monkeypatch.delenv("PBX_AUDITOR_USERNAME", raising=False)
    monkeypatch.delenv("PBX_AUDITOR_PASSWORD", raising=False)
    with pytest.raises(InputError):
        open_reader(Site(), [str(evidence), LIVE])
    assert open_reader(Site(), [str(evidence)]).site == Site()


def test_a_file_that_is_gone_by_then_is_no_target(evidence):
    reader = open_reader(Site(), [str(evidence)])
    evidence.unlink()
    with pytest.raises(InputError):
        reader.read(str(evidence))


def test_a_reader_that_nobody_checked_sends_nothing_without_an_account():
    with pytest.raises(InputError):
        Reader(Site(), Credentials()).read(LIVE)
