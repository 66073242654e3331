"""`rules` and `attest` as people run them, and audits with controls and choices of a site."""

from __future__ import annotations

import json
import re
from importlib.metadata import EntryPoint

import pytest

from auditor.checks.support.observe import compliant
from auditor.messages.message import say
from auditor.model.result import Subject
from auditor.resources import rules_directory
from auditor.rules.catalogue import load_catalogue
from tests.fixtures.pbx import configuration_of, simulated
from tests.fixtures.sentences import says, sentence
from tests.fixtures.waivers import waiver_text, waiver_today

BUNDLED = next(rules_directory().rglob("PBX-01-*.toml")).read_text("utf-8")
OWN = BUNDLED.replace('id = "PBX-01"', 'id = "OWN-01"').replace("PBX-01", "OWN-01")
LOOKED = ("--by", "A. Muster", "--until", "2099-12-31")


@pytest.fixture
def own(console):
    folder = console.folder / "own"
    folder.mkdir()
    (folder / "OWN-01.toml").write_text(OWN, encoding="utf-8")
    return folder


@pytest.fixture
def cfg(console):
    path = console.folder / "cfg.txt"
    path.write_bytes(configuration_of("insecure"))
    return path


def report_of(console, *arguments, formats="json"):
    ended = console("audit", *arguments, "--out", "out", "--format", formats)
    assert ended.code in {0, 1, 4}, ended.err
    return json.loads((console.folder / "out" / "report.json").read_text("utf-8")), ended


class TestRules:
    def test_list_names_every_control_of_a_profile(self, console):
        lines = console("rules", "list", "--profile", "tutorial").out.splitlines()
        assert [line.split()[0] for line in lines] == sorted(
            load_catalogue().profiles["tutorial"].controls
        )

    def test_list_as_json_says_where_a_control_comes_from(self, console, own):
        entries = json.loads(console("rules", "list", "--json", "--rules", own).out)
        origins = {entry["id"]: entry["origin"] for entry in entries}
        assert origins["OWN-01"] == str(own)
        assert origins["HD-01"] == ""

    @pytest.mark.parametrize("name", load_catalogue().rules)
    def test_explain_says_why_how_and_what_to_do_in_80_columns(self, console, name):
        rule = load_catalogue().rules[name]
        ended = console("rules", "explain", name)
        assert ended.code == 0
        flat = " ".join(ended.out.split())
        for text in (rule.title, rule.rationale, rule.expected, rule.remediation.ui_path):
            assert " ".join(text.split()) in flat
        prose = ended.out.partition("EXAMPLES")[0]
        assert max(map(len, prose.splitlines())) <= 100

    @pytest.mark.parametrize(
        "arguments",
        [
            ("rules", "explain", "XX-99"),
            ("rules", "list", "--profile", "none"),
            ("rules", "list", "--rules", "nowhere"),
        ],
    )
    def test_what_is_not_there_is_an_error(self, console, arguments):
        ended = console(*arguments)
        assert ended.code == 2
        assert says("What to do", ended.err)

    def test_explain_a_finding(self, console, cfg):
        site = ("--site", simulated("insecure").site)
        report, _ = report_of(console, cfg, *site)
        result = next(one for one in report["results"] if one["id"] == "HD-03")
        (finding,) = result["observations"]
        saved = console.folder / "out" / "report.json"
        ended = console("rules", "explain", finding["fingerprint"][:12], "--in", saved)
        assert ended.code == 0
        flat = " ".join(ended.out.split())
        for text in (finding["detail"], result["rationale"], result["remediation"]["undo"]):
            assert " ".join(text.split()) in flat

    @pytest.mark.parametrize(
        ("content", "fingerprint"),
        [
            ('{"results": []}', "0" * 12),
            ('{"results": []}', "0"),
            ("[]", "0" * 12),
            ("{", "0" * 12),
            ('{"results": [{"observations": [{}]}]}', "0" * 12),
        ],
    )
    def test_a_finding_that_is_not_there(self, console, content, fingerprint):
        (console.folder / "r.json").write_text(content)
        assert console("rules", "explain", fingerprint, "--in", "r.json").code == 2

    def test_docs_are_written_and_checked(self, console):
        assert console("rules", "docs", "--out", "pages").code == 0
        assert console("rules", "docs", "--out", "pages", "--check").code == 0
        (console.folder / "pages" / "HD-01.md").write_text("old")
        (console.folder / "pages" / "HD-99.md").write_text("gone")
        ended = console("rules", "docs", "--out", "pages", "--check")
        assert ended.code == 1
        assert "HD-01.md" in ended.err
        assert "HD-99.md" in ended.err


