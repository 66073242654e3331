"""Each thing that was not read is named: which area it leaves open, where it stands, what to do.

Reason and advice are said in German, too: a sentence that nobody translates is one that nobody
wrote down.
"""

from __future__ import annotations

import pytest

from auditor.dialects import load_dialect
from auditor.errors import SourceError
from auditor.messages.message import Message
from auditor.model.site import Site
from auditor.model.vocabulary import Area
from auditor.report.translation import german
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.export import read_export
from auditor.sources.parse.table_users import read_table_users
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import (
    END,
    PBX_PASSWORD,
    configuration_of,
    counted,
    export_of,
    item,
    list_page_of,
    row,
    simulated,
    site_of,
    table,
    text,
    write,
)

OBJECTS = {Area.OBJECTS, Area.DEVICES, Area.PASSWORDS, Area.CALL_FILTERS}
EVERYTHING = OBJECTS | {Area.SETTINGS}
HEAD = ("vars check 1", "# 13r3 service-release-02 IP411[13.5202/135202/304]", "# IP411-aa-bb-cc")
USER = '<user><device hw="0090334c0001"/></user>'
ANNA = {"cn": "Anna", "h323": "anna"}
UDP = "config change SNMP0 /on"


def said(words):
    """Return whether words of ours can be said in German."""
    return isinstance(words, Message) and bool(words.told(german))


def check(gap):
    assert said(gap.reason), gap.reason
    assert said(gap.advice), gap.advice


def of_lines(*lines, dialect="simulated"):
    return read_configuration([text(*HEAD, *lines)], "cfg.txt", load_dialect(dialect))


# What one line below the head of a configuration leaves open.
LINES = {
    "a command that nobody knows": ("who knows what", EVERYTHING),
    "a second box": ("# IP411-aa-bb-dd", EVERYTHING),
    "a second first line": ("vars check 2", EVERYTHING),
    "an object without attributes": ("mod cmd FLASHDIR0 add-item 101 (", OBJECTS),
    "an object in another view": (
        item(USER, **ANNA).replace(" 101 ", " 102 "),
        OBJECTS,
    ),
    "an object that is cut off": (item(USER, **ANNA)[:-3], OBJECTS),
    "a name that is cut off": (item(**ANNA)[:-1], OBJECTS),
    "what is no attribute": (item(**ANNA) + "x(y", OBJECTS),
    "a name twice": (item(USER, **ANNA).replace("(cn=", "(cn=Berta)(cn="), OBJECTS),
    "an object with two elements": (item(USER, USER, **ANNA), OBJECTS),
    "names only": (item(**ANNA), OBJECTS),
    "a kind that nobody knows": (item('<user><pseudo type="x"/></user>', **ANNA), OBJECTS),
    "two kinds": (
        item('<user><pseudo type="fax"/><pseudo type="waiting"/></user>', **ANNA),
        OBJECTS,
    ),
    "two values for a name": (item('<user cn="Berta"/>', **ANNA), OBJECTS),
    "two passwords": (item('<user pwd="0102" pwdx="0304"/>', **ANNA), {Area.PASSWORDS}),
}


@pytest.mark.parametrize("name", LINES)
def test_a_line_leaves_open_what_it_could_belong_to(name):
    line, areas = LINES[name]
    reading = of_lines(line, "config change LAST")
    found = [gap for gap in reading.gaps if gap.line == len(HEAD) + 1]
    assert {gap.area for gap in found} >= areas
    assert {gap.area for gap in found if gap.area in set(Area)} == areas
    for gap in found:
        assert gap.source == "cfg.txt"
        assert gap.doubtful
        check(gap)
        assert {"count", "line", "reason"} == dict(gap.reason.parameters).keys()


@pytest.mark.parametrize("name", LINES)
def test_a_good_line_leaves_nothing_open(name):
    line, _ = LINES[name]
    assert of_lines(item(USER, **ANNA), "config change LAST").gaps == []
    assert len(of_lines(item(USER, **ANNA), line, "config change LAST").gaps) > 0


def test_the_first_of_several_places_is_named_with_their_number():
    reading = of_lines(item(**ANNA), item(USER, **ANNA), item(cn="Berta", h323="berta"))
    (gap,) = [gap for gap in reading.gaps if gap.area is Area.OBJECTS]
    assert gap.line == len(HEAD) + 1
    assert dict(gap.reason.parameters)["count"] == 2


