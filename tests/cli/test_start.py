"""What is imported for what: a start loads nothing that it does not need."""

from __future__ import annotations

import subprocess
import sys

import pytest

from auditor.fleet.store.history import History
from tests.fixtures.program import WITH_PBX_PASSWORD, environment, site_option

PROGRAM = """\
import sys
sys.argv = ["pbx-auditor", *sys.argv[1:]]
from auditor.__main__ import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write("\\nloaded " + " ".join(sys.modules))
"""

# What only an audit with the option, file or table needs that it belongs to, or another command, or
# whoever says what is wrong.
ON_DEMAND = {
    "auditor.cli.interaction.crash",
    "auditor.cli.usage",
    "auditor.dialects.sitefile",
    "auditor.doctor",
    "auditor.files.toml_lines",
    "auditor.files.wrong_values",
    "auditor.fleet",
    "auditor.learning",
    "auditor.model.attestation",
    "auditor.model.waiver_document",
    "auditor.remediation",
    "auditor.report.compare",
    "auditor.report.formats.saved_reports",
    "auditor.report.formats.terminal_changes",
    "auditor.report.branding.branding_file",
    "auditor.report.branding.logos",
    "auditor.rules.rule_pages",
    "auditor.run.rule_examples",
    "auditor.run.impact_preview",
    "auditor.run.project_file",
    "auditor.simulator",
    "auditor.sources.live.live_pbx",
    "auditor.waivers",
}


def loaded(folder, *arguments, **more):
    """Return the top-level modules that a command had loaded at its end."""
    ended = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, "-c", PROGRAM, *map(str, arguments)],
        cwd=folder,
        env=environment(folder, **more),
        check=True,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    names = ended.stderr.rpartition("loaded ")[2].split()
    return {name.partition(".")[0] for name in names}, set(names)


def test_the_version_loads_no_command_line(tmp_path):
    tops, names = loaded(tmp_path, "--version")
    assert not tops & {"typer", "click", "rich", "pydantic", "httpx", "jinja2", "zxcvbn"}
    assert "auditor.cli" not in names


def test_a_file_audit_loads_neither_http_nor_scoring_nor_templates(evidence):
    tops, names = loaded(evidence, "audit", "hardened.txt", *site_option(), "--format", "json")
    assert not tops & {"httpx", "httpcore", "h11", "zxcvbn", "jinja2", "rich", "cryptography"}
    assert "websockets" not in tops
    assert "auditor.sources.live.live_pbx" not in names
    assert not [name for name in names if name.startswith("auditor.simulator")]


@pytest.mark.parametrize("formats", ["json", "json,html"])
def test_a_file_audit_loads_nothing_that_no_option_asks_for(evidence, formats):
    site = evidence / "small.toml"
    site.write_text('[target]\ndialect = "simulated"\n', encoding="utf-8")
    _, names = loaded(
        evidence, "audit", "hardened.txt", "--site", site, "--out", "out", "--format", formats
    )
    assert "auditor.report.build" in names
    assert not names & ON_DEMAND
    # `html` is what takes HTML back: what is told as plain text never was any.
    assert not names & {"alembic", "html", "sqlalchemy", "sqlite3"}


def test_all_default_formats_load_neither_http_nor_scoring_nor_certificates(evidence):
    """Jinja2 brings its compiler along; that nothing is compiled, test_built_templates shows."""
    tops, _ = loaded(evidence, "audit", "hardened.txt", *site_option(), "--out", "whole")
    assert "jinja2" in tops
    assert not tops & {"httpx", "httpcore", "h11", "zxcvbn", "rich", "cryptography"}


@pytest.mark.parametrize("output", [[], ["--out", "out", "--format", "json"]])
def test_no_templates_before_rendering(evidence, output):
    tops, _ = loaded(evidence, "audit", "hardened.txt", *site_option(), *output)
    assert "jinja2" not in tops


def test_scoring_is_loaded_where_there_is_a_clear_text(evidence):
    arguments = ["audit", "hardened.txt", *site_option(), "--format", "json"]
    tops, _ = loaded(evidence, *arguments, **WITH_PBX_PASSWORD)
    assert "zxcvbn" in tops
    assert "httpx" not in tops


def test_the_schema_loads_no_sources(tmp_path):
    tops, names = loaded(tmp_path, "schema", "report")
    assert not tops & {"httpx", "zxcvbn", "jinja2"}
    assert "auditor.sources.live.live_pbx" not in names


def test_a_command_of_a_group_loads_no_other_of_it(tmp_path):
    tops, names = loaded(tmp_path, "fleet", "status", "--help")
    assert "auditor.cli.fleet.look_back" in names
    others = {
        "auditor.cli.fleet.judge_again",
        "auditor.cli.common_options.completion",
        "auditor.run.session",
    }
    assert not names & {*others, "auditor.rules.catalogue", "auditor.sources.saved_evidence"}
    assert not tops & {"sqlalchemy", "httpx"}


def test_a_history_in_a_file_loads_no_other_database(tmp_path):
    (tmp_path / "fleet.toml").write_text(
        '[[tenant]]\nid = "a"\n[[pbx]]\nid = "b"\ntenant = "a"\ntarget = "b"\n', encoding="utf-8"
    )
    _, names = loaded(tmp_path, "fleet", "page")
    assert "auditor.fleet.store.tables" in names
    assert not names & {"sqlalchemy.dialects.postgresql", "auditor.sources.saved_evidence"}


@pytest.mark.parametrize("command", ["page", "status"])
def test_to_look_at_a_history_loads_no_checks_and_no_locks(tmp_path, command):
    (tmp_path / "fleet.toml").write_text(
        '[[tenant]]\nid = "a"\n[[pbx]]\nid = "b"\ntenant = "a"\ntarget = "b"\n', encoding="utf-8"
    )
    with History.open(tmp_path / "history.db"):
        pass
    tops, names = loaded(tmp_path, "fleet", command)
    assert "auditor.fleet.store.tables" in names
    assert not tops & {"alembic", "filelock", "httpx", "cryptography"}
    assert not names & {"auditor.checks", "auditor.rules.catalogue", "auditor.run.setup"}
    assert not names & {"auditor.sources.snapshot.saved", "auditor.fleet.store.connection.locks"}
