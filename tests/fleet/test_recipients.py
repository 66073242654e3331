"""Recipients in an inventory: what may be said of them, and what is found wrong before a night."""

from __future__ import annotations

import json
from datetime import date

import jsonschema
import pytest

from auditor.errors import LinePlace
from auditor.fleet.inventory.checking import check_inventory
from auditor.fleet.inventory.inventory_document import fleet_schema
from auditor.fleet.inventory.inventory_reader import examine
from auditor.fleet.inventory.new_inventory import inventory_text
from tests.fleet.conftest import pbx

GOOD = {
    "mail": 'to = ["a@b.example"]\nsender = "c@d.example"\nserver = "mail.example"',
    "webhook": 'url_env = "A"\nsecret_env = "B"',
    "teams": 'url_file = "$CREDENTIALS_DIRECTORY/teams"',
    "slack": 'url_command = ["pass", "slack"]',
    "syslog": 'server = "log.example:6514"',
    "command": 'command = ["true", "--now"]',
}


def block(channel, more="", tenants='["muster"]'):
    head = f'[[recipient]]\nid = "officer"\ntenants = {tenants}\nchannel = "{channel}"\n'
    return f"{head}{GOOD[channel]}\n{more}\n"


@pytest.fixture
def examined(folder):
    def read(*blocks):
        folder.inventory(pbx("graz"), *blocks)
        return examine(folder.file)

    return read


def wrong(found):
    """Return the keys that something is wrong with, and whether each has a line."""
    lines = [isinstance(one.where, LinePlace) for one in found.problems]
    assert all(lines)
    return [str(one.message).partition(":")[0] for one in found.problems]


@pytest.mark.parametrize("channel", GOOD)
def test_each_channel(examined, channel):
    found = examined(block(channel))
    assert found.problems == []
    (one,) = found.inventory.recipients
    assert (one.id, one.tenants, one.channel) == ("officer", ("muster",), channel)
    assert not one.details


def test_all_are_all(examined):
    (one,) = examined(block("teams", tenants='"all"')).inventory.recipients
    assert one.is_for_all
    assert one.tenants == ("muster",)


@pytest.mark.parametrize(("channel", "more", "keys"), [
    ("mail", 'url_env = "A"', ["recipient.url_env"]),
    ("teams", 'secret_env = "A"', ["recipient.secret_env"]),
    ("teams", 'url_env = "A"', ["recipient.url_file"]),
    ("teams", 'url = "https://x"', ["recipient.url"]),
    ("webhook", "level = 3", ["recipient.level"]),
    ("mail", 'username = "x"', ["recipient.username"]),
    ("mail", 'tls = "none"', ["recipient.tls"]),
    ("mail", 'language = "fr"', ["recipient.language"]),
    ("mail", 'min_severity = "bad"', ["recipient.min_severity"]),
    ("command", 'ca_file = "x"', ["recipient.ca_file"]),
])  # fmt: skip
def test_what_does_not_belong_there(examined, channel, more, keys):
    assert wrong(examined(block(channel, more))) == keys


@pytest.mark.parametrize(("before", "after", "key"), [
    ('"a@b.example"', '"a@b\\r\\nBcc: x"', "recipient.to"),
    ('["a@b.example"]', "[]", "recipient.to"),
    ('"c@d.example"', '"nobody"', "recipient.sender"),
    *(('"c@d.example"', f'"{one}"', "recipient.sender") for one in (
        "a..b@c.de", ".a@c.de", "a.@c.de", "a@c..de", "a@.de", "a@c.", "a@-c.de", "a@@c.de",
        "ä@c.de", "a@ö.de", "<a@c.de>", "a b@c.de", "a@" + "c" * 260,
    )),
    ('"mail.example"', '"mail.example:99999"', "recipient.server"),
    ('"mail.example"', '"https://mail.example"', "recipient.server"),
    ('"officer"', '"off icer"', "recipient.id"),
    ('["muster"]', '["mustr"]', "recipient.tenants"),
    ('["muster"]', '"muster"', "recipient.tenants"),
    ('["muster"]', "[]", "recipient.tenants"),
    ('sender = "c@d.example"\n', "", "recipient.channel"),
    ('channel = "mail"', 'channel = "fax"', "recipient.channel"),
])  # fmt: skip
def test_what_is_wrong_has_its_line(examined, before, after, key):
    text = block("mail")
    assert before in text
    assert set(wrong(examined(text.replace(before, after)))) == {key}


def test_two_of_one_id(examined):
    assert wrong(examined(block("teams"), block("slack"))) == ["recipient.id"]


def test_files_beside_it_may_have_recipients(folder, examined):
    folder.write("fleet.d/more.toml", block("teams"))
    assert [one.id for one in examined().inventory.recipients] == ["officer"]


def test_what_is_found_without_a_network(folder, examined, monkeypatch):
    monkeypatch.delenv("A", raising=False)
    monkeypatch.delenv("B", raising=False)
    secret = folder.write("open", "https://x")
    secret.chmod(0o644)
    examined(
        block("webhook").replace("officer", "one"),
        block("teams").replace("officer", "two").replace("$CREDENTIALS_DIRECTORY/teams", "open"),
        block("syslog", 'ca_file = "none.pem"').replace("officer", "three"),
        block("command").replace("officer", "four").replace('"true"', '"not-there-at-all"'),
    )
    found = check_inventory(folder.file, date(2026, 3, 1))
    assert len(found.errors) == 2  # a file that others can read, and one that is not there
    assert len([one for one in found.remarks if "officer" not in one.where]) >= 3


def test_the_schema_knows_them():
    schema = json.loads(fleet_schema())
    good = {"id": "a", "tenants": "all", "channel": "teams", "url_env": "A"}
    jsonschema.validate({"recipient": [good]}, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"recipient": [{**good, "level": 3}]}, schema)


def test_a_new_inventory_shows_one(folder):
    """It is wrong in nothing where the marks before it are taken away."""
    text = inventory_text({}, "en")
    folder.file.write_text(text)
    assert examine(folder.file).inventory.recipients == ()
    head, _, tail = text.partition("# [[recipient]]")
    lines = [line[2:] if " = " in line else line for line in tail.splitlines()]
    folder.file.write_text(f"{head}[[recipient]]" + "\n".join(lines))
    found = examine(folder.file)
    assert found.problems == []
    assert [one.id for one in found.inventory.recipients] == ["officer"]
