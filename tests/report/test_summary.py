"""The terminal summary: within its width, in its alphabet, and deaf to what names tell it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditor.messages.message import begun, say, together
from auditor.report.formats import terminal
from auditor.report.formats.terminal_places import Documents, Line
from auditor.report.formats.terminal_style import Amount, Look
from auditor.report.schema import v1
from auditor.report.sentences import gather
from tests.report.factory import (
    ACCEPTED,
    make_evidence,
    make_observation,
    make_report,
    make_result,
    make_waiver,
    with_waivers,
)

COLOUR = re.compile(r"\x1b\[[0-9]+m")
ASCII = Look(encoding="ascii")
GERMAN = Look(language="de")


def a_report():
    return make_report(
        make_result("HD-04", "passed", severity="medium", remarks=True),
        make_result("HD-02", "unknown", severity="critical", reason="The name is not documented"),
        make_result("HD-05", "failed"),
        make_result("HD-01", "failed", severity="critical", observations=[
            make_observation(subject="müller", detail="The password is „short“: 4 characters…"),
            make_observation(subject="weiß"),
        ]),
        gaps=[v1.Gap("ip_filter", "Not documented", "cfg.txt", None, "Learn it", ["HD-02"])],
    )  # fmt: skip


def flat(text):
    return " ".join(text.split())


def seen_at(*evidence, places=None, look=None, amount=Amount.NORMAL):
    """Return the lines about one violation that was seen there."""
    found = make_observation("anna", detail="it is wrong", evidence=list(evidence))
    report = make_report(make_result("HD-05", "failed", observations=[found]))
    text = terminal.render(report, look or Look(), readable=places or Documents(), amount=amount)
    lines = text.splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith(("high[", "hoch[")))
    return lines[first : lines.index("", first)]


@pytest.mark.parametrize("width", [1, 40, 59, 60, 80, 120])
@pytest.mark.parametrize("encoding", ["utf-8", "cp850", "ascii"])
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("amount", Amount)
def test_no_line_is_longer_than_the_width(width, encoding, language, amount):
    long = make_evidence(object="o" * 400, attribute="a" * 400, value="v" * 400, line=123_456)
    found = make_observation("s" * 4_000, evidence=[long, replace(long, line=7)])
    report = make_report(
        *a_report().results, make_result("HD-07", title="t" * 4_000, observations=[found])
    )
    look = Look(width=width, encoding=encoding, language=language)
    text = terminal.render(report, look, amount=amount)
    if amount is not Amount.QUIET:  # which is one line, however long
        assert max(len(line) for line in text.splitlines()) <= max(width, 40)


def test_colour_only_adds_escapes():
    plain = terminal.render(a_report())
    coloured = terminal.render(a_report(), Look(colour=True))
    assert "\x1b" not in plain
    assert COLOUR.search(coloured)
    assert COLOUR.sub("", coloured) == plain


def test_ascii_only_without_unicode():
    text = terminal.render(a_report(), ASCII)
    assert text.isascii()
    assert r"m\xfcller" in text
    assert '"short": 4 characters...' in flat(text)


@pytest.mark.parametrize("encoding", ["cp1252", "cp850", "iso8859-1", "utf-8"])
def test_umlauts_stay_where_the_encoding_has_them(encoding):
    text = terminal.render(a_report(), Look(encoding=encoding, language="de"))
    text.encode(encoding)
    assert "müller" in text
    assert "weiß" in text
    assert "Prüfpunkte" in text


def test_names_cannot_steer_the_terminal():
    hostile = "a\x1b]0;owned\x07\x1b[2J\r\n\x9b31m\u202eb"
    evidence = make_evidence(object=hostile, attribute=hostile, value=hostile, source=hostile)
    report = make_report(
        make_result(
            hostile, title=hostile, observations=[make_observation(hostile, evidence=[evidence])]
        ),
        make_result("HD-16", "waived", observations=[make_observation(hostile, waived=True)]),
        gaps=[v1.Gap(hostile, hostile, hostile, None, hostile, [])],
        accepted=[replace(ACCEPTED, reason=hostile, owner=hostile, subject=hostile)],
    )
    report = with_waivers(report, make_waiver(value=hostile, detail=hostile, place=hostile))
    for amount in Amount:
        text = terminal.render(report, amount=amount)
        assert all(character == "\n" or character.isprintable() for character in text)
    assert r"a\x1b]0;owned\x07\x1b[2J" in terminal.render(report)


def test_controls_stand_below_what_became_of_them_by_urgency():
    text = terminal.render(a_report())
    parts = (
        "Failed (2)",
        "[HD-01]",
        "[HD-05]",
        "Could not be decided (1)",
        "[HD-02]",
        "Passed (1)",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "The name is not documented" in text
    assert "HD-04 (with remarks)" in text
    assert "Not applicable" not in text


def test_figures_and_exit_code_are_there():
    text = terminal.render(a_report())
    assert "Score     withheld (1 could not be decided)" in text
    for line in ("Controls ", "Failed  ", "Coverage "):
        assert f"\n{line}" not in text
    assert "Not read  IP filter: Not documented" in text
    assert text.endswith("Exit code 1\n- Findings at or above high\n")


def test_a_complete_report_shows_its_score():
    assert "Score     80 of 100\n" in terminal.render(make_report(make_result("HD-04", "passed")))


def test_an_empty_report_renders():
    assert "Exit code 0" in terminal.render(make_report())


def test_accepted_risks_and_idle_waivers_are_named():
    waived = [make_observation("goetz", waived=True), make_observation("weber", waived=True)]
    report = make_report(
        make_result("HD-16", "waived", observations=waived),
        make_result("HD-05", "failed", observations=[make_observation("k\u00f6nig"), waived[0]]),
        accepted=[ACCEPTED],
    )
    text = flat(terminal.render(with_waivers(report, make_waiver(), make_waiver(state="used"))))
    assert "Accepted (1) high[HD-16]" in text
    assert "goetz: The effective call filter" in text
    assert "1 more accepted by waivers" in text
    assert "Accepted HD-16 goetz: K. Koerner until 2027-01-31: Home office" in text
    assert text.count("waiver expired on 2026-11-01") == 1
    assert "(waivers.toml:3)" in text


def test_many_accepted_risks_are_counted():
    report = make_report(make_result(), accepted=[ACCEPTED] * 1_200)
    text = terminal.render(report)
    assert text.count("Home office") == 5
    assert "and 1,195 more; --verbose shows all" in text
    assert terminal.render(report, amount=Amount.VERBOSE).count("Home office") == 1_200


def test_a_violation_says_why_its_waiver_does_not_count():
    found = make_observation("goetz", waiver_note="waiver expired on 2026-11-01 (w.toml:3)")
    text = flat(terminal.render(make_report(make_result(observations=[found]))))
    assert "waiver expired on 2026-11-01 (w.toml:3)" in text


class TestAmounts:
    def test_few_findings_of_a_control_are_shown_unless_all_are_asked_for(self):
        found = [make_observation(f"user{number}") for number in range(10)]
        report = make_report(make_result(observations=found))
        assert "and 7 more findings; --verbose" in flat(terminal.render(report))
        everything = terminal.render(report, amount=Amount.VERBOSE)
        assert all(f"user{number}:" in everything for number in range(10))
        assert "more finding" not in everything

    def test_quiet_is_one_line_with_verdict_and_exit_code(self):
        text = terminal.render(a_report(), amount=Amount.QUIET)
        assert text.count("\n") == 1
        assert "Beispiel GmbH" in text
        assert "4 controls: 2 failed" in text
        assert text.endswith("Exit code 1\n")

    def test_verbose_shows_what_passed_and_what_was_read(self):
        passed = make_result(
            "HD-04", "passed", observations=[make_observation("anna", "compliant")]
        )
        report = make_report(passed)
        assert "anna" not in terminal.render(report)
        text = terminal.render(report, amount=Amount.VERBOSE)
        assert "anna" in text
        assert "cfg.txt: configuration, 48,211 bytes" in text


class TestPlaces:
    FILTER = make_evidence(source="cfg.txt", line=47, object="anna", attribute="filter", via=None)

    def test_the_line_and_the_value_are_shown_and_marked(self):
        assert seen_at(self.FILTER)[2:5] == [
            "  --> cfg.txt:47",
            "   |",
            '47 | anna … filter="extern" …',
        ]
        assert seen_at(self.FILTER)[5] == "   |        ^^^^^^^^^^^^^^^"

    def test_the_file_is_named_as_it_can_be_opened(self):
        places = Documents(files={"cfg.txt": "evidence/cfg.txt"})
        assert "  --> evidence/cfg.txt:47" in seen_at(self.FILTER, places=places)

    @pytest.mark.parametrize(
        ("kind", "head"),
        [
            ("configuration", "(cn=Anna A)(h323=anna) … "),
            ("object-export", 'cn="Anna A" h323="anna" … '),
            ("table-users", '"cn": "Anna A", "h323": "anna" … '),
        ],
    )
    def test_names_are_written_as_the_document_writes_them(self, kind, head):
        line = Line(kind, (("cn", "Anna A"), ("h323", "anna")))
        places = Documents(lines={("cfg.txt", 47): line})
        assert f'47 | {head}filter="extern" …' in seen_at(self.FILTER, places=places)

    def test_a_name_that_is_the_finding_is_marked_where_it_stands(self):
        line = Line("configuration", (("cn", "A"), ("h323", "anna")))
        evidence = replace(self.FILTER, attribute="h323", value="anna")
        lines = seen_at(evidence, places=Documents(lines={("cfg.txt", 47): line}))
        assert lines[4:6] == ["47 | (cn=A)(h323=anna) …", "   |       ^^^^^^^^^^^"]

    def test_what_is_not_there_marks_the_object_and_is_named(self):
        lines = seen_at(replace(self.FILTER, value=None, via="not set, nor by template T"))
        assert lines[4:6] == ["47 | anna …", "   | ^^^^"]
        assert "   = note: filter: not set, nor by template T" in lines

    def test_attributes_of_one_line_stand_on_one_line(self):
        lines = seen_at(self.FILTER, replace(self.FILTER, attribute="hide", value="true"))
        assert '47 | anna … filter="extern" … hide="true" …' in lines

    def test_a_further_place_takes_one_line(self):
        lines = seen_at(self.FILTER, replace(self.FILTER, line=9))
        assert '  --> cfg.txt:9: filter="extern"' in lines

    def test_a_setting_is_shown_as_its_line(self):
        evidence = make_evidence(
            object=None, attribute="config change X /y", value="10", line=25, via=None
        )
        assert seen_at(evidence)[4:6] == [
            "25 | config change X /y 10",
            "   |                    ^^",
        ]

    def test_a_live_pbx_has_objects_and_no_lines(self):
        lines = seen_at(replace(self.FILTER, source="/cfg.txt"), places=Documents(live=True))
        assert "  --> anna, filter" in lines
        assert '   | filter="extern"' in lines
        assert not any("47" in line or "cfg.txt" in line for line in lines)

    def test_a_password_is_its_kind_and_what_it_was_reduced_to_a_note(self):
        lines = seen_at(replace(self.FILTER, attribute="pwd", value="set; score 1 of 4"))
        assert '47 | anna … pwd="<password>" …' in lines
        assert "   = note: pwd: set; score 1 of 4" in lines

    def test_a_setting_that_holds_a_secret_is_its_kind(self):
        evidence = make_evidence(object=None, attribute="X /community", value="set", line=1)
        places = Documents(secrets=frozenset({"X /community"}))
        assert "  1 | X /community <secret>".strip() in [
            line.strip() for line in seen_at(evidence, places=places)
        ]

    def test_a_wide_character_does_not_move_the_mark(self):
        lines = seen_at(replace(self.FILTER, object="安娜"))
        assert lines[4] == '47 | 安娜 … filter="extern" …'
        assert lines[5] == "   | " + " " * 7 + "^" * 15


def left_open(detail="It ends in the middle. What to do: save it again", **changes):
    changes = {"verdict": "undetermined", "evidence": [], "subject_id": "", **changes}
    return make_observation(changes.pop("subject", "Objects"), detail=detail, **changes)


def undecided(identifier, *observations, status="unknown", **changes):
    return make_result(identifier, status, observations=list(observations), **changes)


def blocks_of(report, look=None, amount=Amount.NORMAL):
    """Return what is told of each control, by its id."""
    text = terminal.render(report, look or Look(), amount=amount)
    assert all(len(line) <= 80 for line in text.splitlines())
    heads = re.compile(r"\w+\[([A-Z]+-[0-9]+)\]: ")
    blocks = [(heads.match(one), flat(one)) for one in text.split("\n\n")]
    return {head[1]: block for head, block in blocks if head}


class TestToldOnce:
    """What leaves many controls open is told of the first; the others say where that is."""

    other = "No source holds it. What to do: read the PBX itself"
    report = make_report(
        undecided("HD-05", left_open()),
        undecided("HD-06", left_open(), left_open(other)),
        undecided("PBX-02", left_open(), severity="critical"),
        undecided("HD-09", left_open(other)),
        undecided("BAK-01", left_open(other), status="manual"),
    )

    def test_each_advice_stands_there_once_and_names_the_controls(self):
        told = blocks_of(self.report)
        assert told.keys() == {"HD-05", "HD-06", "HD-09", "PBX-02", "BAK-01"}
        whole = " ".join(told.values())
        for advice, first, others in (
            ("save it again", "PBX-02", {"HD-05", "HD-06"}),
            ("read the PBX itself", "HD-06", {"HD-09", "BAK-01"}),
        ):
            assert whole.count(advice) == 1
            assert advice in told[first]
            assert {name for name in told if name in told[first].partition("note")[2]} == others
            for name in others:
                assert f"Objects: See {first}" in told[name]

    @pytest.mark.parametrize(
        "other",
        [
            left_open(subject="Devices"),
            left_open("It ends in the middle. What to do: " + "x" * 400 + "y"),
            left_open(evidence=[make_evidence()]),
            left_open(remark="And it is old"),
        ],
    )
    def test_what_is_about_one_control_is_told_there(self, other):
        first = replace(other, detail=other.detail.replace("y", "z"), evidence=[], remark="")
        first = replace(first, subject="Objects")
        told = blocks_of(make_report(undecided("HD-05", first), undecided("HD-06", other)))
        assert "What to do" in told["HD-05"]
        assert "What to do" in told["HD-06"]
        assert "See" not in told["HD-06"]

    def test_a_finding_that_is_not_listed_tells_nobody(self):
        many = [left_open(subject=f"o{n}") for n in range(3)]
        told = blocks_of(
            make_report(
                undecided("HD-05", *many, left_open()),
                undecided("HD-06", left_open()),
            )
        )
        assert "1 more" in told["HD-05"]
        assert "save it again" in told["HD-06"]

    def test_all_is_told_of_each_if_all_is_asked_for(self):
        told = blocks_of(self.report, amount=Amount.VERBOSE)
        assert sum("save it again" in one for one in told.values()) == 3

    def test_in_german_too(self):
        told = blocks_of(self.report, GERMAN)
        assert "Objects: Siehe PBX-02" in told["HD-05"]
        assert "See" not in told["HD-05"]
        assert "leaves open" not in told["PBX-02"]


class TestReasonToldOnce:
    """A long reason of many controls is told once; what to do about it is told of each."""

    reason = together(
        say("it was not found; perhaps where it is stored is not documented"),
        say("no source holds the settings of the device (cfg.txt)"),
    )

    def left_open(self, fact, reason=None, **changes):
        advice = say("find out and attest it in the site file, {key}", key=f"[facts.{fact}]")
        reasons = self.reason if reason is None else reason
        detail = say("{reasons}. What to do: {advice}.", reasons=reasons, advice=advice)
        return left_open(detail, subject=fact, **changes)

    def report(self, *controls):
        """Return a report with what its sentences were made of; each begins with a capital."""
        found = [one.observations for one in controls]
        made = gather([seen.detail for seens in found for seen in seens], [])
        for seens in found:
            seens[:] = [replace(seen, detail=begun(seen.detail)) for seen in seens]
        report = make_report(*controls)
        return replace(report, templates=made.templates, sentences=made.sentences)

    def blocks(self, *second, look=None, amount=Amount.NORMAL):
        report = self.report(undecided("HD-05", self.left_open("one")), undecided("HD-06", *second))
        return blocks_of(report, look, amount)

    def test_each_says_what_to_do_and_the_first_alone_why(self):
        told = self.blocks(self.left_open("two"), self.left_open("three"))
        assert "not documented" in told["HD-05"]
        assert "not documented" not in told["HD-06"]
        assert told["HD-06"].count("See HD-05. Find out") == 2
        for fact, control in (("one", "HD-05"), ("two", "HD-06"), ("three", "HD-06")):
            assert f"[facts.{fact}]" in told[control]

    @pytest.mark.parametrize(
        "changes",
        [
            {"reason": say("no interface shows this; only a person can state it")},
            {"remark": "And it is old"},
            {"evidence": [make_evidence()]},
        ],
        ids=["short", "remark", "place"],
    )
    def test_what_is_short_or_about_one_control_is_told_there(self, changes):
        told = self.blocks(self.left_open("two", **changes))
        assert "See HD-05" not in told["HD-06"]
        assert "What to do: find out" in told["HD-06"]

    def test_a_control_that_points_elsewhere_is_pointed_at_by_none(self):
        """Where the whole is told of another control, so is the reason."""
        report = self.report(
            undecided("HD-05", self.left_open("one")),
            undecided("HD-06", self.left_open("one")),
            undecided("HD-09", self.left_open("two")),
        )
        told = blocks_of(report)
        assert "one: See HD-05" in told["HD-06"]
        assert "See HD-05. Find out" in told["HD-09"]

    def test_all_is_told_of_each_if_all_is_asked_for(self):
        told = self.blocks(self.left_open("two"), amount=Amount.VERBOSE)
        assert all("not documented" in one for one in told.values())

    def test_in_german_too(self):
        told = self.blocks(self.left_open("two"), look=GERMAN)
        assert "Siehe HD-05. " in told["HD-06"]
        assert "Find out" not in told["HD-06"]


class TestGerman:
    def test_the_summary_speaks_german(self):
        text = flat(terminal.render(a_report(), GERMAN))
        for words in ("Nicht bestanden (2)", "kritisch[HD-01]", "4 Prüfpunkte", "Rückgabewert 1"):
            assert words in text
        for words in ("Failed", "Coverage", "Exit code", "critical", "controls"):
            assert words not in text
        assert "Der Basisbenutzer kann nach außen anrufen" in text

    @pytest.mark.parametrize(("status", "verdict", "wrong"), [
        ("failed", "violated", False), ("unknown", "undetermined", True),
        ("manual", "undetermined", True), ("error", "undetermined", True),
    ])  # fmt: skip
    def test_what_is_not_decided_is_no_violation(self, status, verdict, wrong):
        seen = [make_observation(f"o{n}", verdict=verdict) for n in range(5)]
        text = flat(
            terminal.render(make_report(make_result(status=status, observations=seen)), GERMAN)
        )
        assert "2" in text
        assert wrong is ("weitere Verstöße" not in text)

    def test_what_to_do_is_german_and_one_sentence(self):
        text = flat(terminal.render(a_report(), GERMAN))
        assert "Abhilfe: In der Vorlage des Basisbenutzers den Filter intern wählen." in text


def test_what_was_not_read_and_is_not_listed_is_counted():
    gaps = [
        v1.Gap(f"area_{n}", "Not documented", "cfg.txt", None, "Learn it", []) for n in range(5)
    ]
    report = replace(make_report(make_result()), gaps=gaps)
    short = terminal.render(report).splitlines()
    assert sum(line.startswith("Not read") for line in short) == 4
    assert any("2 more" in line for line in short)
    whole = terminal.render(report, amount=Amount.VERBOSE)
    assert all(f"area {n}" in whole for n in range(5))
