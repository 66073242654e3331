"""Waivers on the command line: refused before anything is read, and seen in everything written."""

from __future__ import annotations

import json
import os
import re
import stat
from datetime import timedelta

import pytest

from auditor.simulator.server import SimulatorServer
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, simulated, write
from tests.fixtures.program import WITH_PBX_PASSWORD, execute, site_option
from tests.fixtures.sentences import says
from tests.fixtures.waivers import waiver_text, waiver_today

BASE = "hot-desk-base"
HOSTILE = "<script>alert(1)</script>\x1b[31m\u202e| `x` \x9b2J"
NEW = {
    "--reason": "Home office",
    "--owner": "K. Koerner",
    "--approver": "A. Muster",
    "--ticket": "SEC-1",
}


@pytest.fixture
def audit(console, tmp_path):
    """Audit the insecure PBX with waivers; return how it ended and the report.

    Nothing but the report is written, unless `more` says what else.
    """
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
    write(tmp_path, {"cfg.txt": configuration_of("insecure")})

    def run(*waivers, more=("--format", "json")):
        write(tmp_path, {"waivers.toml": waiver_text(*waivers)})
        arguments = ("--waivers", "waivers.toml", "--out", "out", *more)
        ended = console("audit", "cfg.txt", *site_option("insecure"), *arguments)
        return ended, json.loads((tmp_path / "out" / "report.json").read_bytes())

    return run


def result_of(report, control):
    (found,) = (result for result in report["results"] if result["id"] == control)
    return found


def prints(report):
    return [o["fingerprint"] for result in report["results"] for o in result["observations"]]


GOOD = waiver_text(waiver_today())
ALL = ("--format", "json,html,remediation")


def with_lines(*lines):
    """Return the good file with some of its lines replaced."""
    text = GOOD
    for line in lines:
        key = line.partition(" ")[0]
        text = re.sub(f"^{key} = .*$", line, text, flags=re.MULTILINE)
    return text


