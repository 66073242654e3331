"""Addresses of Devices: what is one, and that nothing else is taken for one."""

from __future__ import annotations

import pytest

from auditor.values.devices_addresses import box_address, leads_through, service_address

BOX = "https://ap.example/example.com/devices/passthrough/009033000001"


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("wss://ap.example/example.com/devices", "https://ap.example/example.com/devices"),
        ("wss://ap.example/example.com/devices/", "https://ap.example/example.com/devices"),
        ("https://ap.example:8443/dom/devices", "https://ap.example:8443/dom/devices"),
        ("wss://ap.example/d/i/innovaphone-devices", "https://ap.example/d/i"),
        ("wss://ap.example/d/i/innovaphone-devices-api/", "https://ap.example/d/i"),
        ("wss://[2001:db8::1]/d/i", "https://[2001:db8::1]/d/i"),
    ],
)
def test_the_app(given, shown):
    found = service_address(given)
    assert str(found) == shown
    assert found.domain == shown.split("/")[3]
    assert str(found.box("0090330000AB")) == f"{shown}/passthrough/0090330000ab"
    assert not leads_through(given)


@pytest.mark.parametrize(
    "given",
    [
        "ws://ap.example/d/i",  # without TLS
        "http://ap.example/d/i",
        "wss://ap.example",
        "wss://ap.example/d",
        "wss://ap.example/d/i/other",
        "wss://ap.example/d/i?x=1",
        "wss://ap.example/d/i#x",
        "wss://ap.example/d/i?",
        "wss://user:pwd@ap.example/d/i",
        "wss://ap.example/../i",
        "wss://ap.example/d/..",
        "wss://ap.example/d//i",
        "wss://ap.example/d%2fx/i",
        "wss://ap.example/d/i\n",
        "wss://ap.example/ü/i",
        "wss:///d/i",
        "wss://ap.example:0/d/i",
        "wss://ap.example:99999/d/i",
        "ap.example/d/i",
        "",
        BOX,
    ],
)
def test_what_is_not_the_app(given):
    assert service_address(given) is None


def test_a_box():
    found = box_address(BOX.replace("009033000001", "0090330000AB") + "/")
    assert str(found) == BOX.replace("000001", "0000ab")
    assert (found.service, found.domain) == (
        "https://ap.example/example.com/devices",
        "example.com",
    )
    assert leads_through(BOX)


@pytest.mark.parametrize(
    "given",
    [
        BOX.replace("https", "http"),
        BOX.replace("https", "wss"),
        f"{BOX}/0e6ff4c7-key/cfg.txt",
        f"{BOX}/!config",
        f"{BOX}?cmd=x",
        BOX.replace("009033000001", "00903300000"),
        BOX.replace("009033000001", "00-90-33-00-00-01"),
        BOX.replace("/devices", ""),
        BOX.replace("https://", "https://admin:pwd@"),
        "https://pbx.example",
        "cfg.txt",
    ],
)
def test_what_is_no_box(given):
    assert box_address(given) is None
    assert not leads_through(given)
