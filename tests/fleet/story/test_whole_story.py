"""The story of ten nights: in short, each PBX alone, and the whole of it in both databases."""

from __future__ import annotations

import json
from itertools import product

import pytest

from auditor.run.report_writer import OF_REPORT
from tests.fleet.runner.conftest import Inline
from tests.fleet.story import world
from tests.fleet.story.telling import NIGHTS, STORY, Clock, Teller, at, changes_by_pbx, set_clock
from tests.fleet.story.whole import Whole, everybody, findings

QUICK = {one["id"] for one in STORY["pbx"] if one.get("quick")}
# What rests on more than what was read: waivers, another box, what could be seen.
FEW = {"alpen-accepted", "city-serial", "dorf-view"}
FORMS = ("table", "json", "csv")


@pytest.fixture
def whole(request, tmp_path, monkeypatch):
    """Give what begins a fleet of the PBXs of the story that fit, in a folder and database."""

    def begin(fits=lambda _: True, url=""):
        from_now = request.getfixturevalue("console")
        folder = tmp_path / ("postgresql" if url else "sqlite")
        folder.mkdir()
        monkeypatch.chdir(folder)

        def use(workers):
            monkeypatch.setattr("auditor.fleet.runner.fleet_run.WorkerPool", workers)

        use(Inline)
        set_clock(monkeypatch)
        Clock.moment = at(1)
        teller = Teller(folder, from_now, everybody(fits))
        if url:
            from_now.setenv("STORY_HISTORY", url)
            teller.head += 'history_env = "STORY_HISTORY"\n'
        return Whole(teller, use, monkeypatch)

    return begin


def told_right(whole):
    assert not whole.wrong, "\n" + json.dumps(whole.wrong, indent=1, ensure_ascii=False)


def test_the_story_in_short(whole):
    story = whole(lambda told: told["id"] in QUICK)
    story.tell_in_short()
    told_right(story)
    check_canaries(story)


def test_some_of_it_in_the_other_database(database, whole):
    story = whole(lambda told: told["id"] in FEW, database)
    story.tell_in_short()
    told_right(story)


@pytest.mark.soak
@pytest.mark.parametrize("name", [one["id"] for one in STORY["pbx"]])
def test_one_pbx_alone(whole, name):
    (with_it,) = [one.get("with", "") for one in STORY["pbx"] if one["id"] == name]
    story = whole(lambda told: told["id"] in {name, with_it})
    story.tell_in_short()
    told_right(story)


@pytest.mark.soak
def test_the_whole_story(database, whole):
    """Both databases answer alike, and what looks back says what each night said."""
    answers = []
    for url in ("", database):
        story = whole(url=url)
        story.tell()
        told_right(story)
        check_histories(story)
        check_drift(story)
        check_asked(story)
        check_canaries(story)
        check_past_reports(story)
        answers.append(answers_of(story))
    assert answers[0] == answers[1]


def check_histories(story):
    for one in story.teller.pbxs:
        document = story.teller.json("history", one.id)
        for told, expected in one.history.items():
            assert stands(document, told, story.runs) == expected, (one.id, told)
    assert story.teller.console("fleet", "history", "verify").code == 0


def stands(document, told, runs):
    """Return how a finding of the story stands by a history, in nights."""
    nights = {run: night for night, run in runs.items()}
    control, _, subject = told.partition(":")
    (found,) = [
        one
        for one in document["findings"]
        if one["control"] == control
        and subject in json.dumps([one["subject"], one["property"]]).lower()
    ]
    when = {
        # A run that is not the first of its night belongs to the night as well.
        what: nights[max(number for number in nights if number <= found[what]["run"])]
        for what in ("first_seen", "last_seen", "fixed", "reopened")
        if found[what]
    }
    return {"standing": found["standing"], **when}


def check_drift(story):
    """Find in all that changed since the first run what each night said, and no more."""
    since = changes_by_pbx(story.teller.json("drift", "--since", "1"))
    nightly = changes_by_pbx({"changes": story.drifted})
    listed = {one.id for one in story.teller.pbxs}
    assert {pbx: in_order(since[pbx]) for pbx in since} == {
        pbx: in_order(nightly[pbx]) for pbx in nightly if pbx in listed
    }


def in_order(changes):
    # A subject has its newest name everywhere.
    bare = [{name: value for name, value in one.items() if name != "subject"} for one in changes]
    return sorted(json.dumps(one, sort_keys=True) for one in bare)


