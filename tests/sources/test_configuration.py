"""`cfg.txt` and expert scripts: every way such a text is written, damaged or abused."""

from __future__ import annotations

import tracemalloc
from itertools import pairwise, permutations
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.dialects import load_dialect
from auditor.errors import SourceError
from auditor.facts import FACTORY_LOGIN, REGISTRATIONS_WITHOUT_PASSWORD
from auditor.messages.message import Message
from auditor.model.account import Unit
from auditor.model.snapshot import Box
from auditor.model.vocabulary import Area, Grade
from auditor.pbx import crypt
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.lines import MAX_LINE_BYTES
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    EVIDENCE,
    configuration_of,
    facts,
    item,
    simulated,
    text,
)
from tests.fixtures.sentences import says, sentence

HONEST = item(
    '<user filter="intern" hide="true"><device hw="0090334c0001"/></user>',
    cn="Ehrlich, Anna",
    h323="a.ehrlich",
    e164="231",
)


def read(*lines, dialect="documented", source="cfg.txt"):
    return read_bytes(text(*lines), dialect=dialect, source=source)


def read_bytes(data, dialect="documented", source="cfg.txt"):
    return read_configuration([data], source, load_dialect(dialect))


def by_name(reading):
    return {candidate.h323: facts(candidate) for candidate in reading.objects}


def gap_lines(reading, area=Area.OBJECTS):
    return [gap.line for gap in reading.gaps if gap.area is area]


class TestShapes:
    def test_items_wrapped_over_several_lines(self):
        reading = read_bytes((EVIDENCE / "wrapped-items.txt").read_bytes())
        assert list(by_name(reading)) == ["merkur", "pruefer"]
        merkur = reading.objects[0]
        assert (merkur.cn, merkur.e164, merkur.line) == ("Merkur", "331", 7)
        assert merkur.attributes["cd-filter"] == "gesperrt"
        assert [entry.name for entry in reading.filters] == ["standard", "gesperrt"]
        assert reading.admin_seen
        assert reading.admin_key == "00112233445566778899aabbccddeeff"
        assert reading.gaps == []
        assert reading.secrets[1] == "a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3d4e5f60718"

    def test_an_excerpt_with_repeated_modules_names_its_box(self):
        reading = read_bytes((EVIDENCE / "excerpt.txt").read_bytes())
        assert reading.box == Box("Werk Süd", "IP811", "13r3 service-release-05", "4c-aa-0f")
        assert (reading.objects, reading.gaps, reading.notes) == ([], [], [])

    def test_an_expert_script_with_the_placeholder_left_in(self):
        reading = read_bytes((EVIDENCE / "expert-script.txt").read_bytes())
        (entry,) = reading.scripted
        assert (entry.h323, entry.line) == ("hot-desk-base", 1)
        assert entry.secret == "<hier das Kennwort eintragen>"

    def test_commands_that_would_change_something_are_only_read(self):
        reading = read_bytes((EVIDENCE / "commands.txt").read_bytes())
        assert (reading.objects, reading.notes) == ([], [])

    @pytest.mark.parametrize("config", CONFIGURATIONS)
    def test_every_object_of_the_simulated_pbx_is_read_without_a_gap(self, config):
        reading = read_bytes(configuration_of(config), dialect="simulated")
        expected = {(one.cn, one.guid, one.kind) for one in simulated(config).objects}
        assert {(o.cn, o.guid, o.kind) for o in reading.objects} == expected
        assert (reading.gaps, reading.notes) == ([], [])

    @pytest.mark.parametrize("module", ["PBX0", "PBX0 "])
    def test_an_option_that_occurs_twice_keeps_both_values(self, module):
        lines = [f"config change {module} /sim-regs-without-pwd {value}" for value in (0, 10)]
        reading = read("# 13r3 final IP411[13]", *lines, HONEST, dialect="simulated")
        setting = reading.settings[REGISTRATIONS_WITHOUT_PASSWORD]
        assert (setting.values, setting.line) == (("0", "10"), 3)

    def test_the_documented_dialect_finds_nothing_under_made_up_names(self):
        reading = read_bytes(configuration_of("insecure"))
        assert {s.grade for s in reading.settings.values()} <= {Grade.INFERRED, Grade.SEEN}
        assert all(entry.rows is None for entry in reading.filters)

    def test_the_call_list_is_noise(self):
        call = "mod cmd FLASHDIR0 add-item 104 (cn=a.ehrlich)(e164=217)(type=call)(info=n1)"
        assert list(by_name(read(call, HONEST))) == ["a.ehrlich"]

    def test_words_of_an_expert_script_are_literal(self):
        line = "config add PHONE SIG /h323 hot-desk-base /gk-pwd Xa+b%41c"
        assert read(line).scripted[0].secret == "Xa+b%41c"

    def test_a_word_that_lost_its_slash_does_not_become_part_of_the_name(self):
        reading = read("config add PHONE SIG /h323 hot-desk-base gk-pwd Geheim7")
        assert [entry.h323 for entry in reading.scripted] == ["hot-desk-base"]

    @pytest.mark.parametrize("command", ["add", "change"])
    def test_two_passwords_of_a_line_are_none(self, command):
        line = f"config {command} PHONE SIG /gk-pwd eins /h323 a /gk-pwd zwei"
        (entry,) = read(line).scripted
        assert (entry.h323, entry.secret, entry.is_unclear) == ("a", None, True)