class TestOwnRules:
    def test_their_examples_run(self, console, own):
        ended = console("rules", "test", own)
        assert ended.code == 0
        assert says("examples hold", ended.out, held=3, count=3)

    def test_an_example_that_does_not_hold_fails(self, console, own):
        text = OWN.replace('status = "passed"', 'status = "failed"')
        (own / "OWN-01.toml").write_text(text, encoding="utf-8")
        ended = console("rules", "test", own)
        assert ended.code == 1
        assert says("an example came to", ended.out, status="passed")

    def test_they_may_lack_german(self, console, own, cfg):
        start, end = OWN.index("[de]"), OWN.index("[[examples]]")
        (own / "OWN-01.toml").write_text(OWN[:start] + OWN[end:], encoding="utf-8")
        report, _ = report_of(console, cfg, "--rules", own, "--language", "de", formats="json,html")
        (result,) = (one for one in report["results"] if one["id"] == "OWN-01")
        assert result["translations"] == {}
        page = (console.folder / "out" / "report.html").read_text("utf-8")
        assert f'<bdi lang="en">{result["remediation"]["undo"]}</bdi>' in page
        assert "In German" not in console("rules", "explain", "OWN-01", "--rules", own).out

    def test_an_audit_runs_them_too_and_names_their_origin(self, console, own, cfg):
        report, _ = report_of(console, cfg, "--rules", own, formats="json,html")
        found = {one["id"]: one["origin"] for one in report["results"]}
        assert found["OWN-01"] == str(own)
        assert set(found.values()) == {"", str(own)}
        page = (console.folder / "out" / "report.html").read_text("utf-8")
        assert str(own) in page.replace("<wbr>", "")

    def test_the_site_file_can_name_their_folder_from_where_it_lies(self, console, own, cfg):
        (own / "site.toml").write_text('[rules]\nfolders = ["."]\n')
        (own / "site.toml").rename(console.folder / "own.site.toml")
        (console.folder / "own.site.toml").write_text('[rules]\nfolders = ["own"]\n')
        report, _ = report_of(console, cfg, "--site", "own.site.toml")
        assert "OWN-01" in {one["id"] for one in report["results"]}

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            (('id = "OWN-01"', 'id = "HD-01"'), sentence("name is taken")),
            (('check = "flag-is"', 'check = "none"'), sentence("no check")),
            (('"unknown_registrations"', '"nonsense"'), sentence("no fact")),
            (("wanted = false", "wanted = false\n[extra]\nx = 1"), sentence("unknown key")),
            (("[[examples]]", "[[samples]]"), "examples"),
            (("version = 1", 'version = "x"'), "OWN-01.toml:2"),
            (("version = 1", "version = "), sentence("not valid TOML")),
        ],
    )
    def test_a_wrong_document_stops_the_run(self, console, own, cfg, change, words):
        (own / "OWN-01.toml").write_text(OWN.replace(*change), encoding="utf-8")
        ended = console("audit", cfg, "--rules", own, "--out", "out")
        assert ended.code == 2
        assert re.search(words, " ".join(ended.err.split()))
        assert "OWN-01.toml" in ended.err
        assert not (console.folder / "out").exists()

    def test_a_folder_without_documents_is_an_error(self, console, cfg):
        (console.folder / "empty").mkdir()
        assert console("audit", cfg, "--rules", "empty").code == 2


