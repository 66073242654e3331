"""The documents say what the program does: every key, command, exit code and link."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from importlib import import_module
from pathlib import Path

import pytest
from pydantic import BaseModel

from auditor.cli.command_table import COMMANDS
from auditor.errors import ExitCode
from auditor.facts import known_facts
from auditor.model.attestation import AttestedFlag, AttestedRow, Facts, SpecialFacts
from auditor.model.decision import Thresholds
from auditor.model.site import Site
from auditor.model.waiver import WaiverState
from auditor.model.waiver_document import Waiver
from auditor.rules.catalogue import load_catalogue
from auditor.run.audit import Selection, audit, select
from auditor.simulator.responses import configuration
from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.site.attestations import check_dates
from auditor.sources.saved_evidence import read_files
from auditor.waivers.waiver_file import parse_waivers
from tests.generated import stale

CHECKOUT = Path(__file__).parents[2]
README = CHECKOUT / "README.md"
SITE_FILE = CHECKOUT / "docs" / "site-file.md"
WAIVERS = CHECKOUT / "docs" / "waivers.md"
DOCUMENTS = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").glob("*.md")])
A_DAY_OF_THE_EXAMPLE = date(2026, 12, 1)
ATTESTED = {"HD-02", "HD-03", "HD-05", "HD-06", "HD-09"}
PBX_PASSWORD = "only-for-this-test"


def sections(text):
    """Return the text below each `## heading`."""
    parts = re.split(r"^## (.+)$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def tables(text):
    """Return the first column of each table, without header and code marks."""
    blocks = re.findall(r"(?:^\|.*\n)+", text, flags=re.MULTILINE)
    return [
        [row.split("|")[1].strip().strip("`") for row in block.splitlines()[2:]] for block in blocks
    ]


def keys_of(model):
    return {field.alias or name for name, field in model.model_fields.items()}


def anchors(path):
    """Return the anchors that a Markdown renderer gives the headings of a document."""
    headings = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text).lower().replace(" ", "-") for text in headings}


@pytest.fixture(scope="module")
def example():
    code = re.search(r"```toml\n(.*?)```", SITE_FILE.read_text(encoding="utf-8"), re.DOTALL)
    return tomllib.loads(code[1])


@pytest.fixture
def hardened(tmp_path):
    (tmp_path / "cfg.txt").write_bytes(
        configuration(SimulatedPbx.create("hardened", PBX_PASSWORD, seed=1), 1)
    )
    return tmp_path / "cfg.txt"


def status_by_control(path, site):
    rules = select(load_catalogue(), site, "tutorial", ())
    snapshot = read_files(path, site, PBX_PASSWORD)
    outcome = audit(snapshot, site, Selection(rules, Thresholds()), A_DAY_OF_THE_EXAMPLE)
    return {result.rule.id: result.status.value for result in outcome.results}


SITE_SECTIONS = {
    "facts": Facts,
    **{
        name: field.annotation
        for name, field in Site.model_fields.items()
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel)
    },
}


@pytest.mark.parametrize("name", SITE_SECTIONS)
def test_every_key_of_the_site_file_is_explained_and_no_other(name):
    documented = tables(sections(SITE_FILE.read_text(encoding="utf-8"))[f"[{name}]"])[0]
    model = SpecialFacts if name == "facts" else SITE_SECTIONS[name]  # the rest is docs/facts.md
    assert set(documented) == keys_of(model)


def test_every_fact_is_explained():
    text = (CHECKOUT / "docs" / "facts.md").read_text(encoding="utf-8")
    assert set(tables(text)[0]) == set(known_facts())


def test_the_keys_of_an_attestation_and_of_a_row_are_explained():
    _, attestation, row = tables(sections(SITE_FILE.read_text(encoding="utf-8"))["[facts]"])
    assert set(attestation) == keys_of(AttestedFlag)
    assert set(row) == keys_of(AttestedRow)


def test_the_example_shows_every_table_of_the_site_file(example):
    assert set(example) == set(Site.model_fields)
    assert set(example["facts"]) >= keys_of(SpecialFacts)
    assert set(example["facts"]) <= keys_of(SITE_SECTIONS["facts"])


def test_the_attestations_of_the_example_prove_what_no_interface_shows(example, hardened):
    site = Site.model_validate(example)
    check_dates(site.facts, A_DAY_OF_THE_EXAMPLE)
    assert set(status_by_control(hardened, site).values()) == {"passed"}


def test_without_attestations_the_same_controls_are_unknown(example, hardened):
    site = Site.model_validate({k: v for k, v in example.items() if k != "facts"})
    status = status_by_control(hardened, site)
    assert {name for name, value in status.items() if value == "unknown"} == ATTESTED


def test_every_key_of_a_waiver_is_explained_and_no_other():
    documented = tables(sections(WAIVERS.read_text(encoding="utf-8"))["Keys"])[0]
    assert set(documented) == keys_of(Waiver)


def test_every_state_of_a_waiver_is_explained():
    documented = tables(sections(WAIVERS.read_text(encoding="utf-8"))["What a waiver does"])[0]
    assert set(documented) == set(WaiverState)


def test_the_example_of_waivers_can_be_used():
    code = re.search(r"```toml\n(.*?)```", WAIVERS.read_text(encoding="utf-8"), re.DOTALL)
    rules = load_catalogue().rules
    assert len(parse_waivers(WAIVERS, code[1]).entries(rules, A_DAY_OF_THE_EXAMPLE)) == 2


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_is_documented(command):
    text = (CHECKOUT / "docs" / "command-line.md").read_text(encoding="utf-8")
    assert f"\n## pbx-auditor {command}\n" in text
    for word in getattr(import_module(COMMANDS[command]), "GROUP", ()):
        assert f"\n## pbx-auditor {command} {word}\n" in text
    assert f"pbx-auditor {command}" in README.read_text(encoding="utf-8")


def test_the_exit_codes_in_the_readme_are_those_of_the_program():
    codes = tables(sections(README.read_text(encoding="utf-8"))["Exit codes"])[0]
    assert sorted(map(int, codes)) == sorted(ExitCode)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_somewhere(path):
    links = re.findall(r"\]\(([^)\s]+)\)", path.read_text(encoding="utf-8"))
    for link in links:
        name, _, anchor = link.partition("#")
        if "://" in name:
            continue
        target = (path.parent / name).resolve() if name else path
        assert target.exists(), link
        if anchor:
            assert anchor in anchors(target), link


def test_generated_files_are_up_to_date():
    assert stale() == [], "run `make docs`"
