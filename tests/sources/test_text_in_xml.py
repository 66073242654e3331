"""What is no element among elements, or no object among objects, is not gone either."""

import json
import re

import pytest

from tests.conservation.evidence import evidence_of
from tests.conservation.judging import judge
from tests.conservation.systems import system_of
from tests.fixtures.pbx import list_page_of

_HIDINGS = {
    "escaped": lambda text: text.replace("<", "&lt;").replace(">", "&gt;"),
    "CDATA": lambda text: f"<![CDATA[{text}]]>",
    "comment": lambda text: f"<!--{text}-->",
    "instruction": lambda text: f"<?x {text}?>",
}
_PARTS = (
    ("PBX-06-exempt", "PBX-06", "device"),
    ("PBX-09-device", "PBX-09", "device"),
    ("PRV-01-user", "PRV-01", "allow"),
    ("TRK-03-outside", "TRK-03", "cd"),
    ("TRK-04-outside", "TRK-04", "fork"),
    ("HD-08-parent", "HD-08", "sim-parent"),
)
_FORMS = {"export": "pbx.xml", "configuration": "cfg.txt"}


def _status(system, form, control, files):
    evidence = evidence_of(system, form)
    return judge(evidence, {**evidence.files, **files}, "fitting").statuses[control]


def _text(system, form):
    return evidence_of(system, form).files[_FORMS[form]].decode()


@pytest.mark.parametrize("hidden", _HIDINGS)
@pytest.mark.parametrize("form", _FORMS)
@pytest.mark.parametrize(("system", "control", "tag"), _PARTS)
def test_a_part_that_is_no_element_is_not_understood(system, control, tag, form, hidden):
    text = _text(system, form)
    owner = "hot-desk-base-template" if tag == "sim-parent" else "k.tessmer"
    begin = text.index(owner)
    *_, part = re.finditer(
        rf"<{tag}\b[^>]*?(?:/>|>.*?</{tag}>)", text[begin : text.index("\r\n", begin)]
    )
    at, end = begin + part.start(), begin + part.end()
    changed = text[:at] + _HIDINGS[hidden](part.group()) + text[end:]
    assert _status(system, form, control, {_FORMS[form]: changed.encode()}) == "unknown"


@pytest.mark.parametrize("hidden", _HIDINGS)
def test_a_row_of_the_ip_filter_that_is_no_element_is_not_understood(hidden):
    text = _text("HD-02-one-more", "configuration")
    row = re.search(r'<net addr="0\.0\.0\.0"[^>]*/>', text).group()
    changed = text.replace(row, _HIDINGS[hidden](row)).encode()
    assert _status("HD-02-one-more", "configuration", "HD-02", {"cfg.txt": changed}) == "unknown"


def test_a_whole_ip_filter_that_is_text_is_not_replaced_by_anything():
    text = _text("HD-02-everybody", "configuration")
    found = re.search(r"<sim-ip-filter.*?</sim-ip-filter>", text).group()
    changed = text.replace(found, _HIDINGS["escaped"](found)).encode()
    evidence = evidence_of("HD-02-everybody", "configuration")
    assert judge(evidence, {"cfg.txt": changed}, "attested").statuses["HD-02"] == "unknown"


@pytest.mark.parametrize(
    "around",
    ["<info>{}</info>", "<sys>{}</sys>", "<reg><x>{}</x></reg>", "<!--{}-->", "<![CDATA[{}]]>"],
)
def test_an_object_where_none_is_looked_for_is_not_gone(around):
    text = _text("HD-10-temp", "export")
    found = re.search(r'<user (?=[^>]*h323="temp")[^>]*/>', text).group()
    changed = text.replace(found, around.format(found)).encode()
    assert _status("HD-10-temp", "export", "HD-10", {"pbx.xml": changed}) == "unknown"


@pytest.mark.parametrize("said", ['count="32"', 'total="99"', 'more="true"', 'error="5"'])
def test_a_root_that_says_that_objects_are_missing_is_believed(said):
    text = _text("HD-10-temp", "export")
    found = re.search(r'<user (?=[^>]*h323="temp")[^>]*/>', text).group()
    changed = text.replace(found, "").replace("<info>", f"<info {said}>", 1).encode()
    assert _status("HD-10-temp", "export", "HD-10", {"pbx.xml": changed}) == "unknown"


def test_what_says_nothing_against_an_export_costs_nothing():
    evidence = evidence_of("hardened", "export")
    text = _text("hardened", "export")
    count = text.count("<user ")
    said = f'<!-- saved 2026-11-01 -->\n <info cmd-lics-time="5" count="{count}" more="false">\n'
    changed = text.replace("<info>", said, 1).replace("</info>", "<!-- end -->\n</info>\n")
    after = judge(evidence, {"pbx.xml": changed.encode()}, "fitting")
    assert after.statuses == judge(evidence, evidence.files, "fitting").statuses