def check_past_reports(story):
    for (night, pbx), kept in story.reports.items():
        day = world.day(night).isoformat()
        out = story.teller.path / "again" / pbx / day
        options = ("--at", day, "--format", "json", "--out", out)
        ended = story.teller.console("fleet", "report", pbx, *options)
        assert ended.code == 0, ended.said
        again = findings(json.loads((out / "report.json").read_text("utf-8")))
        assert again == kept, (pbx, night)


def check_asked(story):
    """Ask of each day who failed; that is who did by the report of that day."""
    for night in NIGHTS:
        answers = story.teller.json("ask", "HD-03", "--at", world.day(night).isoformat())
        failed = {one["pbx"] for one in answers["answers"] if one["answer"] == "failed"}
        assert failed == {
            pbx
            for (of_night, pbx), report in story.reports.items()
            if of_night == night and ("HD-03", "failed") in {one[:2] for one in report["results"]}
        }, night


# Everybody who is told is told the details, too.
RECIPIENT = """
[[recipient]]
id = "to-{number}"
tenants = ["{tenant}"]
details = true
{way}
"""
WAYS = (
    'channel = "command"\ncommand = ["true"]',
    'channel = "mail"\nto = ["a@b.example"]\nsender = "c@b.example"\nserver = "mx.b.example"',
    'channel = "teams"\nurl_env = "NOWHERE"',
    'channel = "slack"\nurl_env = "NOWHERE"',
    'channel = "syslog"\nserver = "log.b.example"',
)
# A PDF is packed, so nothing would be found in it; it is printed of the HTML that is looked at.
EVERY_FORMAT = ",".join(one for one in OF_REPORT if one != "pdf")


def check_canaries(story):
    """Find no word of a tenant in anything that is made for another one."""
    there = {one.tenant for one in story.teller.pbxs}
    for tenant in there:
        word, others = world.TENANTS[tenant], world.TENANTS.keys() - {tenant}
        foreign = [*(world.TENANTS[one].lower() for one in others), *(f"{one}-" for one in others)]
        texts = [*written_for(story, tenant), *said_to(story, tenant), *sent_to(story, tenant)]
        assert any(word.lower() in text for _, text in texts)
        for where, text in texts:
            assert not [one for one in foreign if one in text], (tenant, where)


def written_for(story, tenant):
    for path in (story.teller.path / "reports" / tenant).rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode("utf-8", "replace").lower()


def said_to(story, tenant):
    asked = [("status",), ("drift", "--since", "1"), ("ask", "HD-03"), ("outliers",)]
    asked = [(*one, "--tenant", tenant) for one in asked]
    asked += [("history", one.id) for one in story.teller.pbxs if one.tenant == tenant]
    for arguments, form, language in product(asked, FORMS, ("de", "en")):
        more = ("--format", form, "--language", language)
        yield f"{arguments} {more}", story.teller.console("fleet", *arguments, *more).said.lower()
    for options, said in story.outputs:
        if options == ("--only", f"tenant={tenant}"):
            yield f"run {options}", said.lower()


def sent_to(story, tenant):
    """Yield what leaves for a tenant beside its reports: pages, exports, metrics and digests."""
    console, path = story.teller.console, story.teller.path
    out = path / f"sent-{tenant}"
    yield "metrics", console("fleet", "metrics", "--tenant", tenant).said.lower()
    console("fleet", "page", "--reports", "all", "--tenant", tenant, "--out", out)
    for pbx in [one.id for one in story.teller.pbxs if one.tenant == tenant][:2]:
        console("fleet", "report", pbx, "--format", EVERY_FORMAT, "--out", out / f"report-{pbx}")
    made = [one for one in out.rglob("*") if one.is_file()]
    assert {"index.html", "report.html", "findings.csv"} <= {one.name for one in made}
    for one in made:
        yield str(one), one.read_bytes().decode("utf-8", "replace").lower()
    inventory = path / "fleet.toml"
    before = inventory.read_text(encoding="utf-8")
    blocks = (
        RECIPIENT.format(tenant=tenant, number=number, way=way) for number, way in enumerate(WAYS)
    )
    inventory.write_text(before + "".join(blocks), encoding="utf-8")
    try:
        ended = console("fleet", "digest", "--dry-run", "--tenant", tenant)
    finally:
        inventory.write_text(before, encoding="utf-8")
    assert ended.code == 0, ended.said
    yield "digest", ended.said.lower()


def answers_of(story):
    asked = [("outliers",), ("drift", "--since", "1"), ("ask", "HD-03"), ("status",)]
    asked += [("history", one.id) for one in story.teller.pbxs]
    return [story.answers, *(story.teller.json(*one) for one in asked)]