BAD = {
    "unknown key": (GOOD + 'owners = "x"\n', 10),
    "twice": (f"{GOOD}\n{GOOD}", 11),
    "unknown control": (with_lines('rule = "HD-99"'), 2),
    "too wide": (with_lines('name = ".*"'), 3),
    "no pattern": (with_lines('name = "("'), 3),
    "no TOML": ("[[waivers]]\nrule = \n", 2),
    "from the future": (with_lines("created = 2199-01-01", "expires = 2199-02-01"), 8),
    "ends before it begins": (with_lines("expires = 2001-01-01"), 9),
    "too long": (with_lines("expires = 2199-01-01"), 9),
    "without an owner": (GOOD.replace('owner = "K. Koerner"\n', ""), 1),
    "one good, one bad": (GOOD + "\n" + with_lines('rule = "XX-01"'), 12),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize(
    "command",
    [
        ["audit", "URL", "--waivers", "waivers.toml", "--out", "out"],
        ["audit", "URL", "--site", "site.toml", "--out", "out"],
        ["waivers", "lint", "waivers.toml"],
        ["waivers", "list", "waivers.toml"],
        ["waivers", "audit", "waivers.toml", "--in", "no-such-report.json"],
    ],
    ids=["audit", "site", "lint", "list", "waivers-audit"],
)
def test_a_wrong_file_stops_everything_before_any_traffic(console, tmp_path, server, name, command):
    content, line = BAD[name]
    site = '[waivers]\nfile = "waivers.toml"\n'
    write(tmp_path, {"waivers.toml": content, "site.toml": site})
    console.login(server.pbx)
    ended = console(*(server.url if word == "URL" else word for word in command))
    assert (ended.code, ended.out) == (2, "")
    assert f"waivers.toml:{line}: " in ended.err
    assert says("What to do: ", ended.err)
    assert server.requests == []
    assert not (tmp_path / "out").exists()
    assert (tmp_path / "waivers.toml").read_text(encoding="utf-8") == content


@pytest.mark.parametrize(
    ("content", "said"),
    [(None, "cannot be read"), (b"\xff\xfe", "UTF-8"), (b"x = " + b"[" * 9999, "nested")],
)
def test_a_file_that_cannot_be_read(console, tmp_path, content, said):
    write(tmp_path, {"cfg.txt": configuration_of()})
    if content is not None:
        write(tmp_path, {"waivers.toml": content})
    ended = console("audit", "cfg.txt", *site_option(), "--waivers", "waivers.toml")
    assert (ended.code, ended.out) == (2, "")
    assert said in ended.err
    assert "waivers.toml" in ended.err


def test_the_file_of_a_site_file_is_beside_it(console, tmp_path):
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
    site = simulated("insecure").site.read_text(encoding="utf-8")
    write(
        tmp_path,
        {
            "cfg.txt": configuration_of("insecure"),
            "sites/site.toml": site + '\n[waivers]\nfile = "accepted.toml"\n',
            "sites/accepted.toml": waiver_text(waiver_today(rule="HD-12", name=BASE)),
            "none.toml": "",
        },
    )
    arguments = ("audit", "cfg.txt", "--site", "sites/site.toml", "--out", "out")
    console(*arguments)
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert result_of(report, "HD-12")["status"] == "waived"
    assert report["run"]["waiver_file"] == "accepted.toml"
    console(*arguments, "--waivers", "none.toml")
    report = json.loads((tmp_path / "out" / "report.json").read_bytes())
    assert result_of(report, "HD-12")["status"] == "failed"


class TestEndToEnd:
    def test_one_of_several_findings(self, audit):
        plain, before = audit()
        ended, after = audit(waiver_today(rule="HD-16", name=r"s\.gruenwald"))
        assert ended.code == plain.code == 1
        assert prints(after) == prints(before)
        found = result_of(after, "HD-16")
        assert found["status"] == "failed"
        waived = [o for o in found["observations"] if o["waived"]]
        assert len(waived) == 2
        assert all("gruenwald" in o["subject"] for o in waived)
        assert {o["verdict"] for o in waived} == {"violated"}
        assert [a["fingerprint"] for a in after["accepted"]] == [o["fingerprint"] for o in waived]
        unlike = {
            a["id"] for a, b in zip(before["results"], after["results"], strict=True) if a != b
        }
        assert unlike == {"HD-16"}

    def test_all_of_one_control(self, audit):
        ended, report = audit(waiver_today(rule="HD-12", name=BASE))
        assert ended.code == 1
        assert result_of(report, "HD-12")["status"] == "waived"
        summary = report["summary"]
        assert summary["counts"]["waived"] == 1
        assert summary["verdict"] == "noncompliant"
        assert summary["score"] == 0
        assert "HD-12" not in summary["reasons"][0]
        assert "0: accepted by waivers: HD-12" in summary["reasons"]

    def test_it_is_seen_in_every_output(self, audit, tmp_path):
        made = waiver_today(rule="HD-12", name=BASE, reason="Old phones", ticket="SEC-77")
        ended, report = audit(made, more=ALL)
        (accepted,) = report["accepted"]
        runbook = (tmp_path / "out/remediation/runbook.md").read_text(encoding="utf-8")
        page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
        plan = json.loads((tmp_path / "out/remediation/plan.json").read_bytes())
        for text in (ended.out, page, runbook.replace("\\", ""), json.dumps(accepted)):
            for word in ("HD-12", "Old phones", "K. Koerner", made.expires.isoformat()):
                assert word in " ".join(text.split())
        for text in (page, json.dumps(accepted)):
            assert "A. Muster" in text
            assert "SEC-77" in text
            assert "waivers.toml:1" in text
        assert "HD-12" not in {step["control"] for step in plan["steps"]}
        assert [one["control"] for one in plan["left_out"]] == ["HD-12"]

    def test_everything_accepted_exits_0_and_does_not_shine(self, audit, tmp_path):
        _, before = audit()
        waivers = [
            waiver_today(rule=result["id"], subject=identity)
            for result in before["results"]
            for identity in {
                o["subject_id"] for o in result["observations"] if o["verdict"] == "violated"
            }
        ]
        ended, report = audit(*waivers, more=("--format", "json,html"))
        assert ended.code == 0
        assert {result["status"] for result in report["results"]} == {"waived"}
        assert report["summary"]["score"] == before["summary"]["score"] == 0
        assert "accepted" in report["summary"]["sentence"]
        page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
        assert says("Compliant but for accepted risks", page)

    def test_what_could_not_be_decided_cannot_be_waived(self, console, tmp_path):
        write(
            tmp_path,
            {
                "cfg.txt": configuration_of("hardened"),
                "waivers.toml": waiver_text(waiver_today(rule="HD-01", name=BASE)),
            },
        )
        arguments = ("--waivers", "waivers.toml", "--out", "out")
        ended = console("audit", "cfg.txt", *site_option(), *arguments)
        report = json.loads((tmp_path / "out" / "report.json").read_bytes())
        assert ended.code == 4
        assert result_of(report, "HD-01")["status"] == "unknown"
        assert report["accepted"] == []
        assert [one["state"] for one in report["run"]["waivers"]] == ["undecided"]

    def test_an_expired_one_counts_again_and_every_output_says_so(self, audit, tmp_path):
        today = waiver_today().created + timedelta(days=30)
        days = {"created": today - timedelta(90), "expires": today - timedelta(5)}
        made = waiver_today(rule="HD-12", name=BASE, **days)
        ended, report = audit(made, more=(*ALL, "--fail-on", "low", "--control", "HD-12"))
        said = f"Waiver expired on {made.expires}"
        assert ended.code == 1
        assert said in " ".join(ended.out.split())
        assert said in (tmp_path / "out/report.html").read_text(encoding="utf-8")
        (seen,) = result_of(report, "HD-12")["observations"]
        assert (seen["waived"], said in seen["waiver_note"]) == (False, True)
        assert [one["state"] for one in report["run"]["waivers"]] == ["expired"]

    def test_live(self, tmp_path):
        pbx = simulated("insecure")
        write(tmp_path, {"w.toml": waiver_text(waiver_today(rule="HD-12", name=BASE))})
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        login = {"PBX_AUDITOR_USERNAME": viewer.username, "PBX_AUDITOR_PASSWORD": viewer.password}
        with SimulatorServer(pbx) as server:
            more = ("--waivers", "w.toml", "--out", "out")
            arguments = ["audit", server.url, *site_option("insecure"), *more]
            ended = execute(arguments, tmp_path, **login, **WITH_PBX_PASSWORD)
        assert ended.code == 1
        report = json.loads((tmp_path / "out" / "report.json").read_bytes())
        assert result_of(report, "HD-12")["status"] == "waived"

    def test_an_unreachable_pbx_makes_no_waiver_gone_or_unused(self, console, tmp_path):
        with SimulatorServer(simulated()) as server:
            url = server.url
        write(tmp_path, {"w.toml": waiver_text(waiver_today(rule="HD-12", name=BASE))})
        console.login(simulated())
        ended = console("audit", url, "--waivers", "w.toml", "--out", "out")
        report = json.loads((tmp_path / "out" / "report.json").read_bytes())
        assert ended.code == 3
        assert [one["state"] for one in report["run"]["waivers"]] == ["undecided"]


class TestHostileText:
    @pytest.fixture
    def hostile(self):
        texts = dict.fromkeys(("reason", "owner", "approver", "ticket"), HOSTILE)
        return [
            waiver_today(rule="HD-12", name=BASE, **texts),
            waiver_today(rule="HD-04", subject=HOSTILE, **texts),
        ]

    def test_reports(self, audit, hostile, tmp_path):
        ended, report = audit(*hostile, more=ALL)
        assert result_of(report, "HD-12")["status"] == "waived"
        page = (tmp_path / "out/report.html").read_text(encoding="utf-8")
        runbook = (tmp_path / "out/remediation/runbook.md").read_text(encoding="utf-8")
        assert "<script>alert" not in page
        assert page.count("<script") == 3  # our own, and two of data
        assert not re.search(r"(?<!\\)<script", runbook)
        for text in (page, runbook, ended.said):
            assert not re.search("[\x1b\x9b\u202e]", text)

    def test_lists(self, console, hostile, tmp_path):
        write(tmp_path, {"w.toml": waiver_text(*hostile)})
        for code, *arguments in ((0, "list"), (0, "lint"), (1, "list", "--expiring", "366d")):
            ended = console("waivers", arguments[0], "w.toml", *arguments[1:])
            assert ended.code == code
            assert not re.search("[\x1b\x9b\u202e]", ended.said)


class TestLint:
    def test_a_good_file(self, console, tmp_path):
        write(tmp_path, {"w.toml": waiver_text(waiver_today())})
        assert console("waivers", "lint", "w.toml").code == 0

    def test_an_expired_waiver_is_refused_with_its_line(self, console, tmp_path):
        today = waiver_today().created + timedelta(days=30)
        old = waiver_today(
            name="old", created=today - timedelta(100), expires=today - timedelta(50)
        )
        write(tmp_path, {"w.toml": waiver_text(waiver_today(), old)})
        ended = console("waivers", "lint", "w.toml")
        assert ended.code == 2
        assert "w.toml:11: " in ended.err
        assert "expired on" in ended.err

    def test_one_person_in_both_roles_is_remarked_on(self, console, tmp_path):
        write(tmp_path, {"w.toml": waiver_text(waiver_today(approver="k. koerner"))})
        ended = console("waivers", "lint", "w.toml")
        assert ended.code == 0
        assert "w.toml:1: " in ended.err
        assert says("owner approves", ended.err)


class TestList:
    @pytest.fixture
    def file(self, tmp_path):
        today = waiver_today().created + timedelta(days=30)
        ends = {"old": -3, "soon": 20, "later": 200}
        waivers = [
            waiver_today(name=n, created=today - timedelta(60), expires=today + timedelta(days))
            for n, days in ends.items()
        ]
        write(tmp_path, {"w.toml": waiver_text(*waivers)})
        return "w.toml"

    @pytest.mark.parametrize(
        ("expiring", "names", "code"),
        [
            ([], ["old", "soon", "later"], 0),
            (["--expiring", "30d"], ["old", "soon"], 1),
            (["--expiring", "5"], ["old"], 1),
        ],
    )
    def test_by_date(self, console, file, expiring, names, code):
        ended = console("waivers", "list", file, *expiring, "--json")
        listed = json.loads(ended.out)
        assert ended.code == code
        assert [one["value"] for one in listed] == names
        assert listed[0]["state"] == "expired"
        assert listed[0]["days_left"] < 0
        text = console("waivers", "list", file, *expiring).out
        assert all(name in text for name in names)

    def test_none_that_ends_soon_is_fine(self, console, tmp_path):
        write(tmp_path, {"w.toml": waiver_text(waiver_today())})
        ended = console("waivers", "list", "w.toml", "--expiring", "1d", "--json")
        assert (ended.code, json.loads(ended.out)) == (0, [])

    @pytest.mark.parametrize("days", ["soon", "30w", "-1", "1.5d"])
    def test_no_number_of_days(self, console, file, days):
        ended = console("waivers", "list", file, f"--expiring={days}")
        assert ended.code == 2
        assert "--expiring" in ended.err


class TestAudit:
    def states(self, console, *waivers, more=()):
        write(console.folder, {"waivers.toml": waiver_text(*waivers)})
        arguments = ("waivers.toml", "--in", "out/report.json", "--json", *more)
        ended = console("waivers", "audit", *arguments)
        return ended.code, [one["state"] for one in json.loads(ended.out)]

    def test_what_each_did(self, audit, console):
        used = waiver_today(rule="HD-12", name=BASE)
        unused = waiver_today(rule="HD-12", name=r"a\.celik")
        gone = waiver_today(rule="HD-12", name="nobody")
        lost = waiver_today(rule="HD-04", name=BASE, configuration="0" * 64)
        audit(used, unused, gone, lost)
        found = self.states(console, used, unused, gone, lost)
        assert found == (1, ["used", "unused", "gone", "lost"])

    def test_all_well(self, audit, console):
        used = waiver_today(rule="HD-12", name=BASE)
        audit(used)
        assert self.states(console, used) == (0, ["used"])

    def test_one_that_ends_soon_is_marked(self, audit, console):
        used = waiver_today(rule="HD-12", name=BASE)
        audit(used)
        assert self.states(console, used, more=("--expiring", "300d")) == (0, ["expiring"])

    def test_what_the_report_cannot_tell(self, audit, console):
        audit(
            waiver_today(rule="HD-12", name=BASE), more=("--format", "json", "--control", "HD-04")
        )
        new = waiver_today(rule="HD-05", name=BASE)
        old = waiver_today(rule="HD-12", name=BASE)
        assert self.states(console, new, old) == (4, ["not-in-report", "not-run"])

    def test_one_that_expired_since(self, audit, console):
        used = waiver_today(rule="HD-12", name=BASE)
        audit(used)
        today = used.created + timedelta(days=30)
        ended = used.model_copy(update={"expires": today - timedelta(3)})
        assert self.states(console, ended) == (1, ["expired"])

    def test_one_that_was_renewed_since(self, audit, console):
        used = waiver_today(rule="HD-12", name=BASE)
        today = used.created + timedelta(days=30)
        audit(used.model_copy(update={"expires": today - timedelta(3)}))
        assert self.states(console, used) == (4, ["not-in-report"])

    @pytest.mark.parametrize("content", [b"", b"{}", b'{"schema_version": "1.0"}', b"\xff", None])
    def test_what_is_no_report(self, console, tmp_path, content):
        write(tmp_path, {"w.toml": waiver_text(waiver_today())})
        if content is not None:
            write(tmp_path, {"r.json": content})
        ended = console("waivers", "audit", "w.toml", "--in", "r.json")
        assert (ended.code, ended.out) == (2, "")
        assert "r.json" in ended.err


class TestAdd:
    def add(self, console, *more, file="w.toml", **changes):
        ends = (waiver_today().created + timedelta(days=200)).isoformat()
        given = {"--rule": "HD-12", "--expires": ends, **NEW, **changes}
        words = [word for pair in given.items() for word in pair]
        return console("waivers", "add", file, *words, *more)

    @pytest.mark.parametrize(
        "before", [None, b"", b"# ours\n\n", b"\xef\xbb\xbf# ours", b"# ours\r\n# x\r\n"]
    )
    def test_it_appends_and_leaves_the_rest_alone(self, console, tmp_path, before):
        if before is not None:
            write(tmp_path, {"w.toml": before})
        assert self.add(console, "--name", "lobby-1").code == 0
        first = (tmp_path / "w.toml").read_bytes()
        assert first.startswith(before or b"")
        assert self.add(console, "--subject", 'a:b \\ "c"').code == 0
        second = (tmp_path / "w.toml").read_bytes()
        assert second.startswith(first)
        ended = console("waivers", "list", "w.toml", "--json")
        assert [one["value"] for one in json.loads(ended.out)] == ["lobby-1", 'a:b \\ "c"']

    @pytest.mark.skipif(os.name == "nt", reason="modes are of POSIX")
    @pytest.mark.parametrize("mode", [0o644, 0o600])
    def test_it_keeps_the_mode_and_what_a_link_leads_to(self, console, tmp_path, mode):
        write(tmp_path, {"real/w.toml": "# ours\n"})
        (tmp_path / "real/w.toml").chmod(mode)
        (tmp_path / "link.toml").symlink_to(tmp_path / "real/w.toml")
        assert self.add(console, "--name", "lobby-1", file="link.toml").code == 0
        assert (tmp_path / "link.toml").is_symlink()
        assert stat.S_IMODE((tmp_path / "real/w.toml").stat().st_mode) == mode
        assert "lobby-1" in (tmp_path / "real/w.toml").read_text(encoding="utf-8")

    @pytest.mark.parametrize(
        ("more", "changes", "said"),
        [
            ([], {}, "exactly one"),
            (["--name", "a-b", "--guid", "aa"], {}, "exactly one"),
            (["--name", ".*"], {}, "--name: the pattern is too wide"),
            (["--guid", "the base"], {}, "--guid"),
            (["--name", "lobby"], {"--rule": "HD-99"}, "no such control"),
            (["--name", "lobby"], {"--reason": " "}, "--reason"),
            (["--name", "lobby"], {"--expires": "2001-01-01"}, "--expires: the day lies before"),
            (["--name", "lobby"], {"--expires": "2999-01-01"}, "366 days"),
            (["--name", "lobby"], {"--expires": "soon"}, "--expires"),
            (["--name", "there"], {}, "same control and selector stand in line 2"),
            (["--name", "lobby", "--bind"], {}, "--bind and --in"),
            (["--name", "lobby", "--in", "s.json"], {}, "--bind and --in"),
            (["--name", "lobby", "--bind", "--in", "s.json"], {}, "s.json"),
        ],
    )
    def test_what_is_wrong_is_refused_and_nothing_is_written(
        self, console, tmp_path, more, changes, said
    ):
        before = "# ours\n" + waiver_text(waiver_today(rule="HD-12", name="there"))
        write(tmp_path, {"w.toml": before})
        ended = self.add(console, *more, **changes)
        assert ended.code == 2
        assert said in " ".join(ended.err.split())
        assert (tmp_path / "w.toml").read_text(encoding="utf-8") == before
        assert [path.name for path in tmp_path.iterdir()] == ["w.toml"]

    @pytest.mark.parametrize("before", ["waivers = []\n", "[other]\n", "x"])
    def test_a_file_that_cannot_take_one_more_stays_as_it_is(self, console, tmp_path, before):
        write(tmp_path, {"w.toml": before})
        assert self.add(console, "--name", "lobby").code == 2
        assert (tmp_path / "w.toml").read_text(encoding="utf-8") == before

    def test_a_place_that_cannot_be_written(self, console, tmp_path):
        write(tmp_path, {"file": ""})
        ended = self.add(console, "--name", "lobby", file="file/w.toml")
        assert ended.code in {2, 6}
        assert ended.err

    def test_a_bound_one_is_lost_when_the_object_changes(self, audit, console, tmp_path):
        audit()
        console("collect", "cfg.txt", *site_option("insecure"), "-o", "s.json")
        ended = self.add(console, "--name", BASE, "--bind", "--in", "s.json", file="b.toml")
        assert ended.code == 0
        for number, status in (("190", "waived"), ("191", "failed")):
            text = configuration_of("insecure").replace(b"(e164=190)", f"(e164={number})".encode())
            write(tmp_path, {"cfg.txt": text})
            more = ("--waivers", "b.toml", "--out", "out")
            console("audit", "cfg.txt", *site_option("insecure"), *more)
            report = json.loads((tmp_path / "out/report.json").read_bytes())
            assert result_of(report, "HD-12")["status"] == status

    @pytest.mark.parametrize("selector", ["nobody", r"[a-z]\.[a-m].*"])
    def test_it_binds_to_one_object_only(self, audit, console, tmp_path, selector):
        audit()
        console("collect", "cfg.txt", *site_option("insecure"), "-o", "s.json")
        ended = self.add(console, "--name", selector, "--bind", "--in", "s.json", file="b.toml")
        assert ended.code == 2
        assert says("objects of the snapshot", ended.err)
        assert not (tmp_path / "b.toml").exists()


@pytest.mark.parametrize("arguments", [["waivers"], ["waivers", "nothing"], ["waivers", "lint"]])
def test_usage(console, arguments):
    ended = console(*arguments)
    assert ended.code == 2
    assert "waivers" in ended.said