@pytest.mark.parametrize(
    ("xml", "areas"),
    [
        ('<r><user cn="A"/><usr cn="B"/></r>', OBJECTS),
        ('<r><user cn="A"/>text</r>', OBJECTS),
        ('<r><user cn="A"/><lic><user cn="B"/></lic></r>', OBJECTS),
        ('<r count="2"><user cn="A"/></r>', {Area.OBJECTS}),
        ('<r more="true"><user cn="A"/></r>', {Area.OBJECTS}),
        ('<r count="1" more="false"><user cn="A"/><lic/></r>', set()),
        ('<user cn="A" count="3" more="true"/>', set()),
    ],
)
def test_an_export_leaves_open_what_its_elements_could_be(xml, areas):
    reading = read_export(xml.encode(), "pbx.xml", load_dialect("documented"))
    assert {gap.area for gap in reading.gaps} == areas
    for gap in reading.gaps:
        assert (gap.source, gap.doubtful) == ("pbx.xml", True)
        assert gap.line >= 1
        check(gap)


@pytest.mark.parametrize("place", [1, 2, 3])
def test_an_object_without_a_line_is_named_by_its_number(place):
    users = ["<user cn='A' hide='true'/>"] * 3
    users[place - 1] = "<user cn='B'><pseudo/></user>"
    reading = read_export(f"<r>{''.join(users)}</r>".encode(), "x", load_dialect("documented"))
    assert {gap.line for gap in reading.gaps} == {place}


def test_an_element_that_could_be_admin_leaves_open_what_would_stand_there():
    for cn, is_open in (("_ADMIN_", True), ("B", False)):
        xml = f'<r><user cn="A"/><usr cn="{cn}"/></r>'
        reading = read_export(xml.encode(), "pbx.xml", load_dialect("simulated"))
        assert ("ip_filter" in {gap.area for gap in reading.gaps}) is is_open


@pytest.mark.parametrize(
    ("line", "is_open"),
    [
        ("config rem SIM-NTP0", True),
        ("config rem SIM-NTP0 /other", False),
        ("config rem OTHER0", False),
        ("config change SIM-NTP0 /sim-server a", False),
        ("config change SIM-NTP0 /sim-serve a", True),
        ("config change SIM-NTP0 /sim-server %20", True),
        ("config change SIM-NTP0 /sim-server a%07", True),
        ("config change SIM-NTP0 /sim-server %ff", True),
        ("config change SIM-NTP0 /=x a", True),
        ("config change SIM-NTP /sim-server a", True),
        ('config change "x" /sim-server a', True),
        ("config change OTHER0 /sim-server a", False),
        ("config set SIM-NTP0", True),
        ("who knows /sim-server", True),
        ("who knows", False),
    ],
)
def test_a_line_leaves_a_setting_open_that_it_may_set(line, is_open):
    reading = of_lines(line, "config change LAST")
    found = [gap for gap in reading.gaps if gap.area == "time_server"]
    assert bool(found) is is_open
    for gap in found:
        assert (gap.source, gap.line, gap.doubtful) == ("cfg.txt", len(HEAD) + 1, True)
        check(gap)


def test_a_line_without_the_option_that_another_one_has_leaves_it_open():
    reading = of_lines("config change SIM-RP0 /sim-devices a", "config change SIM-RP0 /x", "#")
    (gap,) = [gap for gap in reading.gaps if gap.area == "reverse_proxies"]
    assert (gap.source, gap.line) == ("cfg.txt", len(HEAD) + 2)
    check(gap)


@pytest.mark.parametrize("end", ["", "\n"])
@pytest.mark.parametrize("line", ["config change SIM-NTP0 /sim-server a", "config change SIM-NT"])
def test_a_last_line_without_line_end_may_have_been_longer(line, end):
    data = text(*HEAD) + f"{line}{end}".encode()
    reading = read_configuration([data], "cfg.txt", load_dialect("simulated"))
    found = {gap.area: gap for gap in reading.gaps if gap.line == len(HEAD) + 1}
    if not end:
        assert found.keys() == {Area.SETTINGS, "time_server"}
        assert "time_server" not in reading.settings
    for gap in found.values():
        check(gap)


