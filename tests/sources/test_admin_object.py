"""`_ADMIN_` states the password of the PBX, call filters and settings; two of them must agree."""

from __future__ import annotations

import pytest

from auditor.dialects import load_dialect
from auditor.facts import UNCLEAR
from auditor.messages.message import Message
from auditor.model.account import Irrelevant, Unit
from auditor.model.snapshot import FilterRow
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.configuration import read_configuration
from tests.fixtures.pbx import item, text

HEAD = 'name = "site"\ndescription = "learned"\nextends = "simulated"\n'
FACT = "authentication_type"
ROWS = "ip_filter"
PLACE = '[settings.{fact}]\ngrade = "learned"\nplace = "admin-attribute"\n'
LINE = 2


def dialect(folder, element="log", fact=FACT, more=""):
    path = folder / "site.toml"
    entry = PLACE.format(fact=fact) + f'element = "{element}"\noption = "style"\n{more}'
    path.write_text(HEAD + entry, encoding="utf-8")
    return load_dialect(str(path))


def read(*admins, by=None):
    lines = [item(admin, cn="_ADMIN_", guid=str(n)) for n, admin in enumerate(admins)]
    data = text("# IP411-00-00-01", *lines)
    return read_configuration([data], "cfg.txt", by or load_dialect("simulated"))


def areas(reading):
    assert all(isinstance(gap.reason, Message) for gap in reading.gaps)
    return {gap.area for gap in reading.gaps}


class TestOneAttribute:
    @pytest.mark.parametrize(
        ("element", "admin", "values"),
        [
            ("user", '<user style="a"/>', ("a",)),
            ("user", '<user style="a"><log style="b"/></user>', ("a",)),
            ("log", '<user style="a"><log style="b"/></user>', ("b",)),
            ("log", '<user><log style="b"/><log style="c"/></user>', ("b", "c")),
            ("log", '<user><log style="b"/><log style="b"/></user>', ("b",)),
        ],
    )
    def test_of_the_object_itself_or_of_elements_in_it(self, tmp_path, element, admin, values):
        reading = read(admin, by=dialect(tmp_path, element))
        setting = reading.settings[FACT]
        assert setting.values == values
        assert (setting.source, setting.line, setting.grade) == ("cfg.txt", LINE, Grade.LEARNED)
        assert setting.place.startswith(f"_ADMIN_ <{element} style>")
        assert setting.read_with is Area.CALL_FILTERS
        assert FACT not in areas(reading)

    @pytest.mark.parametrize("admin", ["<user/>", "<user><log/></user>", "<user><other/></user>"])
    def test_that_is_nowhere_says_nothing(self, tmp_path, admin):
        assert FACT not in read(admin, by=dialect(tmp_path)).settings

    def test_that_one_element_lacks_leaves_it_open(self, tmp_path):
        reading = read('<user><log style="b"/><log/></user>', by=dialect(tmp_path))
        assert reading.settings[FACT].values == ("b",)
        (gap,) = [gap for gap in reading.gaps if gap.area == FACT]
        assert (gap.source, gap.line) == ("cfg.txt", LINE)

    @pytest.mark.parametrize(
        ("admin", "values"),
        [
            ("<user/>", ("off",)),
            ("<user><log/></user>", ("off",)),
            ('<user><log style="b"/><log/></user>', ("b", "off")),
            ('<user><log style="b"/></user>', ("b",)),
        ],
    )
    def test_that_is_missing_means_what_a_source_says(self, tmp_path, admin, values):
        absent = 'absent = "off"\nabsent_source = "wiki i=1"\n'
        reading = read(admin, by=dialect(tmp_path, more=absent))
        assert reading.settings[FACT].values == values
        assert ("wiki i=1" in reading.settings[FACT].place) is ("off" in values)
        assert FACT not in areas(reading)

    @pytest.mark.parametrize("name", ["Style", "styl", "stile"])
    def test_that_is_written_wrongly_leaves_it_open(self, tmp_path, name):
        reading = read(f'<user><log {name}="b"/></user>', by=dialect(tmp_path))
        assert FACT in areas(reading)

    @pytest.mark.parametrize("element", ["Log1", "logs", "lo"])
    def test_of_an_element_that_is_written_wrongly_leaves_it_open(self, tmp_path, element):
        reading = read(f'<user><{element} style="b"/></user>', by=dialect(tmp_path, "logs1"))
        assert FACT in areas(reading)

    def test_is_split_and_reduced_as_its_kind_says(self, tmp_path):
        known = dialect(tmp_path, fact="default_import_password", more='separator = ","\n')
        reading = read('<user><log style="abc,,abc"/></user>', by=known)
        assert reading.settings["default_import_password"].values == ("set",)

    def test_of_an_object_that_shows_its_names_only_is_open(self, tmp_path):
        data = text("# IP411-00-00-01", item(cn="_ADMIN_"))
        reading = read_configuration([data], "cfg.txt", dialect(tmp_path, "user"))
        assert {FACT, ROWS, Area.PASSWORDS, Area.CALL_FILTERS} <= areas(reading)
        assert reading.admin_seen
        assert all(gap.line == LINE for gap in reading.gaps)


