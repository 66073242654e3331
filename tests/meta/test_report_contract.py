"""The report is a contract: schema, bytes, fingerprints."""

from __future__ import annotations

import hashlib
import json
import os
import random
import re
import subprocess
import sys
from dataclasses import replace

import jsonschema
import pytest

from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.model.snapshot import Snapshot
from auditor.report.build import build_report
from auditor.report.formats.json import SCHEMA_FILE, render, schema, schema_text
from auditor.report.formats.saved_reports import load_report
from auditor.report.html.html_page import render as render_html
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit
from auditor.simulator.server import SimulatorServer
from auditor.site.credentials import Credentials
from auditor.sources.live.live_pbx import read_live
from auditor.sources.saved_evidence import read_files
from tests.fixtures.contexts import CONTEXT
from tests.fixtures.pbx import (
    CONFIGURATIONS,
    EVIDENCE,
    PBX_PASSWORD,
    ROOT,
    TODAY,
    configuration_of,
    export_of,
    judge,
    judge_file,
    simulated,
    site_of,
    write,
)
from tests.fixtures.schemas import keeps
from tests.fixtures.waivers import RULES, entry

OF_TUTORIAL = CONTEXT._replace(profile="tutorial")


def report_of(outcome):
    return build_report(outcome.snapshot, outcome.results, outcome.decision, OF_TUTORIAL)


def fingerprints(outcome):
    """Return fingerprints of the observations with what they are about."""
    return {
        finding.fingerprint: (
            result.rule.id,
            finding.observation.subject.id,
            finding.observation.property,
            finding.observation.verdict,
        )
        for result in outcome.results
        for finding in result.findings
    }


def audit_text(folder, config, change=lambda text: text):
    data = change(configuration_of(config).decode())
    return judge_file(write(folder, {"cfg.txt": data}) / "cfg.txt", site_of(config))


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def audited(request, tmp_path_factory):
    return request.param, audit_text(tmp_path_factory.mktemp("audited"), request.param)


class TestSchema:
    def test_it_is_a_schema(self):
        jsonschema.Draft202012Validator.check_schema(schema())

    def test_the_committed_one_is_the_one_that_is_printed(self):
        assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text()

    def test_a_report_keeps_it(self, audited):
        _, outcome = audited
        content = json.loads(render(report_of(outcome)))
        keeps(content, schema_text)

    @pytest.mark.parametrize(
        "name", ["wrapped-items.txt", "expert-script.txt", "import.xml", "table-users.json"]
    )
    def test_a_report_about_little_evidence_keeps_it(self, name):
        outcome = judge(read_files(EVIDENCE / name, Site(), None), Site())
        content = json.loads(render(report_of(outcome)))
        keeps(content, schema_text)

    def test_a_report_with_waivers_keeps_it_and_can_be_read_back(self, audited, tmp_path):
        config, outcome = audited
        entries = [entry(rule="HD-12", name="hot-desk-base"), entry(9, rule="HD-04", name="nobody")]
        selection = Selection(
            [RULES[name] for name in ("HD-04", "HD-12")], Thresholds(), waivers=entries
        )
        waived = audit(outcome.snapshot, site_of(config), selection, TODAY)
        report = build_report(
            waived.snapshot, waived.results, waived.decision, OF_TUTORIAL, waived.waivers
        )
        content = json.loads(render(report))
        keeps(content, schema_text)
        assert len(content["accepted"]) == (config == "insecure")
        assert len(content["run"]["waivers"]) == 2
        path = tmp_path / "report.json"
        path.write_bytes(render(report))
        assert load_report(path) == report

    def test_a_report_of_before_there_were_waivers_keeps_it(self, audited):
        content = json.loads(render(report_of(audited[1])))
        for key in ("waiver_file", "waivers"):
            del content["run"][key]
        for result in content["results"]:
            for observation in result["observations"]:
                del observation["waived"], observation["waiver_note"]
        keeps(content, schema_text)

    def test_a_report_about_nothing_keeps_it(self):
        content = json.loads(render(report_of(judge(Snapshot("unidentified"), Site()))))
        keeps(content, schema_text)
        assert {result["status"] for result in content["results"]} == {"unknown"}
        assert content["summary"]["score"] is None

    @pytest.mark.parametrize(
        "change",
        [
            lambda report: report.pop("gaps"),
            lambda report: report["summary"].update(verdict="fine"),
            lambda report: report["results"][0].update(status="ok"),
            lambda report: report["results"][0].pop("observations"),
            lambda report: report.update(schema_version="2.0"),
        ],
    )
    def test_it_refuses_what_is_none(self, audited, change):
        content = json.loads(render(report_of(audited[1])))
        change(content)
        with pytest.raises(jsonschema.ValidationError):
            keeps(content, schema_text)

    def test_the_top_level_is_as_designed(self, audited):
        content = json.loads(render(report_of(audited[1])))
        assert list(content) == [
            *("schema_version", "tool", "run", "target", "summary", "results", "gaps", "accepted"),
            *("templates", "sentences", "branding", "reach", "since", "past"),
        ]
        needed = {"verdict", "exit_code", "reasons", "score", "coverage", "counts"}
        assert needed <= set(content["summary"])
        needed = {"id", "title", "severity", "status", "expected", "subjects_seen", "observations"}
        assert all(needed <= set(result) for result in content["results"])
        needed = {"subject", "verdict", "detail", "evidence", "fingerprint"}
        for result in content["results"]:
            assert all(needed <= set(seen) for seen in result["observations"])


