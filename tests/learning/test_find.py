"""Learning: the place that a marker shows, and a refusal wherever it is not clear."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.dialects import FilterRowPlace, SettingPlace
from auditor.learning.entry import Provenance, learn, prove
from auditor.learning.leaves import read_leaves
from auditor.learning.question import LearnError, Question
from tests.fixtures.pbx import item, text
from tests.fixtures.sentences import says, sentence

HEAD = ("vars check 00", "# 13r3 service-release-12 IP411[13.5202], Bootcode[1], HW[3]")
BY = Provenance("A. Muster", date(2026, 11, 26))
NUMBER = "registrations_without_password"
FLAG = "unknown_registrations"
SECRET_LINES = ("vars create PBX0/PWD pc 43fd044df92f0dbfe8575a4f87a5ad46",)


def admin(*values):
    return item(*values, '<user pwd="aa" key="bb"/>', cn="_ADMIN_", h323="pbx-admin")


def noise(number):
    """Return lines that differ in each download."""
    return (
        f"config change UP1 /poll {number}",
        f"vars create UPDATE/SERIAL p {number}",
        f"vars create TLS0/TICKET/KEY pb {number:04}",
        f"mod cmd FLASHDIR0 add-item 104 (cn=x)(type=call{number})(info={number})",
    )


def found(old, new, fact, marker, **more):
    question = Question(fact, marker, **more)
    first = text(*HEAD, *noise(1), *old)
    second = text(*HEAD, *noise(2), *new)
    place = learn(read_leaves([first], "a"), read_leaves([second], "b"), question, BY)
    prove(place, [second], question)
    return place


def refused(old, new, fact, marker, **more):
    with pytest.raises(LearnError) as error:
        found(old, new, fact, marker, **more)
    return str(error.value)


class TestScalars:
    def test_an_option_that_changed(self):
        place = found(
            ["config change PBX0 /a 1 /limit 10"],
            ["config change PBX0 /a 1 /limit 7351"],
            NUMBER,
            "7351",
        )
        assert (place.place, place.module, place.option) == ("option", "PBX0", "limit")
        assert place.absent is None
        assert (place.firmware, place.learned_by) == ("13r3", "A. Muster")
        assert place.grade == "learned"

    def test_an_option_that_was_not_there_means_what_the_menu_showed(self):
        place = found(
            ["config change PBX0 /a 1"],
            ["config change PBX0 /a 1 /limit 7351"],
            NUMBER,
            "7351",
            before="0",
        )
        assert place.absent == "0"

    def test_an_option_of_a_submodule(self):
        place = found(["config change IP0 X"], ["config change IP0 X /y 7351"], NUMBER, "7351")
        assert (place.module, place.option) == ("IP0 X", "y")

    def test_an_attribute_of_an_element_in_the_admin_object(self):
        place = found([admin()], [admin("<x limit='7351'/>")], NUMBER, "7351")
        assert (place.place, place.element, place.option) == ("admin-attribute", "x", "limit")

    def test_an_attribute_of_the_admin_object_itself(self):
        before = item('<user pwd="aa" key="bb"/>', cn="_ADMIN_")
        after = item('<user pwd="aa" key="bb" limit="7351"/>', cn="_ADMIN_")
        place = found([before], [after], NUMBER, "7351")
        assert (place.place, place.element, place.option) == ("admin-attribute", "user", "limit")

    def test_two_places_are_refused_and_both_are_named(self):
        said = refused(
            ["config change PBX0"], ["config change PBX0 /a 7351 /b 7351"], NUMBER, "7351"
        )
        assert "/a" in said
        assert "/b" in said

    def test_a_marker_that_stood_there_before_is_refused(self):
        said = refused(
            ["config change PBX0 /a 7351"], ["config change PBX0 /a 7351 /b 7351"], NUMBER, "7351"
        )
        assert says("before the change", said)
        assert "PBX0 /a" in said

    def test_a_number_inside_a_longer_one_is_no_marker(self):
        before, after = ["config change PBX0 /a 17351"], ["config change PBX0 /a 17351 /b 7351"]
        assert found(before, after, NUMBER, "7351").option == "b"

    def test_no_change_is_refused(self):
        same = ["config change PBX0 /a 1"]
        assert "no place" in refused(same, same, NUMBER, "7351")

    def test_a_stored_secret_is_never_a_place(self):
        said = refused(
            ["config change PHONE SIG /h323 x /gk-pwd a"],
            ["config change PHONE SIG /h323 x /gk-pwd 7351"],
            NUMBER,
            "7351",
        )
        assert "no place" in said

    def test_other_firmware_is_refused(self):
        first = read_leaves([text(*HEAD, "config change PBX0")], "a")
        other = ("vars check 00", "# 14r1 final IP411[14.1], Bootcode[1], HW[3]")
        second = read_leaves([text(*other, "config change PBX0 /a 7351")], "b")
        with pytest.raises(LearnError, match=sentence("different firmware")):
            learn(first, second, Question(NUMBER, "7351"), BY)

    def test_a_part_of_a_file_is_refused(self):
        part = read_leaves([text("config change PBX0 /a 7351")], "b")
        with pytest.raises(LearnError, match="which firmware"):
            learn(part, part, Question(NUMBER, "7351"), BY)


class TestFlags:
    def test_a_bare_option_that_came(self):
        place = found(["config change PBX0 /a 1"], ["config change PBX0 /a 1 /open"], FLAG, "on")
        assert (place.option, place.absent) == ("open", "false")

    def test_a_value_that_went_means_the_other_state(self):
        place = found(["config change PBX0 /open 0"], ["config change PBX0"], FLAG, "on")
        assert (place.option, place.absent) == ("open", "true")

    def test_an_option_that_means_the_opposite_is_refused(self):
        said = refused(["config change PBX0 /closed"], ["config change PBX0"], FLAG, "on")
        assert "no place" in said

    def test_a_value_that_turned(self):
        place = found(["config change PBX0 /open 0"], ["config change PBX0 /open 1"], FLAG, "on")
        assert (place.option, place.absent) == ("open", None)

    def test_other_changes_beside_it_that_are_no_flags_do_not_matter(self):
        before = ["config change PBX0 /name a", "config change LOG0 /n 1000"]
        after = ["config change PBX0 /name b /open", "config change LOG0 /n 2000"]
        assert found(before, after, FLAG, "on").option == "open"

    def test_two_flags_are_refused(self):
        said = refused(["config change PBX0"], ["config change PBX0 /x /y"], FLAG, "on")
        assert says("several places", said)

    def test_the_marker_is_a_state(self):
        said = refused(["config change PBX0"], ["config change PBX0 /x"], FLAG, "7351")
        assert "on or off" in said


class TestLists:
    ROW = '<net addr="10.0.0.0" mask="255.0.0.0"/>'
    MARK = '<net addr="192.0.2.77" mask="255.255.255.255"/>'

    def test_a_row_among_others(self):
        before = admin(f"<list>{self.ROW}</list>")
        after = admin(f"<list>{self.ROW}{self.MARK}</list>")
        place = found([before], [after], "ip_filter", "192.0.2.77")
        assert (place.element, place.row, place.columns) == ("list", "net", ["addr", "mask"])

    def test_the_first_row(self):
        place = found([admin()], [admin(f"<list>{self.MARK}</list>")], "ip_filter", "192.0.2.77")
        assert place.place == "admin-rows"

    @pytest.mark.parametrize("separator", [",", ";"])
    def test_one_option_that_holds_the_list(self, separator):
        value = separator.join(["10.0.0.0/255.0.0.0", "192.0.2.77/255.255.255.255"])
        place = found(
            ["config change PBX0 /nets 10.0.0.0/255.0.0.0"],
            [f"config change PBX0 /nets {value}"],
            "ip_filter",
            "192.0.2.77",
        )
        assert (place.option, place.separator) == ("nets", separator)

    def test_a_row_with_a_part_that_is_not_clear_is_refused(self):
        mark = self.MARK.replace("/>", ' more="x"/>')
        said = refused([admin()], [admin(f"<list>{mark}</list>")], "ip_filter", "192.0.2.77")
        assert "more" in said

    def test_other_rows_that_could_not_be_read_are_noticed(self):
        rows = f'{self.MARK}<net addr="10.0.0.0" other="1"/>'
        said = refused([admin()], [admin(f"<list>{rows}</list>")], "ip_filter", "192.0.2.77")
        assert says("does not show the marker", said)


class TestFilterRows:
    def rows(self, inner):
        return [admin('<filter name="intern"><r n="0" to="nok"/></filter>')], [
            admin(f'<filter name="intern"><r n="0" to="nok"/>{inner}</filter>')
        ]

    def test_a_row_with_a_boolean(self):
        before, after = self.rows('<r n="99881" to="nok" if="Night" inv="true"/>')
        place = found(before, after, "call_filters", "99881", boolean="Night")
        assert isinstance(place, FilterRowPlace)
        found_columns = (place.row, place.number, place.next, place.boolean, place.negated)
        assert found_columns == ("r", "n", "to", "if", "inv")

    def test_a_row_without_one_leaves_these_columns_open(self):
        before, after = self.rows('<r n="99881" to="ok"/>')
        place = found(before, after, "call_filters", "99881")
        assert (place.boolean, place.negated) == ("", "")

    def test_a_row_with_an_unnamed_part_is_refused(self):
        before, after = self.rows('<r n="99881" to="ok" x="Night"/>')
        assert "x" in refused(before, after, "call_filters", "99881")


WORDS = st.from_regex(r"[a-z][a-z0-9-]{0,8}", fullmatch=True).filter(
    lambda w: w not in {"pwd", "key"}
)
VALUES = st.from_regex(r"[0-9]{1,3}|[a-z.]{1,8}", fullmatch=True)
MODULES = st.dictionaries(
    st.sampled_from(["PBX0", "HTTP0", "LOG0", "IP0 ETH0"]),
    st.dictionaries(WORDS, VALUES, max_size=6),
    min_size=1,
)


def lines_of(modules):
    return [
        " ".join(["config change", name, *(f"/{k} {v}" for k, v in options.items())])
        for name, options in modules.items()
    ]


@pytest.mark.slow
@given(MODULES, WORDS, st.data())
def test_whatever_stands_around_it_the_marked_option_is_found(modules, option, data):
    module = data.draw(st.sampled_from(sorted(modules)))
    changed = {**modules, module: {**modules[module], option: "7351"}}
    place = found(lines_of(modules), lines_of(changed), NUMBER, "7351")
    assert isinstance(place, SettingPlace)
    assert (place.module, place.option) == (module, option)
