"""What a terminal shows of findings holds no value of a document that the report does not show.

Every position of every kind of document that could hold a value gets a word of its own. Those that
stand in the report are names and settings, which are no secrets. A terminal shows no others,
however much it is asked to show, and none from where a secret could be.
"""

from __future__ import annotations

import json
import re

import pytest

from tests.fixtures.pbx import END, item, row, table, text, write
from tests.fixtures.program import Console

WORD = re.compile(r"kn4r[0-9]{4}x", re.IGNORECASE)
HEADER = "# 13r3 service-release-05 IP411[13.5205], Bootcode[135205], HW[204] 65536/131072"
SITE = """\
[target]
name = "Werk"
dialect = "site-dialect.toml"
[hot_desk]
base_users = ["hot-desk-base"]
[dialling]
trunk_prefixes = ["0"]
"""
# Learned places, so that what could be a secret in a setting is read, too.
DIALECT = """\
name = "werk"
extends = "simulated"
description = "For a test"
[settings.snmp_community]
place = "option"
grade = "learned"
module = "SNMP0"
option = "community"
firmware = "13r3"
learned_on = 2026-01-01
learned_by = "x"
[settings.update_url]
place = "option"
grade = "learned"
module = "UP0"
option = "url"
firmware = "13r3"
learned_on = 2026-01-01
learned_by = "x"
[settings.ldap_guest_password]
place = "option"
grade = "learned"
module = "LDAP0"
option = "guest"
firmware = "13r3"
learned_on = 2026-01-01
learned_by = "x"
[settings.turn_password]
place = "option"
grade = "learned"
module = "TURN0"
option = "pwd"
firmware = "13r3"
learned_on = 2026-01-01
learned_by = "x"
[settings.default_import_password]
place = "admin-attribute"
grade = "learned"
element = "import"
option = "pwd"
firmware = "13r3"
learned_on = 2026-01-01
learned_by = "x"
"""


class Canaries:
    """Gives out words that occur once, and remembers those that stand for a secret."""

    def __init__(self):
        self.count = 0
        self.secrets = set()

    def plain(self):
        self.count += 1
        return f"kn4r{self.count:04}x"

    def secret(self):
        word = self.plain()
        self.secrets.add(word)
        return word

    def cipher(self):
        """Return a word as a stored password: ciphertext in hexadecimal."""
        return self.secret().encode().ljust(24, b"\0").hex()


def users(one):
    """Return the objects of a system with a word in each value; names are as roles need them."""
    p, s = one.plain, one.secret
    for name in ("hot-desk-base", "temp", "anna", "weber"):
        yield (
            name,
            (
                f'<user pwd="{one.cipher()}" pwdx="{s()}" key="{s()}" dn="{p()}" filter="{p()}"'
                f' cd-filter="{p()}" config="{p()}" text="{p()}" apps="{p()}" admin="{p()}"'
                f' secret="{s()}" email="{s()}" uclic="{p()}" {"phone-config"}="{p()}">'
                f'<device hw="{p()}" text="{p()}" tls="{p()}" no-filter="true" trusted="true"'
                f' pin="{s()}" pwd="{s()}"/>'
                f'<cd type="cfu"><ep e164="{p()}" h323="{p()}" key="{s()}"/></cd>'
                f'<fork e164="{p()}" key="{s()}"/><vault code="{s()}">{s()}</vault></user>'
            ),
        )