class TestItems:
    def test_the_order_of_attributes_does_not_matter(self):
        parts = ["(cn=Merkur)", "(h323=merkur)", "(e164=3)", '(pbx=<user hide="true"/>)']
        read_objects = [
            read("mod cmd FLASHDIR0 add-item 101 " + "".join(order)).objects
            for order in permutations(parts)
        ]
        assert all(objects == read_objects[0] for objects in read_objects)
        assert read_objects[0][0].attributes == {"hide": "true"}

    def test_the_order_of_repeated_pbx_values_does_not_matter(self):
        values = ['<filter name="a"/>', '<filter name="b"/>', '<user pwd="00ff" key="11ee"/>']
        for order in permutations(values):
            reading = read(item(*order, cn="_ADMIN_", h323="pbx-admin"))
            assert {entry.name for entry in reading.filters} == {"a", "b"}
            assert (reading.admin_password, reading.admin_key) == ("00ff", "11ee")
            assert reading.objects == []

    @pytest.mark.parametrize(
        "name",
        [
            "Lager (Nord)",
            "(Lager)",
            "Lager) Nord (alt",
            "a(b=c",
            "x)(1=y",
            "((()",
            "))",
            "A=B",
            "Müßig, Çağla",
            "a\tb",
            "<b>fett</b>",
            '<script>alert(1)</script>"',
            '"; rm -rf ~ #',
            "\u202egnp.exe\u2028x\x85y",
            "ü" * 4000,
        ],
    )
    def test_a_name_survives_as_it_is(self, name):
        reading = read(HONEST, item('<user hide="true"/>', cn=name, h323="b"), HONEST)
        assert [o.cn for o in reading.objects] == ["Ehrlich, Anna", name, "Ehrlich, Anna"]
        assert reading.objects[1].attributes == {"hide": "true"}
        assert reading.gaps == []

    @pytest.mark.parametrize("inner", ["a)(b", "a)(cn=b", ")", "(pbx=&lt;user/&gt;)", "a)(b=c)(d"])
    def test_parentheses_inside_xml(self, inner):
        value = f'<user text="{inner}" hide="true"/>'
        (candidate,) = read(item(value, cn="Merkur", h323="merkur")).objects
        assert candidate.attributes["text"] == inner.replace("&lt;", "<").replace("&gt;", ">")
        assert (candidate.cn, candidate.h323) == ("Merkur", "merkur")

    def test_xml_may_stand_in_front_of_the_names(self):
        line = 'mod cmd FLASHDIR0 add-item 101 (pbx=<user text="a)(b"/>)(cn=A (B))(h323=a)'
        (candidate,) = read(line).objects
        assert (candidate.cn, candidate.h323, candidate.attributes) == (
            "A (B)",
            "a",
            {"text": "a)(b"},
        )

    @pytest.mark.parametrize(
        "damaged",
        [
            "mod cmd FLASHDIR0 add-item 101",
            "mod cmd FLASHDIR0 add-item 101 cn=x",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=<user>)",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=<user></usr>)",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=user)",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=)",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=<user hide=true/>)",
            'mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=<user a="1" a="2"/>)',
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(cn=y)(pbx=<user/>)",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=<user/>) trailing",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(pbx=<user>\x01</user>)",
            "mod cmd FLASHDIR0 add-item 101 (cn=x)(h323=y)(pbx=<user filter=",
        ],
    )
    def test_a_damaged_item_is_a_gap_and_harms_no_other(self, damaged):
        reading = read(HONEST, damaged, HONEST)
        assert [o.h323 for o in reading.objects] == ["a.ehrlich", "a.ehrlich"]
        assert gap_lines(reading) == [2]
        assert dict(reading.gaps[0].reason.parameters)["line"] == 2

    def test_an_item_may_be_cut_anywhere_without_touching_the_next(self):
        whole = item('<user hide="true"><device hw="x"/></user>', cn="C (D)", h323="c")
        for end in range(len("mod cmd FLASHDIR0 add-item 1"), len(whole)):
            reading = read(whole[:end], HONEST)
            assert facts(reading.objects[-1]) == facts(read(HONEST).objects[0]), whole[:end]
            cut_read_as_object = len(reading.objects) == 2
            assert cut_read_as_object or gap_lines(reading) == [1], whole[:end]
            assert not cut_read_as_object or whole[end - 1] == ")", whole[:end]

    def test_many_ambiguous_parentheses_end(self):
        value = '<user text="' + ")(a=" * 20_000
        reading = read(item(value, cn="x"), HONEST)
        assert list(by_name(reading)) == ["a.ehrlich"]
        assert gap_lines(reading) == [1]