class TestBytes:
    def test_the_same_input_gives_the_same_bytes(self, audited, tmp_path):
        config, outcome = audited
        first, again = report_of(outcome), report_of(audit_text(tmp_path, config))
        assert render(again) == render(first)
        assert render_html(again) == render_html(first)

    @pytest.mark.slow
    def test_they_do_not_depend_on_the_hash_seed(self, tmp_path):
        write(tmp_path, {"cfg.txt": configuration_of("insecure")})
        write(tmp_path, {"pbx.xml": export_of(simulated("insecure"))})
        program = (
            "import sys; from pathlib import Path;"
            "from tests.meta.test_report_contract import report_of;"
            "from tests.fixtures.pbx import judge_file, site_of;"
            "from auditor.report.formats.json import render;"
            "from auditor.report.html.html_page import render as html;"
            "report = report_of(judge_file(Path(sys.argv[1]), site_of('insecure')));"
            "sys.stdout.buffer.write(render(report) + html(report).encode())"
        )
        written = {
            hashlib.sha256(
                subprocess.run(  # noqa: S603 -- this interpreter
                    [sys.executable, "-c", program, str(tmp_path)],
                    cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": str(seed)},
                    check=True,
                    capture_output=True,
                ).stdout
            ).hexdigest()
            for seed in (1, 2, 3)
        }
        assert len(written) == 1

    def test_controls_are_in_the_order_of_their_ids(self, audited):
        ids = [result.id for result in report_of(audited[1]).results]
        assert ids == sorted(load_catalogue().profiles["tutorial"].controls)


def items_of(text):
    """Return the text before, the lines of, and the text after the objects."""
    lines = text.splitlines(keepends=True)
    at = [number for number, line in enumerate(lines) if "add-item 101" in line]
    return lines[: at[0]], lines[at[0] : at[-1] + 1], lines[at[-1] + 1 :]


def shuffled(seed):
    def change(text):
        before, objects, after = items_of(text)
        random.Random(seed).shuffle(objects)  # noqa: S311 -- a test
        return "".join([*before, *objects, *after])

    return change


class TestFingerprints:
    def test_they_are_unique_within_a_run(self, audited):
        _, outcome = audited
        count = sum(len(result.findings) for result in outcome.results)
        assert len(fingerprints(outcome)) == count

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_the_order_of_objects_does_not_matter(self, audited, tmp_path, seed):
        config, outcome = audited
        again = audit_text(tmp_path, config, shuffled(seed))
        assert fingerprints(again) == fingerprints(outcome)

    def test_the_long_names_of_users_do_not_matter(self, audited, tmp_path):
        config, outcome = audited
        people = re.compile(r"\(cn=([^()]*, [^()]*)\)")
        again = audit_text(
            tmp_path, config, lambda text: people.sub(lambda m: f"(cn={m[1][::-1]} x)", text)
        )
        assert fingerprints(again) == fingerprints(outcome)

    def test_unrelated_lines_and_line_numbers_do_not_matter(self, audited, tmp_path):
        config, outcome = audited
        again = audit_text(
            tmp_path,
            config,
            lambda text: text.replace(
                "config change CPU", "config change CPU\r\nconfig change MEDIA-FWD /x 1"
            ),
        )
        assert fingerprints(again) == fingerprints(outcome)

    def test_the_name_of_the_file_does_not_matter(self, audited, tmp_path):
        config, outcome = audited
        path = write(tmp_path, {"backup of monday.cfg": configuration_of(config)})
        again = judge_file(path / "backup of monday.cfg", site_of(config))
        assert fingerprints(again) == fingerprints(outcome)

    def test_the_evidence_mode_does_not_matter(self, audited, tmp_path):
        config, outcome = audited
        path = write(tmp_path, {"cfg.txt": configuration_of(config)})
        again = judge_file(path, site_of(config), None)
        assert set(fingerprints(again)) == set(fingerprints(outcome))

    @pytest.mark.parametrize("refuse", [frozenset(), frozenset({"cfg"})])
    def test_live_and_from_a_file_they_are_the_same(self, audited, refuse):
        config, outcome = audited
        pbx, site = simulated(config), site_of(config)
        viewer = next(one for one in pbx.accounts if one.role == "viewer")
        login = Credentials(viewer.username, viewer.password, PBX_PASSWORD)
        with SimulatorServer(pbx, refuse=refuse) as server:
            live = judge(read_live(server.url, site, login), site)
        left_out = {"HD-03"} if refuse else set()
        expected = {p: a for p, a in fingerprints(outcome).items() if a[0] not in left_out}
        found = {p: a for p, a in fingerprints(live).items() if a[0] not in left_out}
        assert found == expected

    def test_another_pbx_has_others(self, audited):
        config, outcome = audited
        snapshot = replace(outcome.snapshot, target="mac:000000")
        again = judge(snapshot, site_of(config))
        assert not set(fingerprints(again)) & set(fingerprints(outcome))

    def test_a_fixed_fault_is_no_violation_any_more(self, tmp_path):
        def fix(text):
            fixed = text.replace("/sim-regs-without-pwd 10", "/sim-regs-without-pwd 0")
            return fixed.replace('no-filter="true"', 'no-filter="false"')

        before = fingerprints(audit_text(tmp_path / "1", "insecure"))
        after = fingerprints(audit_text(tmp_path / "2", "insecure", fix))
        faults = {f for f, about in before.items() if about[3] == "violated"}
        fixed = {f for f in faults if f not in after or after[f][3] == "compliant"}
        assert {before[fault][0] for fault in fixed} == {"HD-03", "HD-15"}
        assert {after[fault] for fault in faults - fixed} == {before[f] for f in faults - fixed}
        (same,) = (f for f in fixed if before[f][0] == "HD-03")
        assert after[same][3] == "compliant"
