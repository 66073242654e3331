"""The examples for CI platforms run what the program really has."""

from __future__ import annotations

import re
import shlex
import shutil

import pytest

from auditor.run.outputs import FORMATS
from tests.fixtures.pbx import PBX_PASSWORD, ROOT, configuration_of, simulated, write
from tests.fixtures.program import execute

KIT = ROOT / "docs" / "ci"
COMMAND = re.compile(r"pbx-auditor (audit evidence/cfg\.txt[^'\n]*)")
EXAMPLES = ("github-actions.yml", "gitlab-ci.yml", "Jenkinsfile")


@pytest.mark.parametrize("name", EXAMPLES)
@pytest.mark.parametrize(("config", "code"), [("hardened", 0), ("insecure", 1)])
def test_the_audit_of_each_example_runs_and_writes_what_is_uploaded(
    console, tmp_path, name, config, code
):
    text = (KIT / name).read_text(encoding="utf-8")
    commands = COMMAND.findall(text)
    assert len(commands) == 1
    write(tmp_path, {"evidence/cfg.txt": configuration_of(config)})
    shutil.copy(simulated(config).site, tmp_path / "site.toml")
    console.setenv("PBX_AUDITOR_PBX_PASSWORD", PBX_PASSWORD)
    assert console(*shlex.split(commands[0])).code == code
    for path in re.findall(r"report/[\w.]+\.\w+", text):
        assert (tmp_path / path).is_file(), path


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
    ended = execute(["--show-completion", shell], tmp_path, **by_name)
    assert ended.code == 0
    assert "_PBX_AUDITOR_COMPLETE" in ended.out.upper()


def test_a_command_is_completed(tmp_path):
    more = {
        "_PBX_AUDITOR_COMPLETE": "complete_bash",
        "COMP_WORDS": "pbx-auditor ba",
        "COMP_CWORD": "1",
    }
    assert "baseline" in execute([], tmp_path, **more).out
