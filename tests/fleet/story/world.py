"""What stands in the evidence and in the papers of a PBX of the story.

Each is the hardened configuration of the simulator with few users, and edits that a night puts on
or takes back. `{who}` is a word of its tenant, which may be in nothing that is made for another.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from functools import cache

from auditor.site.site_file import load_site
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.saved import dump_snapshot
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, export_of, simulated
from tests.fixtures.waivers import waiver, waiver_text
from tests.fleet.nights import own_rule, with_certificate
from tests.fleet.runner.conftest import box

FIRST_DAY = date(2027, 1, 14)
TENANTS = {
    "alpen": "Quibbleton",
    "berg": "Snorkelford",
    "city": "Wizzlemere",
    "dorf": "Brumblewick",
}
_KEPT = ("a.albrecht", "s.baecker", "a.celik", "m.mueller", "d.oezdemir")
_SITE_USERS = ("a.celik", "m.mueller")


def day(night):
    return FIRST_DAY + timedelta(days=night - 1)


@cache
def base():
    """Return the lines of the configuration that every PBX begins with."""
    lines = configuration_of("hardened").decode().splitlines()
    first = next(at for at, line in enumerate(lines) if "(cn=Albrecht" in line)
    last = next(at for at, line in enumerate(lines) if "(cn=_ADMIN_)" in line)
    kept = [one for one in lines[first:last] if any(f"(h323={name})" in one for name in _KEPT)]
    return (*lines[:first], *kept, lines[last], "")


@cache
def _ciphertext(name):
    """Return the stored password of a user who is not on these PBXs."""
    lines = configuration_of("hardened").decode().splitlines()
    (line,) = [one for one in lines if f"(h323={name})" in one]
    return re.search(r'pwd="([0-9a-f]+)"', line)[1]


def replaced(text, old, new):
    assert old in text, old
    return text.replace(old, new, 1)


def in_line(marker, old, new):
    def edit(text):
        (line,) = [one for one in text.split("\n") if marker in one]
        return text.replace(line, replaced(line, old, new))

    return edit


def without_line(marker):
    def edit(text):
        assert marker in text
        return "\n".join(one for one in text.split("\n") if marker not in one)

    return edit


def before_admin(added):
    def edit(text):
        return replaced(
            text,
            "mod cmd FLASHDIR0 add-item 101 (cn=_ADMIN_)",
            added + "\n" + "mod cmd FLASHDIR0 add-item 101 (cn=_ADMIN_)",
        )

    return edit


def _temporary(text):
    (base_user,) = [one for one in text.split("\n") if "(cn=Hot Desk Base)" in one]
    own = re.sub(r'pwd="[0-9a-f]+"', f'pwd="{_ciphertext("k.boehm")}"', base_user)
    own = own.replace("(cn=Hot Desk Base)", "(cn=Temp)").replace("(e164=#10)", "(e164=#11)")
    own = own.replace("(h323=hot-desk-base)", "(h323=temp)").replace(
        'hw="hot-desk-base"', 'hw="temp"'
    )
    own = re.sub(r"\(guid=[0-9a-f]+\)", "(guid=1e16b3e8f21061baa1b6f90cc82c6305)", own)
    return before_admin(own)(text)


def _other_guids(share):
    """Give that share of the objects other guids, as another box would have."""

    def edit(text):
        known = sorted(set(re.findall(r"guid[=(\"]*([0-9a-f]{32})", text)))
        for guid in known[: int(len(known) * share)]:
            text = text.replace(guid, guid[::-1])
        return text

    return edit


_BASE = "(cn=Hot Desk Base)"


def _celik(old, new):
    def edit(text):
        (line,) = [one for one in text.split("\n") if ".celik)" in one]
        return text.replace(line, replaced(line, old, new))

    return edit


EVIDENCE = {
    # What is wrong.
    "ldap": in_line(_BASE, ' hide="true"', ""),
    "regs": in_line("config change PBX0", "sim-regs-without-pwd 0", "sim-regs-without-pwd 10"),
    "open": in_line(
        "(cn=_ADMIN_)", "<sim-ip-filter>", '<sim-ip-filter><net addr="0.0.0.0" mask="0.0.0.0"/>'
    ),
    "nofilter": _celik('text="Hot Desk"', 'text="Hot Desk" no-filter="true"'),
    "uclic": in_line(_BASE, "<user ", '<user uclic="true" '),
    "temp": _temporary,
    "temp-seen": in_line("(cn=Temp)", ' hide="true"', ""),
    # What is no change.
    "married": _celik("(cn=", "(cn=Neu-"),
    "albrecht-renamed": in_line("(h323=a.albrecht)", "(h323=a.albrecht)", "(h323=a.neumann)"),
    "base-renamed": lambda text: text.replace("(h323=hot-desk-base)", "(h323=desk-one)").replace(
        'hw="hot-desk-base"', 'hw="desk-one"'
    ),
    "address": in_line("config change IP0 ETH0", "10.20.0.10", "10.20.0.11"),
    "no-guid": lambda text: _celik(
        re.search(r"\(guid=[0-9a-f]+\)", next(o for o in text.split("\n") if ".celik)" in o))[0], ""
    )(text),
    "two-gone": lambda text: without_line("(h323=s.baecker)")(
        without_line("(h323=a.albrecht)")(text)
    ),
    # What cannot be seen.
    "no-regs-line": without_line("config change PBX0 /sim-regs"),
    "cut-object": before_admin("mod cmd FLASHDIR0 add-item 101 (cn=Hacker"),
    # Which box it is.
    "guids-40": _other_guids(0.4),
    "guids-95": _other_guids(0.95),
}
WHOLE = {
    "empty": lambda _: b"",
    "blank": lambda _: b"\n",
    "half": lambda text: text.encode()[: len(text.encode()) // 2],
    "no-objects": lambda text: "\n".join(
        one for one in text.split("\n") if "add-item 101" not in one
    ).encode(),
}


def evidence(number, who, edits):
    """Return the bytes of a configuration: the box of that number, with edits in their order."""
    header = next(line for line in base() if line.startswith("# IP411-"))
    serial = box(number, "hardened").box.serial
    own = f"# IP411-{serial[6:8]}-{serial[8:10]}-{serial[10:12]}"
    text = "\n".join(base()).replace(header, own)
    text = text.replace("a.celik", f"{who.lower()}.celik").replace("Ayşe", who)
    made = None
    for edit in edits:
        if edit in WHOLE:
            made = WHOLE[edit](text)
        else:
            text = EVIDENCE[edit](text)
    return text.encode() if made is None else made


def objects_only(number, who, edits):
    """Return an export of the objects alone, which names no serial."""
    text = export_of(box(number, "hardened")).decode()
    text = text.replace("a.celik", f"{who.lower()}.celik").replace("Ayşe", who)
    for edit in edits:
        text = EVIDENCE[edit](text)
    return text.encode()


def snapshot(number, who, edits, folder):
    """Return the snapshot of what was saved, of a PBX that shows a certificate."""
    path = folder / "cfg.txt"
    path.write_bytes(evidence(number, who, edits))
    read = read_files(path, load_site(simulated("hardened").site), PBX_PASSWORD)
    path.unlink()
    return b"".join(dump_snapshot(with_certificate(read)))


def _decided(control, **keys):
    lines = [f"{key} = {value!r}".replace("True", "true") for key, value in keys.items()]
    return "\n".join(["", f'[controls."{control}"]', *lines, 'reason = "agreed"', ""])


SITE = {
    "comment": lambda text: f"# looked at again\n{text}",
    "no-dialect": lambda text: replaced(text, 'dialect = "simulated"\n', ""),
    "base-renamed": lambda text: replaced(text, '["hot-desk-base"]', '["desk-one"]'),
    "rights": lambda text: (
        text + '\n[parameters."HD-13"]\nmust_be_off = ["uclic", "rej-ext"]\nreason = "ours"\n'
    ),
    "hd13-critical": lambda text: text + _decided("HD-13", severity="critical"),
    "hd13-out": lambda text: text + _decided("HD-13", exclude=True),
    "tls": lambda text: (
        text
        + _decided("TLS-01", select=True)
        + '\n[parameters."TLS-01"]\nmin_days = 1\nrenew_days = 1\nreason = "ours"\n'
    ),
    "regs-stated": lambda text: text + _stated(4),
    "regs-stated-again": lambda text: text + _stated(30),
    "branded": lambda text: text + '\n[report]\nbranding = "../../branding.toml"\n',
    "moved": lambda text: replaced(text, "[network]", "[network]\n# as of this year"),
}


def _stated(night):
    return (
        "\n[facts.registrations_without_password]\nvalue = 0\n"
        f'by = "K. Koerner"\non = 2027-01-10\nuntil = {day(night)}\n'
    )


def site(who, edits):
    text = simulated("hardened").site.read_text("utf-8")
    users = ", ".join(f'"{name}"' for name in _SITE_USERS)
    text = re.sub(r"\nusers = \[.*?\]\n", f"\nusers = [{users}]\n", text, flags=re.DOTALL)
    text = text.replace("a.celik", f"{who.lower()}.celik").replace("Metallbau", who)
    for edit in edits:
        text = SITE[edit](text)
    return text


def _accepts(subject="", name="", ends=30, reason="Agreed with the customer", rule="HD-03"):
    where = {"subject": subject} if subject else {"name": name}
    return waiver(
        rule=rule, reason=reason, created=day(-1), expires=day(ends), owner="K. Koerner", **where
    )


REGS = "registrations_without_password"
WAIVERS = {
    "regs": lambda _: _accepts(REGS, ends=4),
    "regs-reworded": lambda _: _accepts(REGS, ends=4, reason="Agreed twice"),
    "regs-longer": lambda _: _accepts(REGS, ends=60),
    "celik": lambda who: _accepts(
        name=f"hardware ID {who.lower()}\\.celik of {who.lower()}\\.celik \\(Çelik, {who}\\)",
        rule="HD-15",
    ),
    "rights": lambda _: _accepts(name="hot-desk-base", rule="HD-13", ends=8),
    "temp": lambda _: _accepts(name="temp", rule="HD-10"),
}


def waivers(who, names):
    return waiver_text(*(WAIVERS[name](who) for name in names))


RULES = {
    "own": own_rule("ZZ-01", "medium"),
    "own-high": own_rule("ZZ-01", "high", version=2),
    "own-reworded": own_rule("ZZ-01", "medium").replace("what an attacker", "what somebody"),
}
