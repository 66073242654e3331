"""What a missing option means: only what somebody says it means, and for each line by itself."""

from __future__ import annotations

import pytest

from auditor.dialects import dialect_names, load_dialect
from auditor.errors import RuleDocumentError
from auditor.sources.parse.configuration import read_configuration

FACT = "logging_type"
FLAG = "administration_logged"
HEAD = """\
name = "site"
description = "learned"
extends = "documented"
[settings.{fact}]
grade = "learned"
"""
OPTION = 'place = "option"\nmodule = "LOG0"\noption = "x"\n'
ATTRIBUTE = 'place = "admin-attribute"\nelement = "log"\noption = "x"\n'
LEARNED = 'firmware = "13r3"\nlearned_by = "A. Muster"\nlearned_on = 2026-11-26\n'
ABSENT = 'absent = "OFF"\n'
SOURCE = 'absent_source = "wiki i=1"\n'
ADMIN = "mod cmd FLASHDIR0 add-item 101 (cn=_ADMIN_)(pbx={})"


def dialect(tmp_path, *parts, fact=FACT):
    path = tmp_path / "site.toml"
    path.write_text(HEAD.format(fact=fact) + "".join(parts))
    return load_dialect(str(path))


def read(dialect, *lines):
    """Read lines; what says which box it is stands behind them, so that their numbers stay."""
    whole = "\n".join([*lines, "# IP411-00-00-01", ""])
    return read_configuration([whole.encode()], "cfg.txt", dialect)


def gaps(reading, fact=FACT):
    return [gap for gap in reading.gaps if gap.area == fact]


@pytest.mark.parametrize("place", [OPTION, ATTRIBUTE])
def test_it_means_nothing_without_a_reason(tmp_path, place):
    with pytest.raises(RuleDocumentError, match="absent_source"):
        dialect(tmp_path, place, ABSENT)
    for reason in (SOURCE, LEARNED):
        assert dialect(tmp_path, place, ABSENT, reason).settings[FACT].absent == "OFF"


@pytest.mark.parametrize("name", dialect_names())
def test_every_bundled_entry_says_why(name):
    places = load_dialect(name).settings.values()
    assert all(place.absent_source for place in places if place.absent is not None)


@pytest.mark.parametrize(("reason", "said"), [(SOURCE, "wiki i=1"), (LEARNED, "A. Muster")])
def test_the_reason_is_shown_with_the_value(tmp_path, reason, said):
    reading = read(dialect(tmp_path, OPTION, ABSENT, reason), "config change LOG0 /y 1")
    setting = reading.settings[FACT]
    assert (setting.values, setting.line) == (("OFF",), 1)
    assert said in setting.place


def test_a_reason_without_a_value_leaves_it_open_and_says_why(tmp_path):
    known = dialect(tmp_path, OPTION, SOURCE)
    reading = read(known, "config change LOG0 /y 1")
    assert FACT not in reading.settings
    (gap,) = gaps(reading)
    assert "wiki i=1" in gap.reason
    assert (gap.line, bool(gap.advice)) == (1, True)
    assert gaps(read(known, "config change LOG0 /x TCP")) == []


def test_without_either_it_is_not_known(tmp_path):
    reading = read(dialect(tmp_path, OPTION), "config change LOG0 /y 1")
    assert FACT not in reading.settings


class TestSeveralLines:
    LINES = ("config change LOG0 /x TCP", "config change LOG0 /y 1")

    def test_one_without_the_option_is_a_value_of_its_own(self, tmp_path):
        known = dialect(tmp_path, OPTION, ABSENT, SOURCE)
        for lines in (self.LINES, self.LINES[::-1]):
            assert set(read(known, *lines).settings[FACT].values) == {"TCP", "OFF"}

    @pytest.mark.parametrize("reason", [(), (SOURCE,)])
    def test_or_leaves_it_open(self, tmp_path, reason):
        for lines in (self.LINES, self.LINES[::-1]):
            reading = read(dialect(tmp_path, OPTION, *reason), *lines)
            assert reading.settings[FACT].values == ("TCP",)
            assert len(gaps(reading)) == 1

    def test_a_line_that_adds_need_not_have_it(self, tmp_path):
        reading = read(dialect(tmp_path, OPTION), self.LINES[0], "config add LOG0 /y 1")
        assert (reading.settings[FACT].values, gaps(reading)) == (("TCP",), [])

    def test_a_line_that_takes_it_away_does_not_set_it(self, tmp_path):
        known = dialect(tmp_path, OPTION, fact=FLAG)
        reading = read(known, "config rem LOG0 /x")
        assert FLAG not in reading.settings
        reading = read(known, "config change LOG0 /x", "config rem LOG0 /x")
        assert len(gaps(reading, FLAG)) == 1

    def test_nor_does_it_state_what_its_absence_means(self, tmp_path):
        known = dialect(tmp_path, OPTION, ABSENT, SOURCE)
        reading = read(known, "config rem LOG0 /x")
        assert FACT not in reading.settings
        assert [gap.doubtful for gap in gaps(reading)] == [True]

    def test_what_takes_another_away_is_no_matter(self, tmp_path):
        reading = read(dialect(tmp_path, OPTION), self.LINES[0], "config rem LOG0 /y")
        assert gaps(reading) == []


class TestAttributes:
    def test_the_reason_is_shown(self, tmp_path):
        known = dialect(tmp_path, ATTRIBUTE, ABSENT, SOURCE)
        reading = read(known, ADMIN.format("<log/>"))
        assert reading.settings[FACT].values == ("OFF",)
        assert "wiki i=1" in reading.settings[FACT].place

    def test_one_of_two_elements_lacks_it(self, tmp_path):
        line = ADMIN.format('<log x="TCP"/>)(pbx=<log/>')
        reading = read(dialect(tmp_path, ATTRIBUTE, ABSENT, SOURCE), line)
        assert reading.settings[FACT].values == ("TCP", "OFF")
        reading = read(dialect(tmp_path, ATTRIBUTE), line)
        assert reading.settings[FACT].values == ("TCP",)
        assert len(gaps(reading)) == 1