class TestLines:
    LINES = (
        "# 13r3 service-release-05 IP811[13.5205], Bootcode[135205], HW[204] 65536/131072",
        "# IP811-4c-aa-0f",
        "config change CMD0 /name Werk%20S%C3%BCd",
        HONEST,
        "mod cmd FLASHDIR0 add-item 101 (cn=Straße)",
        "  (h323=strasse)",
        '\t(pbx=<user filter="x"/>)',
    )

    def read_with(self, ending, *, final=True):
        data = ending.join(self.LINES) + (ending if final else "")
        return read_bytes(data.encode())

    @pytest.mark.parametrize("ending", ["\n", "\r\n"])
    @pytest.mark.parametrize("final", [True, False])
    def test_line_ends_do_not_matter(self, ending, final):
        assert self.read_with(ending, final=final) == self.read_with("\n")
        assert list(by_name(self.read_with(ending, final=final))) == ["a.ehrlich", "strasse"]

    def test_a_byte_order_mark_is_no_text(self):
        data = text(*self.LINES)
        assert read_bytes(b"\xef\xbb\xbf" + data) == read_bytes(data)

    @settings(deadline=None)
    @given(st.lists(st.integers(0, 400), max_size=12).map(sorted), st.booleans())
    def test_how_the_stream_is_cut_into_blocks_does_not_matter(self, cuts, mark):
        data = (b"\xef\xbb\xbf" if mark else b"") + text(*self.LINES).replace(b"\n", b"\r\n")
        edges = [0, *cuts, len(data)]
        blocks = [data[a:b] for a, b in pairwise(edges)]
        dialect = load_dialect("documented")
        assert read_configuration(blocks, "cfg.txt", dialect) == read_bytes(data)

    def test_one_byte_at_a_time(self):
        data = b"\xef\xbb\xbf" + text(*self.LINES)
        blocks = [data[at : at + 1] for at in range(len(data))]
        dialect = load_dialect("documented")
        assert read_configuration(blocks, "cfg.txt", dialect) == read_bytes(data)

    @pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-16-le", "utf-32"])
    def test_another_encoding_is_refused(self, encoding):
        data = text(*self.LINES).decode().encode(encoding)
        with pytest.raises(
            SourceError, match=f"{sentence('is UTF-16', line=1)}|{sentence('is binary', line=1)}"
        ) as refused:
            read_bytes(data)
        assert refused.value.advice
        assert refused.value.where == "cfg.txt"

    def test_utf_16_with_a_mark_is_called_by_its_name(self):
        with pytest.raises(SourceError, match=sentence("is UTF-16", line=1)):
            read_bytes(b"\xfe\xff" + text(*self.LINES).decode().encode("utf-16-be"))

    @pytest.mark.parametrize("line", [1, 2, 5])
    def test_a_nul_byte_is_refused_with_its_line(self, line):
        lines = [*self.LINES[:4], HONEST]
        lines[line - 1] += "\0"
        with pytest.raises(SourceError, match=sentence("is binary", line=line)):
            read(*lines)

    def test_what_is_not_utf_8_is_a_gap_with_its_line(self):
        latin = item("<user/>", cn="Müller", h323="m").encode("latin-1")
        reading = read_bytes(text(HONEST) + latin + b"\n" + text(HONEST))
        assert gap_lines(reading) == [2]
        assert [o.h323 for o in reading.objects] == ["a.ehrlich", "m", "a.ehrlich"]

    def test_what_is_not_understood_is_accounted_for_with_its_line(self):
        (lines,) = read("config change VARS", "Sehr geehrte Damen und Herren,").account
        assert (lines.unit, lines.total, lines.not_understood, lines.places) == (
            *(Unit.LINES, 2),
            *(1, (2,)),
        )

    @pytest.mark.parametrize(
        "data", [b"Dear Sir or Madam,\n", b"<html>", b"x" * 100, b"\x89PNG\r\n"]
    )
    def test_another_text_is_refused_with_its_line(self, data):
        with pytest.raises(SourceError, match=sentence("no configuration", line=1)):
            read_bytes(data)

    @pytest.mark.parametrize("data", [b"", b"\n\n", b"   \r\n"])
    def test_nothing_is_refused(self, data):
        with pytest.raises(SourceError, match=sentence("file is empty")):
            read_bytes(data)

    @pytest.mark.parametrize("blocks", [[b"\xef\xbb\xbf"], [b"\xef", b"\xbb\xbf"], [b""], []])
    def test_a_byte_order_mark_alone_is_an_empty_file(self, blocks):
        with pytest.raises(SourceError, match=sentence("file is empty")):
            read_configuration(blocks, "cfg.txt", load_dialect("documented"))

    def test_each_object_of_a_block_is_counted(self):
        reading = read(HONEST, HONEST.replace("231", "232"), item())
        (tally,) = [one for one in reading.account if one.unit is Unit.OBJECT_LINES]
        assert (tally.used, tally.not_understood, tally.places) == (2, 1, (3,))

    def test_comments_alone_are_refused_but_not_called_empty(self):
        with pytest.raises(SourceError) as refused:
            read("# Notes about the PBX", "# to be continued")
        assert not says("file is empty", refused.value)


