"""The terminal summary: within its width, in its alphabet, and deaf to what names tell it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from auditor.report import v1
from auditor.report.formats import terminal
from tests.report.factory import (
    ACCEPTED,
    make_observation,
    make_report,
    make_result,
    make_waiver,
    with_waivers,
)

COLOUR = re.compile(r"\x1b\[[0-9]+m")


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


@pytest.mark.parametrize("width", [40, 59, 60, 80, 120])
@pytest.mark.parametrize("unicode", [True, False])
def test_no_line_is_longer_than_the_width(width, unicode):
    long = make_result("HD-07", title="t" * 4_000, observations=[make_observation("s" * 4_000)])
    report = make_report(*a_report().results, long)
    text = terminal.render(report, width=width, unicode=unicode)
    assert max(len(line) for line in text.splitlines()) <= width


def test_colour_only_adds_escapes():
    plain = terminal.render(a_report())
    coloured = terminal.render(a_report(), colour=True)
    assert "\x1b" not in plain
    assert COLOUR.search(coloured)
    assert COLOUR.sub("", coloured) == plain


def test_ascii_only_without_unicode():
    text = terminal.render(a_report(), unicode=False)
    assert text.isascii()
    assert r"m\xfcller" in text
    assert '"short": 4 characters...' in " ".join(text.split())


def test_names_cannot_steer_the_terminal():
    hostile = "a\x1b]0;owned\x07\x1b[2J\r\n\x9b31m\u202eb"
    report = make_report(
        make_result(hostile, title=hostile, observations=[make_observation(hostile)]),
        make_result("HD-16", "waived", observations=[make_observation(hostile, waived=True)]),
        gaps=[v1.Gap(hostile, hostile, hostile, None, hostile, [])],
        accepted=[replace(ACCEPTED, reason=hostile, owner=hostile, subject=hostile)],
    )
    report = with_waivers(report, make_waiver(value=hostile, detail=hostile, place=hostile))
    text = terminal.render(report)
    assert all(character == "\n" or character.isprintable() for character in text)
    assert r"a\x1b]0;owned\x07\x1b[2J" in text


def test_controls_come_by_urgency_with_their_first_finding():
    text = terminal.render(a_report())
    places = [text.index(f"{name} ") for name in ("HD-01", "HD-05", "HD-02", "HD-04")]
    assert places == sorted(places)
    assert "The name is not documented" in text
    assert "(and 1 more finding)" in " ".join(text.split())
    assert "(with remarks)" in text


def test_figures_and_exit_code_are_there():
    text = terminal.render(a_report())
    assert "Score     withheld (1 could not be decided)" in text
    for line in ("Controls ", "Failed ", "Coverage "):
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
    text = terminal.render(with_waivers(report, make_waiver(), make_waiver(state="used")))
    flat = " ".join(text.split())
    assert "waived high HD-16" in flat
    assert "goetz: The effective call filter" in flat
    assert "(and 1 more finding)" in flat
    assert "(and 1 accepted)" in flat
    assert "Accepted HD-16 goetz: K. Koerner until 2027-01-31: Home office" in flat
    assert flat.count("waiver expired on 2026-11-01") == 1
    assert "(waivers.toml:3)" in flat


def test_many_accepted_risks_are_counted():
    text = terminal.render(make_report(make_result(), accepted=[ACCEPTED] * 1_200))
    assert text.count("Home office") == 5
    assert "and 1,195 more, all in report.json" in text


def test_a_violation_says_why_its_waiver_does_not_count():
    found = make_observation("goetz", waiver_note="waiver expired on 2026-11-01 (w.toml:3)")
    text = terminal.render(make_report(make_result(observations=[found])))
    assert "goetz: waiver expired on 2026-11-01 (w.toml:3): The effective" in " ".join(text.split())