def configuration(one):
    p, s = one.plain, one.secret
    listed = [
        item(body, cn=p(), h323=name, e164="12", guid=f"{at:032x}", pin=s())
        for at, (name, body) in enumerate(users(one), 1)
    ]
    admin = item(
        f'<filter name="{p()}" key="{s()}"><sim-row number="0" next="{p()}" key="{s()}"/></filter>',
        f'<import pwd="{s()}"/>',
        f'<user pwd="{one.cipher()}" key="{s()}"/>',
        cn="_ADMIN_",
        h323="pbx-admin",
    )
    return text(
        HEADER,
        *listed,
        admin,
        f"config change SNMP0 /community {s()} /allowed {s()}",
        f"config change UP0 /url http://{s()}:{s()}@192.0.2.9/{s()}?token={s()} /x {s()}",
        f"config change LDAP0 /guest {s()} /bind cn={s()},dc={s()} /bind-pwd {s()}",
        f"config change TURN0 /pwd {s()} /user {s()}",
        f"config change CMD0 /name Werk /pwd {s()} /user {s()},{s()}",
        f"config change HTTP0 /crypt {s()} /token {s()}",
        f"config add PHONE SIG /h323 hot-desk-base /gk-pwd {s()}",
        f"config add PHONE SIG /h323 temp /gk-pwd {s()} {s()} /key {s()}",
        f"vars create CMD0/AUTH pc {s().encode().hex()}",
        f"vars create CERT0/KEY p {s()}",
        f"mod cmd UP1 {s()} /pwd {s()}",
        f"# {s()}",
        f"{s()}",
    )


def export(one):
    p = one.plain
    inside = "".join(
        body.replace("<user ", f'<user cn="{p()}" h323="{name}" ', 1) for name, body in users(one)
    )
    return f'<info key="{one.secret()}">{inside}</info>'


def messages(one):
    p, s = one.plain, one.secret
    rows = [
        row(
            cn=p(),
            h323=name,
            pwd=one.cipher(),
            key=s(),
            filter=p(),
            emails=[{"email": s()}],
            devices=[{"hw": p(), "text": p(), "pwd": s()}],
            cds=[{"type": "cfu", "src": s(), "pwd": s()}],
            unknown={"deep": [s()]},
        )
        for name in ("hot-desk-base", "temp", "anna")
    ]
    return table(*rows, END)


def script(one):
    lines = [
        f"config add PHONE SIG /h323 hot-desk-base /gk-pwd {one.secret()}",
        f"config change X /pwd {one.secret()}",
    ]
    return text(*lines)


KINDS = {
    "cfg.txt": configuration,
    "pbx.xml": export,
    "users.json": messages,
    "script.txt": script,
}
AMOUNTS = {"default": (), "verbose": ("--verbose",), "quiet": ("--quiet",)}


@pytest.fixture
def console(capsys, monkeypatch, tmp_path):
    return Console(capsys, monkeypatch, tmp_path)


def words_in(content):
    """Return the words of a text, those in hexadecimal and backwards among them."""
    decoded = [
        bytes.fromhex(one).decode("utf-8", "replace")
        for one in re.findall(r"(?:[0-9a-fA-F]{2}){6,}", content)
    ]
    joined = "\n".join([content, content[::-1], *decoded])
    return {one.lower() for one in WORD.findall(joined)}


@pytest.mark.parametrize("kind", [*KINDS, "folder", "snapshot.json"])
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_terminal_shows_no_value_that_the_report_does_not(console, tmp_path, kind, language):
    one = Canaries()
    files = {name: make(one) for name, make in KINDS.items() if kind in {name, "folder"}}
    if kind == "snapshot.json":
        files = {"cfg.txt": configuration(one)}
    write(tmp_path / "in", files)
    write(tmp_path, {"site.toml": SITE, "site-dialect.toml": DIALECT})
    target = "in" if kind == "folder" else f"in/{next(iter(files))}"
    if kind == "snapshot.json":
        assert console("collect", target, "--site", "site.toml", "-o", kind).code == 0
        target = kind
    common = ("--site", "site.toml", "--profile", "baseline", "--language", language)
    written = console("audit", target, *common, "--out", "out", "--format", "json")
    assert written.code in {1, 4}, written.said
    report = (tmp_path / "out" / "report.json").read_text(encoding="utf-8")
    shown = words_in(json.dumps(json.loads(report), ensure_ascii=False))
    assert not shown & one.secrets
    said = {name: console("audit", target, *common, *more) for name, more in AMOUNTS.items()}
    for name, ended in said.items():
        words = words_in(ended.said)
        assert not words & one.secrets, name
        assert words <= shown, name
    assert said["quiet"].out.count("\n") == 1
    if kind != "script.txt":  # or the search would find nothing wherever it looks
        assert words_in(said["verbose"].out)
        assert "^^^" in said["default"].out