@pytest.mark.parametrize(
    ("line", "unclear"),
    [
        ("config add PHONE SIG2 /h323 a /pwd b", 1),
        ("config add PHONE2 /gk-pwd b", 1),
        ("config add PHONE2 /name b", 0),
        ("config add OTHER0 /gk-pwd b", 1),
        ("config add OTHER0 /pwd b", 0),
        ("vars create A/B p gk-pwd", 1),
        ("# gk-pwd", 0),
    ],
)
def test_a_line_that_may_hold_the_password_of_a_phone_is_kept_as_unclear(line, unclear):
    for lines in ([line], [line, line]):
        reading = of_lines(*lines)
        assert [one.is_unclear for one in reading.scripted] == [True] * unclear * len(lines)
        assert [one.line for one in reading.scripted] == [
            len(HEAD) + 1 + n for n in range(len(lines)) if unclear
        ]


@pytest.mark.parametrize("place", [0, 1])
def test_what_is_not_utf_8_leaves_objects_open_with_the_first_line(place):
    bad = b"# \xff note\n"
    reading = read_configuration(
        [text(*HEAD) + b"# note\n" * place + bad * 2], "cfg.txt", load_dialect("documented")
    )
    (gap,) = reading.gaps
    assert (gap.area, gap.source, gap.line) == (Area.OBJECTS, "cfg.txt", len(HEAD) + 1 + place)
    check(gap)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("mod cmd PHONE/USER-UI reg-edit-reg /h323 a /gk-pwd b%20c", [("a", "b c", False)]),
        ("mod cmd_ro PHONE/USER-UI reg-edit-reg /h323 a", [("a", None, False)]),
        ("config add PHONE SIG /h323 a /gk-pwd b%20c", [("a", "b%20c", False)]),
        ("config change PHONE SIG /gk-pwd b", [("", None, True)]),
        ("config rem PHONE SIG /h323 a /gk-pwd b", [("", None, True)]),
        ("config add PHONE SIG /x y", []),
    ],
)
def test_a_registration_is_kept_with_its_line(line, expected):
    reading = of_lines(line)
    assert [(one.h323, one.secret, one.is_unclear) for one in reading.scripted] == expected
    assert all(one.line == len(HEAD) + 1 for one in reading.scripted)


def long_item():
    return text(item(**ANNA), *[f" {'x' * 2**20}"] * 5)


@pytest.mark.parametrize(
    ("read", "data", "line"),
    [
        (read_export, b"<r/>", None),
        (read_export, b"<r><user/>", "1"),
        (read_export, b"<!DOCTYPE r><r><user/></r>", None),
        (read_table_users, b"{", None),
        (read_table_users, b"[]", None),
        (read_configuration, b"", None),
        (read_configuration, b"# note", None),
        (read_configuration, b"#\nnothing", "2"),
        (read_configuration, b"\xff\xfea\0", None),
        (read_configuration, b"a\nb\0", "2"),
        (read_configuration, long_item(), "1"),
        (read_configuration, b"x\n" + b"y" * (2**22 + 1), "2"),
    ],
)
def test_what_is_refused_says_why_and_where(read, data, line):
    with pytest.raises(SourceError) as refused:
        read([data] if read is read_configuration else data, "file", load_dialect("documented"))
    reason = refused.value.message
    assert refused.value.where == "file"
    assert refused.value.advice
    assert said(reason)
    found = {key: str(value) for key, value in dict(reason.parameters).items()}
    inner = dict(getattr(dict(reason.parameters).get("reason"), "parameters", ()))
    assert line is None or str((found | inner)["line"]) == line


@pytest.mark.parametrize(
    ("messages", "place"),
    [
        ([row(**ANNA), {"mt": "Odd"}, END], 2),
        ([row(**ANNA), END, row(cn="B", h323="b")], 3),
        ([row(**ANNA), END | {"more": "x"}], 2),
    ],
)
def test_a_message_leaves_objects_open(messages, place):
    reading = read_table_users(table(*messages), "users.json", load_dialect("documented"))
    assert {gap.area for gap in reading.gaps} == OBJECTS
    for gap in reading.gaps:
        assert (gap.source, gap.line, gap.doubtful) == ("users.json", place, True)
        check(gap)


def opened(reading):
    for end in (*reading.open_ends, *reading.open_settings):
        assert said(end.reason), end.reason
        assert said(end.advice), end.advice
    return len(reading.open_ends), len(reading.open_settings)


