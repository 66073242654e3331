"""Firmware labels: what they say, what they leave open, and which of two is newer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.values.firmware_labels import (
    Firmware,
    compare_versions,
    parse_firmware,
    parse_train,
    read_firmware,
    train_of,
)

LABELS = {
    "13r3 service-release-12": Firmware((13, 3), 12, 0),
    "13r3 service-release-02": Firmware((13, 3), 2, 0),
    "13r3 Service Release 12": Firmware((13, 3), 12, 0),
    "13r3 sr12": Firmware((13, 3), 12, 0),
    "13r2 SR17": Firmware((13, 2), 17, 0),
    "13r3sr12": Firmware((13, 3), 12, 0),
    " 14r1 final ": Firmware((14, 1), 0, 0),
    "6.00 final-hotfix-12": Firmware((6, 0), 0, 12),
    "6.00 sr2-hotfix10": Firmware((6, 0), 2, 10),
    "10.00 sr11": Firmware((10, 0), 11, 0),
    "V5.00 hotfix": Firmware((5, 0), None, None),
    "9.00 hotfix 7": Firmware((9, 0), None, 7),
    "13r3 final hotfix": Firmware((13, 3), 0, None),
}
NOT_UNDERSTOOD = [
    "",
    "13r3",
    "V10",
    "13r3 beta",
    "13r3 beta 2",
    "13r3 finally",
    "13r3 sr",
    "13r3 final sr1",
    "13.5202",
    "13r3 service-release-12 x",
    "x 13r3 sr1",
    "13r3 sr12345",
    "113r3 sr1",
    "13r333 sr1",
    "\u0661\u0663r3 sr1",
    "13r3 sr-1x",
]


@pytest.mark.parametrize("label", LABELS)
def test_a_label_says_train_release_and_hotfix(label):
    assert parse_firmware(label) == LABELS[label]


@pytest.mark.parametrize("label", NOT_UNDERSTOOD)
def test_what_is_not_understood_is_no_version(label):
    assert parse_firmware(label) is None


@pytest.mark.parametrize("label", LABELS)
def test_a_device_states_what_its_label_says(label):
    assert read_firmware(label) == LABELS[label]
    number = LABELS[label].train[0]
    for tail in (
        f" IP411[{number}.5202/{number}5202/304]",
        f"[{number}.5202]",
        f" IP811[{number}.5205], Bootcode[135205], HW[204] 65536/131072",
        " IP6000[07-60600.03], Bootcode[145]",
        " [1/1/1]",
    ):
        assert read_firmware(f"{label}{tail}") == LABELS[label]


@pytest.mark.parametrize(
    "label",
    [
        "16r1 final 12r2 sr2",
        "16r1 sr1 12r2[13.5202/135202/304]",
        "16r1/12r2",
        "16r1, 10.00 sr1",
        "16r1 (was 13r3)",
        "13r3 sr1 V10.00",
    ],
)
def test_a_label_of_two_trains_names_none(label):
    assert (read_firmware(label), train_of(label)) == (None, None)
    assert read_firmware("13r3 sr1 13r3 IP411[13.52/1/1]") == Firmware((13, 3), None, None)


@pytest.mark.parametrize(
    "label",
    [
        "13r3 [10.00]",
        "13r3 sr2 [10.00/100000/1]",
        "13r3 sr2 [10]",
        "13r3 sr2 [105202/135202/304]",
        "16r1 final [13.5202/135202/304]",
        "16r1 final IP411[12.2/122/1]",
        "7.00 sr1 [17.1/7/1]",
    ],
)
def test_a_label_that_its_build_contradicts_names_none(label):
    assert (read_firmware(label), train_of(label)) == (None, None)


@pytest.mark.parametrize(
    "behind",
    [
        "[13.5202/135202/304] 10.00",
        "[13.5202/135202/304]?10.00",
        "[13.5202/135202/304], was 10.00 sr1",
        "[13.5202/135202/304] IP222[10.1/101/1]",
        "[13.5202/135202/304] [10.1/101/1]",
        "[13.5202/135202/304], Bootcode[135202], HW[304] 10.00",
        "[13.5202/135202/304",
        "[13.5202 10.00]",
        "[13r2]",
        "[]",
        "[",
        "[13.5202]]",
        "[x]",
    ],
)
@pytest.mark.parametrize("product", ["", "IP411"])
def test_what_follows_the_builds_or_is_none_leaves_the_label_open(behind, product):
    label = f"13r3 sr2 {product}{behind}"
    assert (read_firmware(label), train_of(label)) == (None, None)


@pytest.mark.parametrize(
    ("label", "version"),
    [
        ("13r2 sr2 [13.6146/136146/400]", Firmware((13, 2), 2, 0)),
        (
            "13r3 service-release-12 IP6010[13.5212], Bootcode[135212], HW[304] 65536/131072",
            Firmware((13, 3), 12, 0),
        ),
        (
            "6.00 final-hotfix-12 IP302[07-60400.89], Bootcode[111], HW[101] 8192/16384",
            Firmware((6, 0), 0, 12),
        ),
        ("V5.00 hotfix IP400[03-5315]", Firmware((5, 0), None, None)),
        ("14r1 final [14.10520/1410520/304]", Firmware((14, 1), 0, 0)),
        ("14r1 final [1410520]", Firmware((14, 1), 0, 0)),
    ],
)
def test_what_the_vendor_writes_is_read(label, version):
    assert read_firmware(label) == version


@pytest.mark.parametrize(
    "label",
    ["13r3 sr-9", "13r3 sr -9", "13r3 sr--9", "13r3 service-release--9", "13r3 final hotfix--9"],
)
def test_a_number_below_zero_is_none(label):
    assert read_firmware(label) == Firmware((13, 3), None, None)
    assert parse_firmware(label) is None


@pytest.mark.parametrize(
    ("label", "train"),
    [
        ("7.00 dvl-sr1", (7, 0)),
        ("13r1 dvl", (13, 1)),
        ("13R1 DVL", (13, 1)),
        ("13r1dvl", (13, 1)),
        ("V13r1 dvl-sr2", (13, 1)),
        ("7.00 dvl-sr1 IP6000[07-60600.03], Bootcode[145], HW[101]", (7, 0)),
        ("13r3", (13, 3)),
        ("13r3 beta", (13, 3)),
        ("13r3 beta 2", (13, 3)),
        ("13r3-beta7", (13, 3)),
        ("13r3 sr12-beta", (13, 3)),
        ("13r3 final sr1", (13, 3)),
        ("13r3 whatever", (13, 3)),
        ("8.00 service", (8, 0)),
    ],
)
def test_what_is_not_understood_says_its_train_and_no_more(label, train):
    assert read_firmware(label) == Firmware(train, None, None)


@pytest.mark.parametrize(
    "label",
    ["", "V10", "dvl", "13", "13.5202", "13r3x", "13r3x sr1", "10.11.12.13", "113r3 sr1", "x 13r3"],
)
def test_without_a_train_nothing_is_known(label):
    assert read_firmware(label) is None
    assert train_of(label) is None


@pytest.mark.parametrize("label", ["13r1 dvl", "13r1 beta 2", "13r1", "13r1 odd"])
def test_a_train_alone_decides_between_trains_only(label):
    version = read_firmware(label)
    assert compare_versions(version, parse_firmware("13r2 final")) == -1
    assert compare_versions(version, parse_firmware("12r2 sr99")) == 1
    assert all(
        compare_versions(version, parse_firmware(f"13r1 {x}")) is None for x in ("final", "sr1")
    )
    assert compare_versions(version, version) is None


@pytest.mark.parametrize(
    ("label", "train"),
    [("13r3", (13, 3)), ("V10.00 beta", (10, 0)), ("14R1 x", (14, 1)), ("beta", None), ("", None)],
)
def test_a_train_is_known_even_if_the_rest_is_not(label, train):
    assert train_of(label) == train


@pytest.mark.parametrize("text", ["13r3 sr1", "13", "r3", "", "13r3x"])
def test_a_train_alone_is_nothing_else(text):
    assert parse_train(text) is None
    assert parse_train("13r3") == (13, 3)


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("13r3 sr9", "13r3 sr12"),
        ("13r3 final", "13r3 sr1"),
        ("13r3 final", "13r3 final-hotfix-1"),
        ("13r3 final-hotfix-99", "13r3 sr1"),
        ("13r3 sr2-hotfix-9", "13r3 sr2-hotfix-10"),
        ("13r3 sr99", "14r1 final"),
        ("9.00 hotfix 7", "13r1 final"),
        ("V5.00 hotfix", "6.00 final"),
        ("10.00 sr11", "11r1 final"),
    ],
)
def test_the_newer_of_two(older, newer):
    one, other = parse_firmware(older), parse_firmware(newer)
    assert compare_versions(one, other) == -1
    assert compare_versions(other, one) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("9.00 hotfix 7", "9.00 final"),
        ("9.00 hotfix 7", "9.00 sr1"),
        ("9.00 hotfix 7", "9.00 hotfix 5"),
        ("V5.00 hotfix", "V5.00 hotfix"),
        ("13r3 final hotfix", "13r3 final hotfix 3"),
    ],
)
def test_labels_that_say_too_little_are_not_compared(one, other):
    assert compare_versions(parse_firmware(one), parse_firmware(other)) is None
    assert compare_versions(parse_firmware(other), parse_firmware(one)) is None


numbers = st.integers(0, 30)
versions = st.builds(
    Firmware,
    st.tuples(st.integers(0, 99), st.integers(0, 9)),
    st.none() | numbers,
    st.none() | numbers,
)
stated = st.builds(Firmware, st.tuples(st.integers(12, 15), st.integers(1, 3)), numbers, numbers)


@st.composite
def written(draw):
    """Return a version with one of the ways in which it is written."""
    version = draw(stated)
    train = f"{version.train[0]}r{version.train[1]}"
    width = draw(st.integers(1, 2))
    gap = draw(st.sampled_from([" ", "  ", "-"]))
    form = draw(st.sampled_from(["sr{}", "SR {}", "service-release-{}", "Service Release {}"]))
    release = form.format(f"{version.service:0{width}}") if version.service else "final"
    hotfix = draw(st.sampled_from(["-hotfix-", " hotfix ", "-hotfix"]))
    tail = f"{hotfix}{version.hotfix:0{width}}" if version.hotfix else ""
    return version, f"{draw(st.sampled_from(['', 'V', 'v']))}{train}{gap}{release}{tail}"


@given(written())
def test_every_way_of_writing_a_version_is_understood(pair):
    version, label = pair
    assert parse_firmware(label) == version


@given(st.text(max_size=40))
def test_any_text_is_a_version_or_not(text):
    version = parse_firmware(text)
    assert version is None or train_of(text) == version.train
    assert (read_firmware(text) is None) is (train_of(text.partition("[")[0]) is None)


@given(versions, versions)
def test_the_order_does_not_depend_on_the_side(one, other):
    forth, back = compare_versions(one, other), compare_versions(other, one)
    assert (forth is None) is (back is None)
    assert forth is None or forth == -back


@given(stated, stated)
def test_only_equal_versions_are_equal(one, other):
    assert (compare_versions(one, other) == 0) is (one == other)


@given(versions, versions, versions)
def test_what_is_older_than_the_older_is_older(one, other, third):
    if compare_versions(one, other) == -1 and compare_versions(other, third) == -1:
        assert compare_versions(one, third) in {-1, None} if one.train == third.train else -1
