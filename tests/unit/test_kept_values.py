"""What is kept of a value of the PBX: never a login, and never less than what is judged."""

from __future__ import annotations

from datetime import date

import pytest

from auditor.facts import UNCLEAR, FactKind, known_facts, without_login
from auditor.model.attestation import Facts
from auditor.model.snapshot import Snapshot
from auditor.site.attestations import attest

TODAY = date(2026, 11, 22)

LOGINS = (
    "http://user:kn4r@fw.example.com/alarms",
    "user:kn4r@ntp.example.com",
    "http://user:kn4r:@:kn4r@fw.example.com:8080",
    "http://fw.example.com/?password=kn4r&x=1",
    "//user:kn4r@fw.example.com",
    "http://user:kn4r/kn4r@fw.example.com",
    "pbx.example.com/?pw=kn4r",
)


@pytest.mark.parametrize("text", LOGINS)
def test_no_login_is_kept(text):
    assert [fact.name for fact in known_facts().values() if "kn4r" in fact.reduce(text)] == []


@pytest.mark.parametrize("text", LOGINS)
@pytest.mark.parametrize("name", ["alarm_forward_server", "reverse_proxy_paths", "update_url"])
def test_nor_of_what_somebody_attests(name, text):
    value = [text] if known_facts()[name].kind is FactKind.NAMES else text
    entry = {"value": value, "by": "E. Muster", "on": TODAY, "until": TODAY}
    attested = attest(Snapshot("t"), Facts.model_validate({name: entry}), TODAY)
    assert "kn4r" not in repr(attested.settings)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("http://user:x@fw.example.com/alarms", "http://fw.example.com/alarms"),
        ("user:x@pbx.example.com/", "pbx.example.com/"),
        ("pbx.example.com/?pw=x", "pbx.example.com/?..."),
        ("http://user:x/y@pbx.example.com/", UNCLEAR),
        ("admin@example.com", "admin@example.com"),
        ("pbx.example.com:8443/a", "pbx.example.com:8443/a"),
        ("pbx.example.com/a?", "pbx.example.com/a?"),
        ("13r3 sr5", "13r3 sr5"),
        ("", ""),
    ],
)
def test_the_rest_is_kept(text, kept):
    assert without_login(text) == kept


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("http://user:kn4r,kn4r@fw.example.com,b.example.com", [UNCLEAR]),
        ("a.example.com,http://user:kn4r,kn4r,kn4r@fw.example.com", [UNCLEAR]),
        ("http://user:1234,5:6@fw.example.com", [UNCLEAR]),
        ("a:443,http://user:kn4r@b.example.com/x", ["a:443", "http://b.example.com/x"]),
        ("a.example.com:443,user@b.example.com", [UNCLEAR]),
        (
            "http://user:kn4r@a.example.com/x,b.example.com",
            ["http://a.example.com/x", "b.example.com"],
        ),
        ("a.example.com:443,b.example.com", ["a.example.com:443", "b.example.com"]),
        ("user@b.example.com,c", ["user@b.example.com", "c"]),
    ],
)
def test_no_login_is_kept_that_goes_over_several_entries(text, kept):
    fact = known_facts()["reverse_proxy_paths"]
    assert fact.reduce_entries(text, lambda whole: whole.split(",")) == kept