@pytest.mark.parametrize("more", ['hide="true"', 'email="x@y"', 'xyz="1"'])
def test_a_list_page_with_more_than_names_of_one_object_is_a_list_page(more):
    evidence = evidence_of("insecure", "export")
    page = list_page_of(system_of("insecure").pbx).decode()
    plain = judge(evidence, {"pbx.xml": page.encode()}, "fitting").statuses
    odd = page.replace("<user ", f"<user {more} ", 1).encode()
    statuses = judge(evidence, {"pbx.xml": odd}, "fitting").statuses
    new = {c for c, s in statuses.items() if s == "passed" and plain[c] != "passed"}
    assert not new


@pytest.mark.parametrize("bad", ["cfg.txt", "pbx.xml"])
def test_two_documents_that_say_different_things_of_the_ip_filter_leave_it_open(bad):
    files = {
        name: evidence_of("HD-02-nothing" if name == bad else "hardened", form).files[name]
        for form, name in _FORMS.items()
    }
    assert _status("hardened", "both", "HD-02", files) == "unknown"


@pytest.mark.parametrize("system", ["PBX-03-weak", "HD-01-weak"])
def test_an_object_with_two_passwords_has_none_that_is_known(system):
    text = _text(system, "configuration")
    owner, control = {
        "PBX-03-weak": ("k.tessmer", "PBX-03"),
        "HD-01-weak": ("hot-desk-base", "HD-01"),
    }[system]
    strong = re.search(r'h323=s\.baecker\).*?pwd="([0-9a-f]+)', text).group(1)
    changed = re.sub(rf'(h323={owner}\).*?)pwd="', rf'\1pwdx="{strong}" pwd="', text).encode()
    assert _status(system, "configuration", control, {"cfg.txt": changed}) == "unknown"


def test_a_mask_beside_the_stored_password_is_no_second_one():
    evidence = evidence_of("hardened", "configuration")
    changed = _text("hardened", "configuration").replace(' pwd="', ' pwd="********" pwdx="')
    after = judge(evidence, {"cfg.txt": changed.encode()}, "fitting")
    assert after.statuses == judge(evidence, evidence.files, "fitting").statuses


@pytest.mark.parametrize(
    "spelled", ["00-90-33-4a-11-01", "00:90:33:4A:11:01", "0090334a1101 ", "009033.4a1101"]
)
def test_a_hardware_id_in_another_spelling_is_the_same(spelled):
    text = _text("PBX-17-twice", "configuration")
    changed = re.sub(r'(h323=k\.tessmer\).*?hw=")0090334a1101', rf"\g<1>{spelled}", text).encode()
    assert _status("PBX-17-twice", "configuration", "PBX-17", {"cfg.txt": changed}) == "failed"


def _messages(change):
    messages = json.loads(evidence_of("HD-10-temp", "messages").files["users.json"])
    return {"users.json": json.dumps(change(messages)).encode()}


def _is_temporary(message):
    return message.get("columns", {}).get("h323") == "temp"


def _without(messages):
    return [one for one in messages if not _is_temporary(one)]


def _as(kind):
    return lambda all_: [{**one, "mt": kind} if _is_temporary(one) else one for one in all_]


@pytest.mark.parametrize(
    "change",
    [
        lambda all_: [all_[-1], *({**one, "mt": "ReplicateAdd"} for one in _without(all_)[:-1])],
        lambda all_: [*({**one, "mt": "ReplicateUpdate"} for one in _without(all_)[:-1]), all_[-1]],
        lambda all_: [*({**one, "src": "a"} for one in _without(all_)[:-1]), all_[-1]],
        lambda all_: [*_without(all_)[:-1], {**all_[-1], "src": "b"}],
        _as("ReplicateNext"),
        _as("ReplicateStartResult"),
        _as("ReplicateStart"),
    ],
)
def test_a_replication_proves_only_what_its_own_end_ends(change):
    assert _status("HD-10-temp", "messages", "HD-10", _messages(change)) == "unknown"


def test_messages_with_a_request_and_a_mark_of_their_client_cost_nothing():
    evidence = evidence_of("hardened", "messages")
    messages = json.loads(evidence.files["users.json"])
    start = {"mt": "ReplicateStart", "api": "PbxTableUsers", "columns": {"guid": {}, "cn": {}}}
    marked = [{**one, "src": "a"} for one in (start, *messages)]
    after = judge(evidence, {"users.json": json.dumps(marked).encode()}, "fitting")
    assert after.statuses == judge(evidence, evidence.files, "fitting").statuses


def test_a_name_that_occurs_twice_in_a_message_is_a_contradiction():
    text = evidence_of("PBX-06-exempt", "messages").files["users.json"].decode()
    changed = text.replace('"no-filter": true', '"no-filter": true, "no-filter": false').encode()
    assert changed.decode() != text
    evidence = evidence_of("PBX-06-exempt", "messages")
    judged = judge(evidence, {"users.json": changed}, "fitting")
    assert judged.statuses["PBX-06"] == judged.statuses["HD-15"] == "unknown"
