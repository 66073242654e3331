"""The list of published vulnerabilities: what it may hold, and what it says about a version."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from auditor.errors import ExitCode, RuleDocumentError
from auditor.files.validating import validated
from auditor.values.firmware_labels import compare_versions, parse_firmware
from auditor.vulnerabilities import (
    Affected,
    Component,
    Vulnerability,
    known_vulnerabilities,
)

BY_ID = {entry.id: entry for entry in known_vulnerabilities()}
GOOD = {
    "id": "CVE-2020-1000",
    "title": "Something that an attacker can use",
    "record": "before 13r3 sr5",
    "before": "13r3 sr5",
    "certain": True,
    "source": "a public record",
    "confidence": "high",
    "checked": date(2026, 11, 26),
}
ENTRY = """\
[[vulnerabilities]]
id = "CVE-2020-1000"
title = "Something that an attacker can use"
record = "before 13r3 sr5"
before = "13r3 sr5"
certain = true
source = "a public record"
confidence = "high"
checked = 2026-11-26
"""


def entry(**changes):
    return validated(
        Vulnerability, {key: value for key, value in (GOOD | changes).items() if value is not None}
    )


def affects(one, label):
    return one.affects(parse_firmware(label))


def test_the_list_is_that_of_the_benchmark():
    assert set(BY_ID) == {
        "CVE-2014-5335",
        "CVE-2022-41870",
        "CVE-2024-24720",
        "CVE-2024-24721",
        "SYSS-2019-023",
    }
    assert {one.id for one in BY_ID.values() if one.component is Component.APP_PLATFORM} == {
        "CVE-2022-41870"
    }
    assert [one.id for one in known_vulnerabilities()] == sorted(BY_ID)


@pytest.mark.parametrize("one", BY_ID.values(), ids=BY_ID)
def test_an_entry_says_where_it_is_from_and_what_is_open(one):
    assert one.checked <= date(2026, 11, 26)
    assert one.id in one.source or "advisory" in one.source
    for label in filter(None, [one.before, one.through, *one.tested]):
        assert compare_versions(parse_firmware(label), parse_firmware(label)) == 0


@pytest.mark.parametrize(
    ("name", "label", "expected"),
    [
        ("CVE-2024-24721", "13r3 service-release-99", Affected.POTENTIALLY),
        ("CVE-2024-24721", "14r1 final", Affected.NO),
        ("CVE-2024-24720", "6.00 final-hotfix-12", Affected.POTENTIALLY),
        ("CVE-2024-24720", "16r1 final", Affected.NO),
        ("CVE-2022-41870", "13r1 sr99", Affected.YES),
        ("CVE-2022-41870", "13r2 sr16", Affected.YES),
        ("CVE-2022-41870", "13r2 sr17", Affected.NO),
        ("CVE-2022-41870", "13r3 sr99", Affected.POTENTIALLY),
        ("CVE-2022-41870", "14r1 final", Affected.NO),
        ("CVE-2014-5335", "10.00 sr11", Affected.YES),
        ("CVE-2014-5335", "10.00 sr11-hotfix-1", Affected.NO),
        ("CVE-2014-5335", "10.00 sr12", Affected.NO),
        ("CVE-2014-5335", "10.00 hotfix 4", Affected.POTENTIALLY),
        ("CVE-2014-5335", "9.00 hotfix 4", Affected.YES),
        ("SYSS-2019-023", "12r2 sr23", Affected.YES),
        ("SYSS-2019-023", "12r2 sr22", Affected.POTENTIALLY),
        ("SYSS-2019-023", "16r1 final", Affected.POTENTIALLY),
    ],
)
def test_what_a_record_says_about_a_version(name, label, expected):
    assert affects(BY_ID[name], label) is expected


def test_a_product_that_is_not_named_is_not_concerned_and_an_unknown_one_is():
    phone = BY_ID["SYSS-2019-023"]
    assert phone.concerns("ip232")
    assert not phone.concerns("IP411")
    assert phone.concerns("")
    assert BY_ID["CVE-2014-5335"].concerns("IP411")


def test_the_first_fixed_version_of_a_train_counts_before_the_range():
    one = entry(fixed={"13r2": "13r2 sr20"})
    assert affects(one, "13r2 sr19") is Affected.YES
    assert affects(one, "13r2 sr20") is Affected.NO
    assert affects(one, "13r1 final") is Affected.YES


@pytest.mark.parametrize(
    "changes",
    [
        {"id": "CVE"},
        {"title": "short"},
        {"before": None},
        {"before": "13r3"},
        {"before": "soon"},
        {"through": "13r3 sr4"},
        {"certain": None},
        {"certain": False},
        {"unclear_trains": ["14r1"]},
        {"unclear_trains": ["14"], "doubt": "x"},
        {"fixed": {"soon": "13r2 sr20"}},
        {"fixed": {"13r2": "soon"}},
        {"confidence": "very"},
        {"checked": "yesterday"},
        {"severity": "high"},
    ],
)
def test_an_entry_that_says_too_little_or_nonsense_is_refused(changes):
    with pytest.raises(ValidationError):
        entry(**changes)


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "no vulnerability"),
        ({"a.toml": ENTRY.replace("true", "maybe")}, "not valid TOML"),
        ({"a.toml": ENTRY.replace("13r3 sr5", "soon")}, "before"),
        ({"a.toml": f'{ENTRY}fixed_in = "x"\n'}, "fixed_in"),
        ({"a.toml": ""}, "vulnerabilities"),
        ({"a.toml": ENTRY, "b.toml": ENTRY}, "twice"),
        ({"a.toml": b"\xff"}, "not valid TOML"),
    ],
)
def test_a_wrong_file_ends_the_run_as_an_input_error(tmp_path, files, said):
    for name, content in files.items():
        data = content if isinstance(content, bytes) else content.encode()
        (tmp_path / name).write_bytes(data)
    with pytest.raises(RuleDocumentError, match=said) as refused:
        known_vulnerabilities(tmp_path)
    assert refused.value.exit_code is ExitCode.USAGE
    assert str(tmp_path) in refused.value.where


def test_a_further_file_adds_to_the_list(tmp_path):
    (tmp_path / "own.toml").write_text(ENTRY, encoding="utf-8")
    assert [one.id for one in known_vulnerabilities(tmp_path)] == ["CVE-2020-1000"]