ADMIN = item("<user/>", cn="_ADMIN_")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((*HEAD, "config change UP1", ADMIN), (0, 0)),
        ((*HEAD, "config change UP1"), (1, 1)),
        ((*HEAD, ADMIN, "config change UP1"), (0, 1)),
        ((*HEAD, "config change UP1", "vars create X/Y p 1"), (1, 0)),
        ((*HEAD[1:], "config change UP1", ADMIN), (1, 1)),
        ((HEAD[0], "config change UP1", ADMIN), (1, 1)),
        ((*HEAD[:2], "config change UP1", ADMIN), (1, 1)),
        (("# note", *HEAD, "config change UP1", ADMIN), (0, 0)),
        (("who knows", *HEAD, "config change UP1", ADMIN), (1, 1)),
        (("config change UP1", *HEAD, ADMIN), (1, 1)),
        (("config change UP1", ADMIN), (2, 2)),
    ],
)
def test_a_configuration_shows_by_its_ends_whether_it_is_whole(lines, expected):
    reading = read_configuration([text(*lines)], "cfg.txt", load_dialect("documented"))
    assert opened(reading) == expected


@pytest.mark.parametrize("messages", [[row(**ANNA)], [row(**ANNA), END | {"src": "other"}]])
def test_a_replication_without_end_says_what_to_do(messages):
    reading = read_table_users(table(*messages), "users.json", load_dialect("documented"))
    assert opened(reading) == (1, 0)


def all_said(snapshot):
    for gap in snapshot.gaps:
        assert said(gap.reason), gap.reason
        assert not gap.advice or said(gap.advice), gap.advice
    for proof in snapshot.proofs.values():
        assert not proof.note or said(proof.note), proof.note
    for record in snapshot.sources:
        assert not record.note or said(record.note), record.note
        assert bool(record.note) is (record.kind == "object-list")
    return snapshot


WHOLE = configuration_of().decode()


def without(word):
    return "".join(line for line in WHOLE.splitlines(keepends=True) if word not in line)


# What files say together, and the areas that it leaves open.
FOLDERS = {
    "nothing is open": ({"cfg.txt": WHOLE}, set()),
    "two that agree": ({"cfg.txt": WHOLE, "pbx.xml": export_of(simulated())}, set()),
    "a list that names less": (
        {"cfg.txt": without("(h323=fax-gateway)"), "list.xml": list_page_of(simulated())},
        {Area.OBJECTS},
    ),
    "an object that differs": (
        {"cfg.txt": WHOLE, "pbx.xml": export_of(simulated()).replace(b'hide="true"', b"")},
        {Area.OBJECTS},
    ),
    "objects without a PBX": ({"cfg.txt": text(*HEAD, item(USER, **ANNA))}, None),
    "nothing but settings": ({"cfg.txt": text(*HEAD, "config change UP1")}, None),
    "nothing but objects": ({"pbx.xml": b'<r><user cn="A" hide="true"/></r>'}, None),
}


@pytest.mark.parametrize("name", FOLDERS)
def test_what_files_say_together(name, tmp_path):
    files, areas = FOLDERS[name]
    snapshot = all_said(read_files(write(tmp_path, files), site_of(), PBX_PASSWORD))
    if areas is not None:
        assert {gap.area for gap in snapshot.gaps if gap.area in set(Area)} == areas


@pytest.mark.parametrize("area", [one for one in Area if one is not Area.TLS])
def test_an_area_of_which_nothing_was_read_says_where_it_comes_from(area, tmp_path):
    folder = write(tmp_path, {"phones.txt": "config add PHONE SIG /h323 a /gk-pwd b\n"})
    snapshot = all_said(read_files(folder, Site(), None))
    (gap, *_) = [gap for gap in snapshot.gaps if gap.area == area]
    assert said(gap.advice)


@pytest.mark.parametrize("more", [-1, 1])
def test_another_number_than_a_person_counted_says_what_to_do(more, tmp_path):
    site = counted(site_of(), len(simulated().objects) + more)
    snapshot = all_said(read_files(write(tmp_path, {"cfg.txt": WHOLE}), site, PBX_PASSWORD))
    (gap,) = snapshot.gaps_in(Area.OBJECTS)
    check(gap)