class TestRows:
    @pytest.mark.parametrize(
        ("inner", "values"),
        [
            ('<net addr="1" mask="2"/>', ("1/2",)),
            ('<net addr="1" mask="2"/><net addr="3"/>', ("1/2", "3/")),
            ("", ()),
            ('<odd addr="1"/>', (UNCLEAR,)),
            ('<net addr="1" odd="2"/>', (UNCLEAR,)),
            ('<net addr="1"><x/></net>', (UNCLEAR,)),
        ],
    )
    def test_one_value_for_each(self, inner, values):
        reading = read(f"<user><sim-ip-filter>{inner}</sim-ip-filter></user>")
        setting = reading.settings[ROWS]
        assert setting.values == values
        assert (setting.source, setting.line) == ("cfg.txt", LINE)
        gaps = [gap for gap in reading.gaps if gap.area == ROWS]
        assert len(gaps) == (UNCLEAR in values)
        assert all((g.source, g.line, g.doubtful) == ("cfg.txt", LINE, True) for g in gaps)

    def test_an_attribute_beside_them_leaves_them_open(self):
        reading = read('<user><sim-ip-filter odd="1"><net addr="1"/></sim-ip-filter></user>')
        assert reading.settings[ROWS].values == ("1/", UNCLEAR)

    def test_without_the_element_there_are_none(self):
        assert ROWS not in read("<user/>").settings


class TestFilters:
    @pytest.mark.parametrize(
        ("rows", "expected"),
        [
            ("", ()),
            ('<sim-row number="0" next="ok"/>', (FilterRow("0", "ok"),)),
            (
                '<sim-row number="0*#?" next="g" bool="b" not="true"/>',
                (FilterRow("0*#?", "g", "b", True),),  # noqa: FBT003 -- as it is stored
            ),
            ('<sim-row next="nok" not="false"/>', (FilterRow("", "nok"),)),
            ('<sim-row number="0"/>', None),
            ('<sim-row number="x" next="ok"/>', None),
            ('<sim-row number="0" next="ok" not="maybe"/>', None),
            ('<sim-row number="0" next="ok" odd="1"/>', None),
            ('<sim-row number="0" next="ok"><x/></sim-row>', None),
            ('<row number="0" next="ok"/>', None),
        ],
    )
    def test_all_rows_or_none(self, rows, expected):
        (found,) = read(f'<user><filter name="f">{rows}</filter></user>').filters
        assert (found.name, found.rows) == ("f", expected)
        assert (found.source, found.line) == ("cfg.txt", LINE)
        assert (found.grade, found.doubtful) == (Grade.SIMULATED, expected is None)
        assert bool(found.note) is (expected is None)

    def test_a_part_beside_the_name_leaves_the_rows_open(self):
        (found,) = read('<user><filter name="f" odd="1"/></user>').filters
        assert (found.rows, found.doubtful) == (None, True)

    def test_a_dialect_without_a_place_finds_none(self):
        admin = '<user><filter name="f"><sim-row number="0" next="ok"/></filter></user>'
        (found,) = read(admin, by=load_dialect("documented")).filters
        assert (found.rows, found.doubtful, found.grade) == (None, False, Grade.DOCUMENTED)
        assert (found.source, found.line) == ("cfg.txt", LINE)
        assert found.note

    @pytest.mark.parametrize(
        "part", ["<filter/>", "<filters/>", "<fliter/>x", "<Filter name='x'/>"]
    )
    def test_a_part_that_could_be_a_filter_leaves_them_open(self, part):
        assert Area.CALL_FILTERS in areas(read(f"<user>{part}</user>"))

    def test_another_part_leaves_nothing_open(self):
        reading = read("<user><country/></user>")
        assert not areas(reading)
        (tally,) = [one for one in reading.account if one.unit is Unit.PARTS]
        assert (tally.not_understood, tally.places) == (1, (LINE,))


FULL = (
    '<user pwdx="0102" pwd="****" key="aa"><filter name="f"/>'
    '<sim-ip-filter><net addr="1"/></sim-ip-filter></user>'
)


class TestTwo:
    def test_one_states_password_and_key(self):
        reading = read(FULL)
        assert (reading.admin_password, reading.admin_key) == ("0102", "aa")
        assert read('<user pwd="03"/>').admin_password == "03"
        assert read("<user/>").admin_password is None
        assert reading.admin_guid == "0"
        plain = text("# IP411-00-00-01", item('<user guid="7"/>', cn="_ADMIN_"))
        known = read_configuration([plain], "cfg.txt", load_dialect("documented"))
        assert known.admin_guid == "7"
        plain = text("# IP411-00-00-01", item("<user/>", cn="_ADMIN_"))
        known = read_configuration([plain], "cfg.txt", load_dialect("documented"))
        assert known.admin_guid == ""
        assert not areas(reading)

    def test_the_same_twice_is_one(self):
        reading = read(FULL, FULL)
        assert (reading.admin_password, areas(reading)) == ("0102", set())
        assert len(reading.filters) == 1
        (tally,) = [one for one in reading.account if one.unit is Unit.PARTS]
        assert tally.irrelevant == {Irrelevant.REPEATED: 1}

    @pytest.mark.parametrize("other", ["<user/>", FULL.replace("0102", "0103")])
    @pytest.mark.parametrize("swapped", [False, True])
    def test_two_that_differ_state_nothing(self, other, swapped):
        reading = read(*([other, FULL] if swapped else [FULL, other]))
        assert reading.admin_password is None
        assert reading.admin_key is None
        assert ROWS not in reading.settings
        assert {Area.PASSWORDS, Area.CALL_FILTERS, ROWS} <= areas(reading)
        assert all(gap.line == LINE + 1 for gap in reading.gaps)
        assert all((one.rows, one.doubtful) == (None, True) for one in reading.filters)
        assert all(one.note for one in reading.filters)