class TestPlugins:
    def use(self, console, monkeypatch, value, name="ours"):
        point = EntryPoint(name, value, "pbx_auditor.checks")
        monkeypatch.setattr("auditor.rules.plugins.entry_points", lambda **_: [point])
        text = OWN.replace('check = "flag-is"', 'check = "ours-is-fine"')
        folder = console.folder / "own"
        folder.mkdir()
        (folder / "OWN-01.toml").write_text(text, encoding="utf-8")
        (console.folder / "site.toml").write_text(
            '[rules]\nfolders = ["own"]\nplugins = ["ours"]\n'
        )
        return ("--site", "site.toml", "--control", "OWN-01")

    def test_a_listed_package_brings_checks(self, console, monkeypatch, cfg):
        arguments = self.use(console, monkeypatch, f"{__name__}:CHECKS")
        monkeypatch.setattr(EntryPoint, "load", lambda _: CHECKS)
        report, _ = report_of(console, cfg, *arguments)
        (result,) = report["results"]
        details = [one["detail"] for one in result["observations"]]
        assert "Seen by a plugin" in details
        assert result["status"] == "unknown"  # its fact was not read, whatever the plugin says

    def test_nothing_is_loaded_that_is_not_listed(self, console, monkeypatch, cfg):
        self.use(console, monkeypatch, "nowhere:CHECKS")
        monkeypatch.setattr(EntryPoint, "load", lambda _: pytest.fail("it was loaded"))
        (console.folder / "site.toml").write_text("")
        report_of(console, cfg, "--site", "site.toml")

    @pytest.mark.parametrize("loaded", [1, {"x": 1}, {"flag-is": print}, ZeroDivisionError])
    def test_one_that_cannot_be_used_stops_the_run(self, console, monkeypatch, cfg, loaded):
        arguments = self.use(console, monkeypatch, "x:y")

        def load(_):
            if loaded is ZeroDivisionError:
                raise ZeroDivisionError("a secret")
            return loaded

        monkeypatch.setattr(EntryPoint, "load", load)
        ended = console("audit", cfg, *arguments)
        assert ended.code == 2
        assert "a secret" not in ended.said
        assert "site.toml:3" in ended.err

    def test_one_that_is_not_installed_stops_the_run(self, console, monkeypatch, cfg):
        arguments = self.use(console, monkeypatch, "x:y", name="other")
        assert console("audit", cfg, *arguments).code == 2


def _fine(_view, parameters):
    parameters.text("fact")
    yield compliant(Subject("setting", "x", "x"), "x", say("seen by a plugin"))


CHECKS = {"ours-is-fine": _fine}


class TestChoices:
    def audit(self, console, cfg, text, *arguments, formats="json"):
        (console.folder / "site.toml").write_text(text)
        return report_of(console, cfg, "--site", "site.toml", *arguments, formats=formats)

    def test_selected_left_out_and_weighed(self, console, cfg):
        report, ended = self.audit(
            console,
            cfg,
            """
            [controls."PBX-01"]
            select = true
            reason = "the rollout is over"
            [controls."HD-12"]
            exclude = true
            reason = "<b>no phones</b>"
            [controls."HD-10"]
            severity = "info"
            reason = "still rolling out"
            """,
            formats="json,html",
        )
        results = {one["id"]: one for one in report["results"]}
        assert "PBX-01" in results
        assert "HD-12" not in results
        assert results["HD-10"]["severity"] == "info"
        told = {"severity": "info", "before": "high", "reason": "still rolling out"}
        assert says("another severity", results["HD-10"]["overridden"], **told)
        changed = {entry["control"]: entry for entry in report["run"]["adjustments"]}
        assert set(changed) == {"PBX-01", "HD-12", "HD-10"}
        assert changed["HD-12"]["change"] == "Left out"
        html = (console.folder / "out" / "report.html").read_text("utf-8")
        assert "&lt;b&gt;no phones" in html
        assert "HD-12" in ended.out

    def test_a_lighter_severity_no_longer_fails_the_gate_and_is_still_failed(self, console, cfg):
        text = '[controls."HD-10"]\nseverity = "info"\nreason = "x"\n'
        report, ended = self.audit(console, cfg, text, "--control", "HD-10")
        assert report["results"][0]["status"] == "failed"
        assert ended.code == 0

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('[controls."XX-99"]\nselect = true\nreason = "x"\n', sentence("no such control")),
            ('[controls."HD-10"]\nselect = true\n', "reason"),
            ('[controls."HD-10"]\nselect = true\nreason = " "\n', "reason"),
            ('[controls."HD-10"]\nreason = "x"\n', "says nothing"),
            ('[controls."HD-10"]\nselect = true\nexclude = true\nreason = "x"\n', "excluded"),
            ('[controls."HD-10"]\nseverity = "bad"\nreason = "x"\n', "severity"),
        ],
    )
    def test_a_wrong_choice_stops_the_run(self, console, cfg, text, words):
        (console.folder / "site.toml").write_text(text)
        ended = console("audit", cfg, "--site", "site.toml")
        assert ended.code == 2
        assert re.search(words, " ".join(ended.err.split()))
        assert re.search(r"site\.toml:\d+", ended.err)