class TestLimits:
    def endless(self, block, taken, limit=300):
        for _ in range(limit):
            taken.append(len(block))
            yield block

    def test_an_endless_line_is_refused_early_with_its_number(self):
        taken: list[Any] = []
        dialect = load_dialect("documented")
        with pytest.raises(SourceError, match=sentence("line is too long", line=1)):
            read_configuration(self.endless(b"a" * (1 << 20), taken), "cfg.txt", dialect)
        assert sum(taken) <= MAX_LINE_BYTES + (2 << 20)

    def test_a_line_in_the_middle_is_named(self):
        def blocks():
            yield text("config change VARS", HONEST)
            yield from self.endless(b"b" * (1 << 20), [])

        with pytest.raises(SourceError, match=sentence("line is too long", line=3)) as refused:
            read_configuration(blocks(), "cfg.txt", load_dialect("documented"))
        assert refused.value.advice

    @pytest.mark.parametrize("more", [0, 1])
    def test_a_line_may_be_continued_up_to_the_bound(self, more):
        data = text("# x", f" {'y' * (MAX_LINE_BYTES - 3 + more)}", "config change IP0")
        if not more:
            assert read_bytes(data).gaps == []
            return
        with pytest.raises(SourceError, match=sentence("line is continued too far", line=1)):
            read_bytes(data)

    def test_an_item_that_is_continued_without_end_is_bounded_too(self):
        taken: list[Any] = []

        def blocks():
            yield text(HONEST)
            yield from self.endless(b"  " + b"c" * (1 << 18) + b"\n", taken, limit=64)

        tracemalloc.start()
        try:
            reading = read_configuration(blocks(), "cfg.txt", load_dialect("documented"))
        except SourceError as refused:
            assert "line" in str(refused)  # noqa: PT017 -- refusing is as good as a gap
        else:
            assert reading.gaps
        finally:
            peak = tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert peak < 3 * MAX_LINE_BYTES

    @pytest.mark.slow
    def test_memory_stays_flat_over_a_long_text(self):
        block = text(*["config change ETH0 /addr 10.0.0.1"] * 2000)
        dialect = load_dialect("documented")

        def peak_of(count):
            tracemalloc.start()
            try:
                read_configuration([block] * count, "cfg.txt", dialect)
                return tracemalloc.get_traced_memory()[1]
            finally:
                tracemalloc.stop()

        assert peak_of(40) < peak_of(4) + (1 << 20)


