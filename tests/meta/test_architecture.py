"""The arrows of the design, and what the package must carry."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib

import pytest

from auditor import __version__
from auditor.checks import CHECKS
from auditor.dialects import dialect_names, load_dialect
from auditor.model.vocabulary import Automation
from auditor.resources import dialects_directory, rules_directory, templates_directory
from auditor.rules.catalogue import load_catalogue
from tests.fixtures.pbx import ROOT

PACKAGE = ROOT / "auditor"
MODULES = sorted(PACKAGE.rglob("*.py"))
MAX_LINES = 330
SECRET_NAMES = re.compile(r"secret|password$|pwd|key$|clear", re.IGNORECASE)


def test_imports_point_one_way():
    program = (
        "import sys; from importlinter.cli import lint_imports;"
        "sys.exit(lint_imports(no_cache=True))"
    )
    ended = subprocess.run(  # noqa: S603 -- this interpreter
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stdout


def test_the_package_says_that_it_is_typed():
    assert (PACKAGE / "py.typed").is_file()


def test_the_version_is_a_version():
    assert re.fullmatch(r"\d+\.\d+\.\d+", __version__)


def test_resources_are_found():
    assert list(rules_directory().rglob("*.toml"))
    assert list(templates_directory().glob("*.j2"))
    assert {path.stem for path in dialects_directory().glob("*.toml")} == set(dialect_names())


@pytest.mark.parametrize("name", dialect_names())
def test_a_dialect_grades_what_it_names(name):
    dialect = load_dialect(name)
    inherited = load_dialect(dialect.extends).settings if dialect.extends else {}
    for fact, place in dialect.settings.items():
        made_up = name == "simulated" and place != inherited.get(fact)
        assert (place.grade == "simulated") is made_up


def test_made_up_names_stand_in_their_dialect_only():
    for path in (*MODULES, dialects_directory() / "documented.toml"):
        if "simulator" in path.parts:
            continue
        assert "sim-" not in path.read_text(encoding="utf-8"), path


def test_each_control_has_a_check_and_each_check_is_a_function_of_its_own():
    catalogue = load_catalogue()
    assert {rule.check for rule in catalogue.rules.values()} <= set(CHECKS)
    assert len(set(CHECKS.values())) == len(CHECKS)
    assert len(catalogue.profiles["tutorial"].controls) == 17
    assert all(rule.automation in Automation for rule in catalogue.rules.values())


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_module_is_short_and_says_what_it_is(path):
    source = path.read_text(encoding="utf-8")
    assert source.count("\n") <= MAX_LINES
    assert source.startswith('"""')
    assert not re.search(r"\b(TODO|FIXME|XXX)\b", source)


def fields_of(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for entry in node.body:
                if isinstance(entry, ast.AnnAssign) and isinstance(entry.target, ast.Name):
                    yield node.name, entry.target.id


@pytest.mark.parametrize("name", ["model/snapshot.py", "model/result.py", "report/schema/v1.py"])
def test_no_model_has_a_field_for_a_secret(name):
    allowed = {"password", "registrations_without_password", "equals_pbx_password", "key"}
    suspicious = [field for field in fields_of(PACKAGE / name) if SECRET_NAMES.search(field[1])]
    assert {field for _, field in suspicious} <= allowed


def test_only_one_module_knows_each_secret_scheme():
    users = {
        module: sorted(
            str(path.relative_to(PACKAGE))
            for path in MODULES
            if re.search(rf"^\s*(import|from) {module}\b", path.read_text("utf-8"), re.MULTILINE)
        )
        for module in ("zxcvbn", "httpx", "typer", "cryptography")
    }
    assert users["zxcvbn"] == ["passwords/scoring.py"]
    assert users["cryptography"] == [
        "report/handover/package.py",
        "report/handover/signing.py",
        "simulator/self_signed.py",
        "sources/parse/certificate.py",
    ]
    elsewhere = [name for name in users["httpx"] if not name.startswith("sources/")]
    assert elsewhere == ["fleet/outward/channels/http.py"]
    assert all(name.startswith("cli/") for name in users["typer"])


def test_nothing_is_printed_or_logged_outside_the_console():
    printing = re.compile(r"^\s*print\(|logging\.(debug|info|warning|error)|getLogger\(__name__")
    for path in MODULES:
        lines = path.read_text(encoding="utf-8").splitlines()
        assert not [line for line in lines if printing.search(line)], path


def test_constraints_and_files_name_no_package_index():
    files = [ROOT / "pyproject.toml", *sorted((ROOT / "constraints").glob("*"))]
    for path in files:
        content = path.read_text(encoding="utf-8")
        assert "pypi.org" not in content, path
        assert "--index-url" not in content.replace("--no-emit-index-url", ""), path


def test_every_dependency_is_pinned_with_a_hash():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    pinned = (ROOT / "constraints" / "runtime.txt").read_text(encoding="utf-8")
    for dependency in project["dependencies"]:
        name = re.match(r"[a-z0-9-]+", dependency)[0]
        assert re.search(rf"^{name}==[^\n]+\\\n\s+--hash=sha256:", pinned, re.MULTILINE), name
    assert not (ROOT / "uv.lock").exists()


# Where the program itself ends, and where a command ends with what its errors amount to.
ENDS = {"cli/app.py", "cli/fleet/import_any.py", "cli/fleet/digest.py"}


def test_commands_decide_no_exit_code():
    """What came out has it: a report, a comparison, a list; a command only ends with it."""
    decided = re.compile(r"Exit\(ExitCode\.|return ExitCode\.|ExitCode\.\w+ if ")
    deciding = {
        str(path.relative_to(PACKAGE))
        for path in (PACKAGE / "cli").rglob("*.py")
        if decided.search(path.read_text(encoding="utf-8"))
    }
    assert deciding == ENDS
