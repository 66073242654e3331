"""What stands in one line with something else, or in no line at all, is not gone."""

import pytest

from tests.conservation.evidence import evidence_of
from tests.conservation.judging import judge

_WEAK = "/h323 hot-desk-base /gk-pwd 1234"
_SCRIPT = f"config add PHONE SIG {_WEAK}"
_COMMAND = f"mod cmd PHONE/USER-UI reg-edit-reg {_WEAK}"
_STRONG = "/h323 hot-desk-base /gk-pwd zAq8-vLm2.Zr5+Wk9xY"
_BEFORE = (
    "config change FLASHMAN0",
    "config change IP0 ETH1",
    "vars create UPDATE/CHECK p 1",
    "#",
    "vars check 2ce74121bf6298270e330d",
    "mod cmd UP1 check",
    "reset",
)
_BETWEEN = ("", " ", "\t", "\r", "\r\n ", "\r\n\t", "\n ", "\x0b", "\x0c", "\u2028", ";", " && ")


def _status(control, files, system="hardened"):
    evidence = evidence_of(system, "configuration")
    return judge(evidence, {**evidence.files, **files}, "fitting").statuses[control]


@pytest.mark.parametrize("between", _BETWEEN)
@pytest.mark.parametrize("before", _BEFORE)
def test_an_object_that_another_line_swallows_is_not_gone(before, between):
    lines = evidence_of("HD-10-temp", "configuration").files["cfg.txt"].decode().split("\r\n")
    (temporary,) = (line for line in lines if "(h323=temp)" in line)
    lines.remove(temporary)
    if before not in lines:
        lines.insert(-2, before)
    lines[lines.index(before)] += between + temporary
    content = "\r\n".join(lines).encode()
    assert _status("HD-10", {"cfg.txt": content}, "HD-10-temp") in {"unknown", "failed"}


@pytest.mark.parametrize("before", ["config change FLASHMAN0", "vars create UPDATE/CHECK p 1"])
def test_a_setting_that_another_line_swallows_is_not_gone(before):
    whole = evidence_of("hardened", "configuration").files["cfg.txt"].decode()
    added = whole.replace(before, f"{before} config add UP1 /url http%3A%2F%2Fx.example", 1)
    assert _status("FW-03", {"cfg.txt": added.encode()}) == "unknown"


@pytest.mark.parametrize(
    "line",
    [
        f'config add "PHONE" SIG {_WEAK}',
        f"config add REG0 {_WEAK}",
        f"config\tadd\tREG0\t{_WEAK}",
        f"mod cmd UP1 prov {_SCRIPT}",
        f"mod cmd PHONE/SIG xml-info {_WEAK}",
        f"lang {_SCRIPT}",
        f"vars create X/Y p {_SCRIPT}",
        f"vars create X/Y p {_SCRIPT.replace(' ', '%20')}",
        f"# phone: {_SCRIPT}",
        "config add PHONE SIG /h323 hot-desk-base /password 1234",
        "config add PHONE SIG /h323 hot-desk-base /gk_pass 1234",
        "config add PHONE SIG /h323 hot-desk-base /key 1234",
        "config add PHONE SIG /h323 hot-desk-base /gk-pwd* 1234",
        f"config add UP1 /script {_SCRIPT.replace(' ', '+')}",
        'mod cmd PHONE/USER-UI reg-edit-reg /xml <reg h323="hot-desk-base" gk-pwd="1234"/>',
    ],
)
@pytest.mark.parametrize("place", ["phones.txt", "cfg.txt"])
def test_a_line_that_may_hold_the_password_of_a_phone_leaves_it_open(place, line):
    content = f"{line}\n".encode()
    if place == "cfg.txt":
        whole = evidence_of("hardened", "configuration").files["cfg.txt"]
        content = whole.replace(b"config change UP1", content + b"config change UP1")
    assert _status("HD-01", {place: content}) == "unknown"


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("line", [_SCRIPT, _COMMAND])
def test_a_script_in_another_encoding_leaves_passwords_open(line, encoding):
    assert _status("HD-01", {"phones.txt": f"{line}\n".encode(encoding)}) == "unknown"


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("phones.xml", f"<update><cmd>{_COMMAND}</cmd></update>"),
        ("phones.json", f'{{"cmd": "{_COMMAND}"}}'),
        ("phones.txt", f"<html><body><pre>{_COMMAND}</pre></body></html>"),
        ("phones.txt", "h323;gk-pwd\nhot-desk-base;1234\n"),
        ("phones.txt", f'"{_COMMAND}"\n'),
    ],
)
def test_a_document_that_registers_phones_in_a_form_of_its_own_leaves_passwords_open(name, text):
    assert _status("HD-01", {name: text.encode()}) == "unknown"


@pytest.mark.parametrize(
    "text",
    [
        f"# Telefone im Foyer\r\nconfig add PHONE SIG /protocol H323/TLS {_STRONG}\r\nreset\r\n",
        f"config  add PHONE  SIG\t{_STRONG}\n",
        f"!mod cmd UP1 check\nconfig add PHONE SIG {_STRONG} /gk-pwd* zAq8-vLm2.Zr5+Wk9xY\n",
        "# write gk-pwd in the last line\nconfig add PHONE SIG /h323 hot-desk-base\n",
    ],
)
def test_an_honest_script_costs_nothing(text):
    evidence = evidence_of("hardened", "configuration")
    before = judge(evidence, evidence.files, "fitting")
    after = judge(evidence, {**evidence.files, "phones.txt": text.encode()}, "fitting")
    assert after.statuses == before.statuses


@pytest.mark.parametrize("module", ['"UP1"', "UP1,", "<UP1>", "UP1;", "(UP1)"])
def test_a_module_whose_name_is_none_could_be_each(module):
    whole = evidence_of("hardened", "configuration").files["cfg.txt"].decode()
    line = f"config add {module} /url http%3A%2F%2Fx.example\r\n"
    changed = whole.replace("config change UP1", f"{line}config change UP1", 1)
    assert _status("FW-03", {"cfg.txt": changed.encode()}) == "unknown"