class TestStandardConfiguration:
    HEADER = "# 13r3 service-release-05 IP811[13.5205], Bootcode[135205], HW[204] 65536/131072"

    def variable(self, product):
        field = crypt.encrypt(crypt.factory_key(product), "admin,IP811x")
        return f"vars create CMD0/AUTH pc {field.hex()}"

    def test_secrets_that_open_with_the_factory_login_give_it_away(self):
        assert read(self.HEADER, self.variable("IP811"), HONEST).factory_encrypted

    def test_secrets_of_another_login_do_not(self):
        assert not read(self.HEADER, self.variable("IP6000"), HONEST).factory_encrypted
        assert not read_bytes(configuration_of()).factory_encrypted

    def test_the_setting_says_so_only_where_there_are_secrets(self):
        def stated(*lines):
            setting = read(*lines).settings.get(FACTORY_LOGIN)
            return None if setting is None else (setting.values, setting.source, setting.grade)

        good, other = self.variable("IP811"), self.variable("IP6000")
        inferred = ("cfg.txt", Grade.INFERRED)
        assert stated(self.HEADER, good, HONEST) == (("true",), *inferred)
        assert stated(self.HEADER, other, good, HONEST) == (("true",), *inferred)
        assert stated(self.HEADER, other, HONEST) == (("false",), *inferred)
        note = read(self.HEADER, other, HONEST).settings[FACTORY_LOGIN].note
        assert isinstance(note, Message)
        assert read(self.HEADER, good, HONEST).settings[FACTORY_LOGIN].note == ""
        assert stated(self.HEADER, HONEST) is None
        assert stated(good, HONEST) is None

    @pytest.mark.parametrize("value", ["zz", "00", "", "0102030405060708", "00" * 16])
    def test_what_is_no_secret_of_it_gives_nothing_away(self, value):
        assert not read(self.HEADER, f"vars create CMD0/AUTH pc {value}", HONEST).factory_encrypted

    def test_without_a_product_nothing_can_be_said(self):
        assert not read(self.variable("IP811"), HONEST).factory_encrypted
