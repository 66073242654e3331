"""The examples for CI platforms run what the program really has."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from groovy_parser.parser import parse_groovy_content
from lark.exceptions import LarkError
from ruamel.yaml import YAML

from auditor.run.outputs import FORMATS
from tests.fixtures.pbx import PBX_PASSWORD, ROOT, configuration_of, simulated, write
from tests.fixtures.program import execute

KIT = ROOT / "docs" / "ci"
COMMAND = re.compile(r"pbx-auditor (audit evidence/snapshot\.json[^'\n]*)")
EXAMPLES = ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile")
SCHEMAS = {"github-actions.yml": "vendor.github-workflows", "gitlab-ci.yml": "vendor.gitlab-ci"}


def of(name):
    return (KIT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize(("config", "code"), [("hardened", 0), ("insecure", 1)])
def test_the_audit_of_each_example_runs_and_writes_what_is_uploaded(
    console, tmp_path, name, config, code
):
    text = of(name)
    commands = COMMAND.findall(text)
    assert len(commands) == 1
    write(tmp_path, {"cfg.txt": configuration_of(config)})
    shutil.copy(simulated(config).site, tmp_path / "site.toml")
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
    (collected,) = re.findall(r"pbx-auditor (collect cfg\.txt .+)", of("README.md"))
    assert console(*shlex.split(collected)).code == 0
    (tmp_path / "cfg.txt").unlink()
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", "")  # the platform has neither file nor password
    assert console(*shlex.split(commands[0])).code == code
    for path in re.findall(r"report/[\w.]+\.\w+", text):
        assert (tmp_path / path).is_file(), path


@pytest.mark.parametrize("name", EXAMPLES)
def test_no_example_holds_evidence_with_passwords(name):
    assert "cfg.txt" not in of(name)


@pytest.mark.slow
@pytest.mark.parametrize("name", SCHEMAS)
def test_each_example_follows_the_schema_of_its_platform(name, tmp_path):
    check = ("--builtin-schema", SCHEMAS[name])
    assert _run("check-jsonschema", *check, KIT / name).returncode == 0
    broken = tmp_path / name
    broken.write_text(of(name).replace("    container:", "    containers:").replace("when:", "if:"))
    assert _run("check-jsonschema", *check, broken).returncode == 1


@pytest.mark.slow
def test_zizmor_finds_nothing(tmp_path):
    plain = ("--offline", "--no-progress", "--quiet", "--persona=auditor")
    ended = _run("zizmor", *plain, KIT / "github-actions.yml")
    assert ended.returncode == 0, ended.stdout
    broken = tmp_path / "workflow.yml"
    broken.write_text(re.sub(r"@[0-9a-f]{40} # ", "@", of("github-actions.yml")))
    assert _run("zizmor", *plain, broken).returncode > 10


def test_actionlint_finds_nothing():
    if not shutil.which("actionlint"):
        pytest.skip("there is no actionlint; its package downloads the program while it is built")
    ended = _run("actionlint", KIT / "github-actions.yml")
    assert ended.returncode == 0, ended.stdout


class TestGitHub:
    def job(self):
        document = YAML(typ="safe").load(of("github-actions.yml"))
        assert document["permissions"] == {}
        (job,) = document["jobs"].values()
        return job

    def test_actions_are_pinned_and_leave_no_credentials(self):
        used = [step for step in self.job()["steps"] if "uses" in step]
        assert all(re.fullmatch(r"[\w/-]+@[0-9a-f]{40}", step["uses"]) for step in used)
        checkout = next(step for step in used if step["uses"].startswith("actions/checkout@"))
        assert checkout["with"]["persist-credentials"] is False

    def test_it_may_write_nothing_but_alerts(self):
        writable = {n for n, what in self.job()["permissions"].items() if what != "read"}
        assert writable == {"security-events"}

    @pytest.mark.parametrize(("content", "uploads"), [
        ('{"executionSuccessful": true}', True),
        ('{"executionSuccessful": false}', False),
        ('{"text": "\\"executionSuccessful\\": true", "executionSuccessful": false}', False),
        (None, False),
    ])  # fmt: skip
    def test_alerts_are_uploaded_only_of_what_was_read(self, tmp_path, content, uploads):
        """The step is run by a shell as GitHub does; the upload asks for what it says."""
        steps = self.job()["steps"]
        (upload,) = (step for step in steps if "upload-sarif" in step.get("uses", ""))
        look = next(step for step in steps if step.get("id") == "evidence")
        assert upload["if"] == "always() && steps.evidence.outputs.read == 'true'"
        if content is not None:
            write(tmp_path, {"report/report.github.sarif": content})
        output = tmp_path / "output"
        output.touch()
        subprocess.run(  # noqa: S603 -- the step of the example
            ["/bin/sh", "-e", "-c", look["run"]],
            cwd=tmp_path, env={**os.environ, "GITHUB_OUTPUT": str(output)}, check=True,
        )  # fmt: skip
        assert (output.read_text() == "read=true\n") == uploads


def test_reports_are_kept_briefly_and_for_few():
    gitlab = YAML(typ="safe").load(of("gitlab-ci.yml"))["pbx-audit"]["artifacts"]
    assert gitlab["access"] in {"developer", "maintainer"}
    assert gitlab["expire_in"] == "7 days"
    assert "retention-days: 7" in of("github-actions.yml")
    assert "artifactDaysToKeepStr: '7'" in of("Jenkinsfile")


@pytest.mark.slow
def test_the_jenkinsfile_is_groovy_with_the_sections_of_a_declarative_pipeline():
    text = of("Jenkinsfile")
    parse_groovy_content(text)
    assert re.match(r"pipeline \{\n", text)
    sections = re.findall(r"^ {4}(\w+) \{", text, re.MULTILINE)
    assert sections == ["agent", "options", "stages", "post"]
    with pytest.raises(LarkError):
        parse_groovy_content("sh = = 'pbx-auditor'")


def _run(program, *arguments):
    """Run a program of the environment of the tests, or else of the system."""
    beside = shutil.which(program, path=Path(sys.executable).parent)
    command = [beside or program, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603


def test_each_format_is_explained():
    text = (KIT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([\w-]+)` \| `", text, re.MULTILINE)) == set(FORMATS)


def test_each_hook_is_a_command(console):
    text = (ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")
    entries = re.findall(r"entry: pbx-auditor (.+)", text)
    assert len(entries) == 3
    for entry in entries:
        assert console(*entry.split(), "--help").code == 0


def test_a_site_file_is_checked(console, tmp_path):
    (tmp_path / "bad.toml").write_text("[target]\nnme = 'x'\n", encoding="utf-8")
    good = simulated("hardened").site
    assert console("site", "check", good, good).code == 0
    ended = console("site", "check", good, "bad.toml")
    assert ended.code == 2
    assert "bad.toml:2" in ended.err


def test_the_image_runs_without_root():
    lines = (ROOT / "Dockerfile").read_text(encoding="utf-8").splitlines()
    assert lines.index("USER 10001") < next(i for i, x in enumerate(lines) if "ENTRYPOINT" in x)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_is_printed_and_completes(tmp_path, shell):
    by_name = {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}  # whatever runs the tests
    ended = execute(["--show-completion", shell], tmp_path, fresh=True, **by_name)
    assert ended.code == 0
    assert "_PBX_AUDITOR_COMPLETE" in ended.out.upper()


def test_a_command_is_completed(tmp_path):
    more = {
        "_PBX_AUDITOR_COMPLETE": "complete_bash",
        "COMP_WORDS": "pbx-auditor ba",
        "COMP_CWORD": "1",
    }
    assert "baseline" in execute([], tmp_path, fresh=True, **more).out
