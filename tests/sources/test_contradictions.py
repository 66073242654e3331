"""What two sources say of the same thing: they agree, or what rests on it is open, and says so.

Each case is a value that the configuration shows, and another source can say as well. Where that
one says the same, or nothing, controls come to what they come to by the configuration alone. Where
it says something else, those that rest on the value are neither passed nor failed, and a gap names
just them as what it costs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from typing import Final, NamedTuple

import pytest

from auditor.dialects import load_dialect
from auditor.messages.message import say
from auditor.model.account import ProofKind
from auditor.model.attestation import Facts
from auditor.model.decision import Thresholds
from auditor.model.snapshot import CallFilter, Gap, Setting
from auditor.model.vocabulary import Grade
from auditor.report.build import RunContext, build_report
from auditor.site.attestations import attest
from auditor.sources.parse.app_answers import AnswerReader
from auditor.sources.parse.app_objects import read_object, without_parents
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import ObjectNames, Reading
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.snapshot.assemble import Batch, assemble
from auditor.sources.snapshot.told_by_messages import compared_filters
from tests.fixtures.pbx import (
    END,
    PBX_PASSWORD,
    TODAY,
    compared_list,
    configuration_of,
    export_of,
    judge,
    list_page_of,
    row,
    simulated,
    site_of,
    table,
)
from tests.fixtures.pbx import statuses as statuses_of

SOURCE = "/PBX0/APPS/websocket"
DIALECT = load_dialect("simulated")
BASE, TEMPLATE, PARENT = "hot-desk-base", "Hot Desk Base Template", "Config User"
PROXY = "0090334107d0"
OWN, STATED = "turn_password_own", Setting(("true",), Grade.ATTESTED, "site file")
ANOTHER = {"addr": "10.20.0.41", "cert": "", "cert2": ""}
APP = '<pseudo type="app"><app {}="true" services="true" websocket="true"/></pseudo>'
DECIDED = {"passed", "failed"}
OWN_MAC = simulated().box.serial
# Ways to write where the PBX is itself, which says that it is at 10.0.0.5 or p.example.com.
AT_THE_PBX = (
    *("10.0.0.5", "::ffff:10.0.0.5", "::FFFF:A00:5", "[::ffff:10.0.0.5]:443", "010.0.0.05"),
    *("10.0.0.5:443", "10.0.0.5.", "P.Example.com.", "p.example.com:443"),
    *("127.0.0.1", "::1", "[::1]", "::ffff:127.0.0.1", "::", "::ffff:0:0", "localhost"),
    f"fe80::{int(OWN_MAC[:4], 16) ^ 0x200:x}:{OWN_MAC[4:6]}ff:fe{OWN_MAC[6:8]}:{OWN_MAC[8:]}%eth0",
)
# And plainly somewhere else.
ELSEWHERE = (
    *(
        "",
        "10.0.9.2:443",
        "10.0.0.50",
        "::ffff:10.0.9.2",
        "[fd00::9]:443",
        "fd00::9",
        "2001:db8::9",
    ),
    *("rp.example.com", "RP.example.com.:443", "fe80::1%eth0", "pp.example.com", "203.0.113.9"),
)
# Ways to write what may be where it is, or another place: nobody can tell by the text.
PERHAPS_AT_THE_PBX: Final[tuple[object, ...]] = (
    *("::ffff:0:10.0.0.5", "64:ff9b:1::10.0.0.5", "fe80::5efe:10.0.0.5", "2001:db8::a00:5"),
    *("167772165", "0x0a000005", "10.5", "127.1", "0", "012.0.0.06", "fd00::1:2:3:4/64"),
    *("https://10.0.0.5/", "sip:10.0.0.5", "10.0.0.5;transport=tls", "10.0.9.2/32", "127.0.0.1/8"),
    *("10.0.0.5:", "[::1]:", "10.0.9.2 10.0.0.5", "10.0.9.2,10.0.0.5", "u@10.0.0.5", "*"),
    *("ip6-loopback", "localhost4", "localhost6", "x.localhost", "p", "P:443", "p.example", "rp"),
    *("2001:0:0:0:0:0:80ff:fffe", "::1:443", "224.0.0.1", "10.0.9.2\n", "\uff11\uff10.0.0.5", "-"),
    *(["10.0.0.5"], ["10.0.9.2"], None, 7, {}, True),
)
# Names in a certificate that may be its own.
PERHAPS_THE_PBX: Final[tuple[object, ...]] = (
    *("p.example.com", "P.EXAMPLE.COM.", "p", "10.0.0.5", "::ffff:10.0.0.5", "localhost"),
    *("ip6-loopback", "localhost4", "*.example.com", "https://p.example.com/", f"CN={OWN_MAC}"),
    *(f"IP411-{OWN_MAC[6:8]}-{OWN_MAC[8:10]}-{OWN_MAC[10:]}", [OWN_MAC], None, 7),
)
NO_ADDRESS: Final[tuple[object, ...]] = (None, "", "::", "10.5", [])
PROFILE = "strict"
TURN = "config change SIM-TURN0 /sim-server turn.example.com /sim-user relay /sim-password x7"


def configuration():
    line = b"config change SIM-TURN0 /sim-server\r\n"
    text = configuration_of()
    assert line in text
    return text.replace(line, TURN.encode() + b"\r\n")


def read():
    return read_configuration([configuration()], "cfg.txt", DIALECT)


def said(kind="app-socket", **known):
    return Reading(SOURCE, kind, box=read().box, **known)


def answered(take, *answers):
    """Return a reading of answers over WebSocket."""
    reading = said()
    ledger = Ledger(SOURCE, say("read it again"))
    reader = AnswerReader(reading, ledger)
    for answer in answers:
        getattr(reader, take)(answer)
    reading.gaps.extend(ledger.gaps())
    return reading


def filters(*without, more=()):
    names = {one.name for one in read().filters}
    return said(filter_names=frozenset(names - {*without} | {*more}))


def templates(**parents):
    """Return the list of templates that is that of the configuration but for some parents."""
    known = {one.cn: one.templates for one in read().objects if one.kind == "config"}
    changed = {name.replace("_", " "): value for name, value in parents.items()}
    return said(parents={**known, **changed}, lists_templates=True)


def names_of_templates(*without, more=()):
    reading = templates()
    reading.template_names = frozenset(reading.parents.keys() - {*without} | {*more})
    return reading


def list_without(*names):
    reading = templates()
    for name in names:
        del reading.parents[name]
    return reading


def template_says(value):
    """Return what `GetObject` says of the template, as the asker keeps it."""
    one = object_of(TEMPLATE)
    answer = {"guid": one.guid, "cn": one.cn, "pseudo": {"type": "config"}, "config": value}
    asked = ("guid", "cn", "pseudo", "config")
    reading = templates()
    shown = read_object(answer, asked, DIALECT, SOURCE)
    reading.objects.append(without_parents(shown, answer, reading))
    reading.secrets.append(None)
    return reading


def object_of(name):
    return next(one for one in read().objects if name in {one.h323, one.cn})


def own(name, **fields):
    """Return what `GetObject` says of an object."""
    one = object_of(name)
    answer = {"guid": one.guid, "cn": one.cn, "h323": one.h323, **fields}
    reading = said()
    reading.objects.append(read_object(answer, (*answer,), DIALECT, SOURCE))
    reading.secrets.append(None)
    return reading


def user_row(name, **columns):
    one = object_of(name)
    message = row(guid=one.guid, cn=one.cn, h323=one.h323, **columns)
    return read_table_users(table(message, END), "table-users.json", DIALECT)


def stun(**fields):
    known = {"turn": "turn.example.com", "turnUsr": "relay", "turnPwd": "x7"}
    return answered("stun", {"mt": "GetStunResult", **known, **fields})


def proxies(*more, whole=(), **fields):
    entry = {"addr": "10.0.9.2", "cert": PROXY, "cert2": "", **fields}
    hw = simulated().box.serial
    here = {"addr": "10.0.0.5", "hw": hw, "dns": "p.example.com"}
    return answered("proxies", {**here, "rp": [entry, *more], **dict(whole)})


def logins(**ways):
    user = {"digest": True, "ntlm": False, "oauth2": False, **ways}
    return answered("logins", {"mt": "LoginInfoResult", "user": user})


def item(name, attributes="", inside=""):
    """Return the object list, with more of an object than its names."""
    page = list_page_of(simulated()).decode()
    place = f' h323="{object_of(name).h323}"'
    start = page.index(place)
    end = start + page[start:].index("<user" if "<user" in page[start:] else "</info>")
    shown = page[start:end].replace(place, f"{place} {attributes}".rstrip(), 1)
    if inside.startswith("<pseudo"):
        shown = shown[: shown.index("<pseudo")] + "</user>"
    whole = shown if shown.endswith("</user>") else shown.replace("/>", "></user>")
    shown = whole.replace("</user>", f"{inside}</user>")
    return (page[:start] + shown + page[end:]).encode()


def kind_of(name, kind):
    return item(name, "", "<x/>").replace(b"<x/>", f'<pseudo type="{kind}"/>'.encode())


def listed(*changes, page=None):
    """Return the object list as it is read from a folder."""
    return read_export(page or item(*changes), "list.xml", DIALECT)


def compared(*changes, page=None):
    """Return what a live audit keeps of it beside the configuration."""
    return compared_list([page or item(*changes)], "/list", read(), DIALECT).excerpt


def lists(*changes):
    return [partial(way, *change) for change in changes for way in WAYS]


def exports(*changes):
    """Return the ways to an object list that shows each object whole, where texts are replaced."""
    page = export_of(simulated())
    for before, after in changes:
        assert before.encode() in page
        page = page.replace(before.encode(), after.encode())
    return [partial(way, page=page) for way in WAYS]


class Case(NamedTuple):
    """A value: sources that agree or are silent, others that contradict, and what rests on it."""

    fine: tuple
    other: tuple
    open: frozenset


def case(fine, other, *controls):
    return Case(tuple(fine), tuple(other), frozenset(controls))


SPECIAL_ITEM = b'<user cn="_MASTER_" hide="false"/>'
WAYS = (listed, compared)
DEVICE = f'<device hw="{BASE}" text="Hot Desk" tls="true"/>'
IDS = f'<device hw="{BASE}" text="Hot Desk" {{}}/>'
DIVERTED = '<cd type="cfu"><ep e164="00900123"/></cd>'
SEEN = '<allow name="@example.com" dialog="true" note="true" visible="true"/>'
CALLS = ("HD-05", "HD-06", "HD-09", "TRK-01", "TRK-02", "TRK-05")
CASES = {
    "the names of call filters": case(
        [said, filters],
        [partial(filters, "intern"), lambda: said(filter_names=frozenset())],
        *CALLS,
    ),
    "a call filter that nothing uses": case([], [partial(filters, more=["zz"])], "HD-02"),
    "the parents of a template, as listed": case(
        [templates, partial(templates, Hot_Desk_Base_Template=None)],
        [partial(templates, Hot_Desk_Base_Template=(PARENT,))],
        "HD-08",
    ),
    "the parents of a template, as it says itself": case(
        [partial(template_says, "")],
        [
            partial(template_says, PARENT),
            partial(template_says, [PARENT]),
            partial(template_says, 7),
        ],
        "HD-08",
    ),
    "the parents of a template, in a row": case(
        [partial(user_row, TEMPLATE, config=""), partial(user_row, TEMPLATE)],
        [partial(user_row, TEMPLATE, config=PARENT), partial(user_row, TEMPLATE, config=[PARENT])],
        "HD-08",
    ),
    "which templates there are": case(
        [names_of_templates],
        [partial(names_of_templates, TEMPLATE), partial(list_without, TEMPLATE)],
        "HD-08",
    ),
    "a check mark of an object, in a row": case(
        [partial(user_row, BASE, hide=True), partial(user_row, BASE)],
        [partial(user_row, BASE, hide=False), partial(user_row, BASE, hide=False, config=TEMPLATE)],
        "HD-04",
    ),
    "a check mark of an object": case(
        [partial(own, BASE, hide=True)],
        [partial(own, BASE, hide=False)],
        "HD-04",
    ),
    "the template of an object": case(
        [partial(own, BASE, config=TEMPLATE), partial(user_row, BASE, config=TEMPLATE)],
        [partial(own, BASE, config=PARENT), partial(user_row, BASE, config=PARENT)],
        *("HD-05", "HD-06", "HD-08", "HD-12", "HD-13"),
    ),
    "the number of an object": case(
        [partial(own, BASE, e164="#10")],
        [partial(own, BASE, e164="123"), partial(user_row, BASE, e164="123")],
        "HD-11",
    ),
    "a flag of a hardware id": case(
        [partial(user_row, BASE, devices=[{"hw": BASE, "text": "Hot Desk", "tls": True}])],
        [
            partial(user_row, BASE, devices=[{"hw": BASE, "text": "Hot Desk", "no-filter": True}]),
            partial(own, BASE, devices=[{"hw": BASE, "text": "Hot Desk", "no-filter": True}]),
        ],
        "HD-15",
    ),
    "rights of an app": case(
        [partial(user_row, "pbxmanager", pseudo=APP.format("admin"))],
        [partial(user_row, "pbxmanager", pseudo=APP.format("rcc"))],
        "APP-03",
    ),
    "rights of an object": case(
        [partial(own, BASE, admin=False), partial(own, BASE, apps="")],
        [partial(own, BASE, admin=True), partial(own, BASE, apps="admin")],
        "HD-13",
    ),
    "the TURN server": case(
        [stun, partial(stun, turn="TURN.example.com")],
        [partial(stun, turn="evil.example"), partial(stun, turn="")],
        "RPX-07",
    ),
    "the user of the TURN server": case([], [partial(stun, turnUsr="")], "RPX-07"),
    "the password of the TURN server": case([], [partial(stun, turnPwd="")], "RPX-07"),
    "the reverse proxy": case(
        [proxies, partial(proxies, cert="00-90-33-41-07-D0"), partial(proxies, cert="rp.example")],
        [partial(proxies, cert="0090334107d1"), partial(proxies, cert2=OWN_MAC)],
        "RPX-01",
    ),
    "the address of the reverse proxy": case(
        [
            *(partial(proxies, cert2=one) for one in ("rp.example.com", "rp", "IP411-00-00-01")),
            *(partial(proxies, cert2=one) for one in ("10.0.9.2", "RP.example.com.", PROXY)),
            *(partial(proxies, addr=one) for one in ELSEWHERE),
            partial(proxies, addr="rp.example.com", whole={"dns": ""}),
            partial(proxies, whole={"dns": ""}),
        ],
        [
            *(partial(proxies, addr=one) for one in (*AT_THE_PBX, *PERHAPS_AT_THE_PBX)),
            *(partial(proxies, cert2=one) for one in PERHAPS_THE_PBX),
            *(partial(proxies, cert=one) for one in PERHAPS_THE_PBX),
            *(partial(proxies, whole={"addr": one}) for one in NO_ADDRESS),
            partial(proxies, addr=AT_THE_PBX[-1], whole={"hw": ""}),
            partial(proxies, addr="p.example.com", whole={"dns": None}),
            partial(proxies, cert2="p.example.com", whole={"dns": None}),
            partial(proxies, addr="p.example.com", whole={"dns": "p"}),
            partial(proxies, addr="fd00::5:443", whole={"addr": "fd00::5"}),
        ],
        "RPX-01",
    ),
    "a reverse proxy beside the others": case(
        [
            partial(proxies, cert=""),
            partial(proxies, cert="rp.example.com", cert2=PROXY),
            partial(proxies, {"addr": "10.0.9.2", "cert": PROXY.upper(), "cert2": "rp"}),
        ],
        [
            partial(proxies, ANOTHER),
            partial(proxies, ANOTHER, cert=""),
            partial(proxies, {"addr": "10.0.9.3", "cert": "rp2.example.com"}),
            partial(proxies, {"addr": "10.0.9.3", "cert": "x", "cert2": PROXY[:-1] + "1"}, cert=""),
            partial(proxies, cert="rp.example.com", cert2=OWN_MAC),
            partial(proxies, None),
            partial(proxies, whole={"rp": 7}),
        ],
        *("RPX-01", "RPX-02"),
    ),
    "a TURN server beside the other": case(
        [partial(stun, turn=None)],
        [partial(stun, turn=["turn.example.com", "evil.example"]), partial(stun, turn=7)],
        "RPX-07",
    ),
    "list: a check mark": case(
        lists((BASE, 'hide="true"')), lists((BASE, 'hide="false"'), (BASE, 'hide="maybe"')), "HD-04"
    ),
    "list: what a template gives": case(
        lists((BASE, 'phone-config="true" filter="intern" cd-filter="intern"')),
        lists((BASE, 'phone-config="false"'), (BASE, 'phone-config=""')),
        "HD-12",
    ),
    "list: a call filter": case([], lists((BASE, 'filter="none"')), "HD-05"),
    "list: rights": case(
        lists((BASE, 'apps="" uclic="false" admin="false"')),
        lists((BASE, 'apps="phone,users"'), (BASE, 'uclic="true"'), (BASE, 'admin="true"')),
        "HD-13",
    ),
    "list: the template of an object": case(
        lists((BASE, f'config="{TEMPLATE}"')),
        lists((BASE, f'config="{PARENT}"'), (BASE, 'config=""')),
        *("HD-05", "HD-06", "HD-12", "HD-13"),
    ),
    "list: the parents of a template": case(
        lists((TEMPLATE, "", '<pseudo type="config"/>'), (TEMPLATE, 'config=""')),
        lists((TEMPLATE, "", f'<pseudo type="config" config="{PARENT}"/>')),
        "HD-08",
    ),
    "list: the number": case(
        lists((BASE, "", '<ep addr="10.0.0.1"/>')),
        [partial(w, page=item(BASE).replace(b'e164="#10"', b'e164="123"')) for w in WAYS],
        "HD-11",
    ),
    "list: the long name": case(
        [],
        [partial(w, page=item(BASE).replace(b'"Hot Desk Base"', b'"Phone"')) for w in WAYS],
        *("HD-04", "HD-11"),
    ),
    "list: hardware ids": case(
        lists((BASE, "", IDS.format('tls="true" no-filter="false"'))),
        lists(
            (BASE, "", IDS.format('tls="true" no-filter="true"')),
            (BASE, "", IDS.format("")),
            (BASE, "", IDS.format('tls="true"') * 2),
        ),
        *("HD-15", "HD-16", "PBX-06", "PBX-07", "PBX-08"),
    ),
    "list: rights of an app": case(
        lists(("pbxmanager", "", APP.format("admin")), ("pbxmanager", "", '<pseudo type="app"/>')),
        lists(("pbxmanager", "", APP.format("rcc"))),
        "APP-03",
    ),
    "list: a diversion": case([], lists((BASE, "", DIVERTED)), "HD-13", "TRK-03"),
    "list: a fork": case([], lists((BASE, "", '<fork e164="00900123"/>')), "HD-13"),
    "list: who sees calls": case([], lists((BASE, "", SEEN)), "PRV-01"),
    "list: the kind": case(
        [],
        [partial(w, page=kind_of(BASE, "trunk")) for w in WAYS],
        *("HD-04", "HD-11"),
    ),
    "list: a password": case(
        lists((BASE, 'pwd="********"'), (BASE, 'pwd=""')), lists((BASE, 'pwdx="00ff"')), "HD-04"
    ),
    "list: names alone": case([*lists((BASE,)), *exports()], [], "HD-04"),
    "list: each object whole": case(
        [],
        [*exports((' tls="true"', "")), *exports((f'config="{TEMPLATE}"', f'config="{PARENT}"'))],
        *("HD-04", "PBX-07"),
    ),
}
FINE = [(name, one) for name, known in CASES.items() for one in known.fine]
OTHER = [(name, one) for name, known in CASES.items() for one in known.other]


def audited(*others):
    site = site_of()
    readings = [read(), *(one() for one in others)]
    snapshot = assemble(Batch(readings, [], DIALECT), site, PBX_PASSWORD)
    snapshot = replace(snapshot, settings={**snapshot.settings, OWN: STATED})
    return judge(snapshot, site, profile=PROFILE)


@cache
def alone():
    return statuses_of(audited())


def costs(outcome):
    """Return the controls that each gap of the report names."""
    context = RunContext(
        *("r", "2026-11-20T10:00:00+00:00", PROFILE, Thresholds(), "", "pbx", "cfg.txt", "0" * 64)
    )
    report = build_report(outcome.snapshot, outcome.results, outcome.decision, context)
    return [(gap.area, {*gap.controls}) for gap in report.gaps]


def check_costs(outcome):
    """A gap names what is open, and each control that a source leaves open is named by a gap."""
    found = statuses_of(outcome)
    named = set()
    for area, controls in costs(outcome):
        assert not {one for one in controls if found[one] in DECIDED}, area
        named |= controls
    return named


@pytest.mark.parametrize("other", [one for _, one in FINE], ids=[name for name, _ in FINE])
def test_what_agrees_or_is_silent_changes_nothing(other):
    outcome = audited(other)
    check_costs(outcome)
    found = statuses_of(outcome)
    decided = {one for one, status in alone().items() if status in DECIDED}
    assert {one: found[one] for one in decided if found[one] != alone()[one]} == {}


@pytest.mark.parametrize(("name", "other"), OTHER, ids=[name for name, _ in OTHER])
def test_what_contradicts_is_open_and_a_gap_says_so(name, other):
    check_open(audited(other), alone(), CASES[name].open)


def check_open(outcome, before, rests):
    found = statuses_of(outcome)
    assert {before[one] for one in rests} <= DECIDED
    assert {one: found[one] for one in rests if found[one] in DECIDED} == {}
    assert rests <= check_costs(outcome)


# What a configuration shows instead that fails a control, and a source that says it is not so.
VIOLATED: dict[str, tuple[str, str, Callable[[], Reading], str]] = {
    "a check mark": ('hide="true" config', "config", partial(own, BASE, hide=True), "HD-04"),
    "a right": (
        f'hide="true" config="{TEMPLATE}"',
        f'hide="true" admin="true" config="{TEMPLATE}"',
        partial(own, BASE, admin=False),
        "HD-13",
    ),
    "a parent": (
        '<user filter="intern" cd-filter="intern" phone-config="true">',
        f'<user config="{PARENT}" filter="intern" cd-filter="intern" phone-config="true">',
        templates,
        "HD-08",
    ),
    "a flag of a hardware id": (
        'text="Hot Desk" tls="true"',
        'text="Hot Desk" tls="true" no-filter="true"',
        partial(user_row, BASE, devices=[{"hw": BASE, "text": "Hot Desk", "tls": True}]),
        "HD-15",
    ),
    "a fork": (
        '<device hw="hot-desk-base"',
        '<fork e164="0017112345"/><device hw="hot-desk-base"',
        partial(user_row, BASE, forks=[]),
        "HD-13",
    ),
    "a diversion": (
        '<device hw="hot-desk-base"',
        '<cd type="cfu"><ep e164="0017112345"/></cd><device hw="hot-desk-base"',
        partial(own, BASE, cds=[]),
        "HD-13",
    ),
    "who sees calls": (
        '<device hw="hot-desk-base"',
        '<allow name="@example.com" visible="true" dialog="true"/><device hw="hot-desk-base"',
        partial(user_row, BASE, allows=[]),
        "PRV-01",
    ),
    "a call filter": (
        '<filter name="intern"><sim-row number="0" next="nok"/>',
        '<filter name="intern"><sim-row number="0" next="ok"/>',
        partial(filters, "intern"),
        "HD-05",
    ),
    "list: a check mark": (
        'hide="true" config',
        "config",
        partial(listed, BASE, 'hide="true"'),
        "HD-04",
    ),
    "list: a right": (
        f'hide="true" config="{TEMPLATE}"',
        f'hide="true" admin="true" config="{TEMPLATE}"',
        partial(listed, BASE, 'admin="false"'),
        "HD-13",
    ),
    "list: a flag of a hardware id": (
        'text="Hot Desk" tls="true"',
        'text="Hot Desk" tls="true" no-filter="true"',
        partial(listed, BASE, "", DEVICE),
        "HD-15",
    ),
    "a password of TURN": ("/sim-password x7", "", stun, "RPX-07"),
    "a reverse proxy": (f"/sim-devices {PROXY}", f"/sim-devices {OWN_MAC}", proxies, "RPX-01"),
}


@pytest.mark.parametrize("name", VIOLATED)
def test_a_violation_of_one_side_is_none(name, monkeypatch):
    before, after, other, control = VIOLATED[name]
    shown = configuration().replace(before.encode(), after.encode(), 1)
    assert shown != configuration()
    second = other()
    monkeypatch.setattr(sys.modules[__name__], "configuration", lambda: shown)
    alone_now = statuses_of(audited())
    assert alone_now[control] == "failed"
    check_open(audited(lambda: second), alone_now, {control})


@pytest.mark.parametrize(
    ("listed", "is_read", "odd"),
    [
        (None, True, set()),
        ({"intern"}, True, set()),
        ({"intern", "zz"}, True, {"zz"}),
        (set(), True, {"intern"}),
        # Where nothing shows the rows, what a person stated of them is compared.
        (None, False, set()),
        ({"intern", "attested"}, False, set()),
        ({"intern"}, False, {"attested"}),
    ],
)
def test_what_is_attested_of_a_filter_counts_only_if_the_pbx_lists_it(listed, is_read, odd):
    rows = CallFilter("intern", (), Grade.DOCUMENTED, "cfg.txt")
    shown = Reading("cfg.txt", "configuration", admin_seen=is_read, filters=[rows] * is_read)
    names = None if listed is None else frozenset(listed)
    gaps: list[Gap] = []
    found = compared_filters(
        [shown, said(filter_names=names)], [rows] * is_read, ["attested"] * (not is_read), gaps
    )
    assert {one.name for one in found if one.doubtful and one.rows is None} == odd
    assert {(gap.area, gap.doubtful) for gap in gaps} == {("call_filters", True) for _ in odd}


def test_filters_of_a_further_pbx_are_not_those_that_a_pbx_lists():
    branch = CallFilter("branch", (), Grade.DOCUMENTED, "branch.txt")
    readings = [
        Reading("cfg.txt", "configuration", admin_seen=True),
        Reading("branch.txt", "configuration", admin_seen=True, further=True, filters=[branch]),
        said(filter_names=frozenset()),
    ]
    gaps: list[Gap] = []
    assert compared_filters(readings, [branch], (), gaps) == (branch,)
    assert gaps == []


@pytest.mark.parametrize("other", [partial(template_says, PARENT), partial(list_without, TEMPLATE)])
def test_a_person_does_not_settle_what_sources_contradict(other):
    facts = Facts.model_validate(
        {"template_parents": {TEMPLATE: {"value": [], "by": "A", "on": TODAY, "until": TODAY}}}
    )
    site = site_of()
    snapshot = assemble(Batch([read(), other()], [], DIALECT), site, PBX_PASSWORD)
    found = statuses_of(judge(attest(snapshot, facts, TODAY), site, ["HD-08"]))
    assert found == {"HD-08": "unknown"}
    alone_ = assemble(Batch([read()], [], DIALECT), site, PBX_PASSWORD)
    found = statuses_of(judge(attest(alone_, facts, TODAY), site, ["HD-08"]))
    assert found == {"HD-08": "passed"}


STATED_TYPE, STATED_PROXY = {"authentication_type": "PBX only"}, {"reverse_proxies": [PROXY]}
BESIDE_A_PERSON = [
    (STATED_TYPE, partial(logins, ntlm=None, oauth2=None), True),
    (STATED_TYPE, partial(logins, sso=False), True),
    (STATED_TYPE, partial(logins, ntlm=True, oauth2=True), False),
    (STATED_TYPE, partial(logins, ntlm=True, oauth2=None), False),
    (STATED_TYPE, partial(logins, digest=False), False),
    (STATED_TYPE, partial(logins, digest="yes"), False),
    (STATED_TYPE, partial(logins, sso=True), False),
    (STATED_PROXY, partial(proxies, cert=""), True),
    (STATED_PROXY, partial(proxies, ANOTHER), False),
    (STATED_PROXY, partial(proxies, {"addr": "10.0.9.3", "cert": OWN_MAC}, cert=""), False),
]


@pytest.mark.parametrize(("stated", "other", "agrees"), BESIDE_A_PERSON)
def test_what_a_person_states_hides_no_part_of_what_a_pbx_says(stated, other, agrees):
    entries = {
        fact: {"value": value, "by": "A", "on": TODAY, "until": TODAY}
        for fact, value in stated.items()
    }
    facts = Facts.model_validate(entries)
    site = site_of().model_copy(update={"facts": facts})
    readings = [replace(read(), settings={}), other()]
    snapshot = assemble(Batch(readings, [], DIALECT), site, PBX_PASSWORD)
    assert (attest(snapshot, facts, TODAY).settings.keys() == stated.keys()) == agrees
    doubtful = {gap.area for gap in snapshot.gaps if gap.doubtful}
    assert (stated.keys() <= doubtful) != agrees


ALL = tuple((one.guid, one.cn, one.h323) for one in read().objects)
STRANGER = ("ab" * 16, "Stranger", "stranger")
LISTS = [
    (ALL, False, ""),
    (ALL[:3], True, ""),
    ((), True, ""),
    ((*ALL[:3], (ALL[0][0].upper(), *ALL[0][1:])), True, ""),
    ((*ALL[:3], STRANGER), True, "Stranger"),
    ((*ALL, STRANGER), False, "Stranger"),
    ((*ALL, (ALL[0][0], "Stranger", "x")), False, "twice"),
    ((*ALL[:3], (ALL[0][0], "Stranger", "x")), True, "twice"),
]


@pytest.mark.parametrize(("entries", "is_part", "odd"), LISTS)
def test_what_a_list_names_counts_even_if_it_has_no_end(entries, is_part, odd):
    listed = [ObjectNames("names", entries, is_part)]
    snapshot = assemble(Batch([read()], [], DIALECT, listed=listed), site_of(), PBX_PASSWORD)
    found = [gap.reason for gap in snapshot.gaps if gap.area == "objects"]
    assert bool(found) == bool(odd)
    assert not found or any(odd in reason for reason in found)
    kind = ProofKind.STRUCTURAL if is_part else ProofKind.COUNTED
    assert snapshot.proofs["objects"].kind is (ProofKind.NONE if odd else kind)


@pytest.mark.parametrize("parents", [{}, {TEMPLATE: ()}, {TEMPLATE: None}, {"~1": ()}])
def test_a_list_of_templates_without_an_end_that_agrees_changes_nothing(parents):
    assert statuses_of(audited(lambda: said(parents_in_part=parents))) == alone()


@pytest.mark.parametrize(
    ("parents", "rests"),
    [({TEMPLATE: (PARENT,)}, "HD-08"), ({TEMPLATE: (), "Stranger": None}, "HD-07")],
)
def test_templates_of_a_list_without_an_end_contradict(parents, rests):
    check_open(audited(lambda: said(parents_in_part=parents)), alone(), {rests})


def test_a_template_that_is_listed_twice_and_differently_is_open():
    pages = [{"cn": TEMPLATE, "config": []}, {"cn": TEMPLATE, "config": [PARENT]}]
    outcome = audited(lambda: answered("templates", {"objects": pages}))
    check_open(outcome, alone(), {"HD-08"})


@pytest.mark.parametrize(
    ("shown", "turn", "is_open"),
    [
        (configuration_of, {"turn": None}, True),
        (configuration_of, {"turn": None, "turnUsr": ""}, True),
        (configuration_of, {"turn": None, "turnUsr": "", "turnPwd": " "}, False),
        (configuration_of, {"turn": "", "turnUsr": "", "turnPwd": ""}, False),
        (configuration, {"turn": None}, False),
    ],
)
def test_a_login_without_a_server_is_not_that_there_is_none(shown, turn, is_open):
    def status(*others):
        readings = [read_configuration([shown()], "cfg.txt", DIALECT), *others]
        snapshot = assemble(Batch(readings, [], DIALECT), site_of(), PBX_PASSWORD)
        stated = replace(snapshot, settings={**snapshot.settings, OWN: STATED})
        outcome = judge(stated, site_of(), ["RPX-07"], profile=PROFILE)
        return statuses_of(outcome)["RPX-07"], "turn_server" in {gap.area for gap in snapshot.gaps}

    assert status() == ("passed", False)
    after, is_doubted = status(stun(**turn))
    assert is_doubted is is_open
    assert (after != "passed") is is_open