class TestProfiles:
    def test_strict_is_not_content_with_inferred_names(self, console, cfg):
        cfg.write_bytes(configuration_of("hardened"))
        site = ("--site", simulated("hardened").site)
        relaxed, _ = report_of(console, cfg, *site, "--profile", "baseline", "--control", "HD-15")
        strict, _ = report_of(console, cfg, *site, "--profile", "strict", "--control", "HD-15")
        assert relaxed["results"][0]["status"] == "passed"
        assert strict["results"][0]["status"] == "unknown"
        seen = [one["detail"] for one in strict["results"][0]["observations"]]
        assert any(says("known by too weak evidence", detail, grade="inferred") for detail in seen)

    @pytest.mark.parametrize("profile", ["baseline", "strict", "handover"])
    def test_they_hold_at_least_the_tutorial(self, profile):
        catalogue = load_catalogue()
        assert set(catalogue.controls_of(profile)) >= set(catalogue.controls_of("tutorial"))


class TestAttest:
    def test_a_statement_decides_a_control_until_its_day(self, console, cfg):
        ended = console("attest", "PBX-01", "--value", "off", *LOOKED, "--page", "the menu")
        assert ended.code == 0, ended.err
        report, _ = report_of(console, cfg, "--site", "site.toml", "--control", "PBX-01")
        assert report["results"][0]["status"] == "passed"
        assert "the menu" in json.dumps(report["results"][0])

    def test_what_a_control_may_need_is_attested_by_name(self, console, cfg):
        proxies = ("attest", "RPX-04", "--fact", "reverse_proxies", *LOOKED)
        assert console(*proxies, "--value", "0090334107d0").code == 0
        logged = ("attest", "RPX-04", "--fact", "rejected_requests_logged", *LOOKED)
        assert console(*logged, "--value", "on").code == 0
        report, _ = report_of(console, cfg, "--site", "site.toml", "--control", "RPX-04")
        assert report["results"][0]["status"] == "passed"

    def test_what_stands_in_the_file_stays(self, console):
        path = console.folder / "site.toml"
        before = '# ours\n[target]\nname = "x" # here\n'
        path.write_text(before)
        path.chmod(0o640)
        for value in ("10.0.0.0/8",):
            ended = console("attest", "HD-02", "--value", value, *LOOKED)
            assert ended.code == 0, ended.err
        assert path.read_text().startswith(before)
        assert path.stat().st_mode & 0o777 == 0o640

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (("HD-05", "--value", "1", *LOOKED), sentence("not by a statement")),
            (("XX-99", "--value", "1", *LOOKED), sentence("no control of that name")),
            (("HD-03", "--value", "many", *LOOKED), sentence("a number is needed")),
            (("HD-03", "--value", "1", "--value", "2", *LOOKED), sentence("one value is needed")),
            (("HD-03", "--value", " ", *LOOKED), "--value"),
            (("PBX-01", "--value", "perhaps", *LOOKED), sentence("a check mark is needed")),
            (("SVC-06", "--value", "Hunter2", *LOOKED), "snmp_community"),
            (("HD-02", "--value", "nowhere", *LOOKED), "ip_filter"),
            (("HD-03", "--value", "0", "--by", "x", "--until", "soon"), "--until"),
            (("HD-03", "--value", "0", "--by", "x", "--until", "2020-01-01"), "until"),
            (("HD-03", "--value", "0", *LOOKED, "--on", "2098-01-01"), sentence("future")),
            (("HD-03", "--value", "0", "--by", "", "--until", "2099-12-31"), "by"),
            (
                ("HD-03", "--value", "0", *LOOKED, "--fact", "ip_filter"),
                sentence("one of the facts"),
            ),
            (("RPX-04", "--value", "on", *LOOKED), "rejected_requests_logged"),
        ],
    )
    def test_bad_input_changes_nothing(self, console, arguments, words):
        path = console.folder / "site.toml"
        path.write_text("# ours\n")
        ended = console("attest", *arguments)
        assert ended.code == 2
        assert re.search(words, " ".join(ended.err.split()))
        assert "Hunter2" not in ended.said
        assert path.read_text() == "# ours\n"

    def test_a_fact_is_attested_once(self, console):
        assert console("attest", "HD-03", "--value", "0", *LOOKED).code == 0
        text = (console.folder / "site.toml").read_text()
        ended = console("attest", "HD-03", "--value", "1", *LOOKED)
        assert ended.code == 2
        assert "site.toml:1" in ended.err
        assert (console.folder / "site.toml").read_text() == text


def test_waivers_of_controls_of_your_own(console, own):
    (console.folder / "w.toml").write_text(waiver_text(waiver_today(rule="OWN-01")), "utf-8")
    for words in (("lint", "w.toml"), ("list", "w.toml")):
        assert console("waivers", *words).code == 2
        ended = console("waivers", *words, "--rules", own)
        assert ended.code == 0, ended.err
