"""What is kept of the documents that a judgement rests on: enough to judge again, no secret."""

from __future__ import annotations

import json
import re

import pytest

from auditor.fleet.drift.kept_documents import (
    papers_of,
    read_site,
    read_waiver_paper,
    site_paper,
    unpack_rules,
    waiver_paper,
)
from auditor.fleet.history_model import PaperKind
from auditor.model.site import CredentialPlaces
from auditor.rules.catalogue import load_catalogue
from auditor.site.site_file import parse_site_file
from tests.fixtures.waivers import RULES, entry
from tests.fleet.nights import ATTESTED, OWN_DIALECT, Pbx, accepting, days, own_rule, paths

CANARY = "canary-7f3a"
CREDENTIALS = f"""
[credentials]
username_env = "{CANARY}-1"
password_command = ["pass", "{CANARY}-2"]
pbx_password_file = "/etc/{CANARY}-3"
"""
LOGIN = f"""
[[boxes]]
name = "second"
url = "https://reader:{CANARY}-4@pbx.example"
[facts.update_url]
value = "https://reader:{CANARY}-5@pbx.example/x"
by = "K. Koerner"
on = 2026-11-01
until = 2026-12-01
"""
DATED = """
[facts.last_backup]
value = 2026-10-01
by = "K. Koerner"
on = 2026-11-01
until = 2027-01-01
"""


@pytest.fixture
def whole(tmp_path):
    """Return a PBX with every kind of paper, after a night."""
    pbx = Pbx(tmp_path)
    pbx.dialect = OWN_DIALECT + f"# {CANARY}-6\n"
    pbx.edit('dialect = "simulated"', 'dialect = "own.toml"')
    pbx.site += CREDENTIALS + LOGIN + ATTESTED.format(on=days(0), until=days(30))
    pbx.site += f"# {CANARY}-7\n"
    pbx.edit('words = ["Beispiel"', f'words = ["{CANARY}-9"')
    pbx.waivers = accepting() + f"# {CANARY}-8\n"
    pbx.rules = {"own/XY-01.toml": own_rule("XY-01")}
    pbx.night()
    return pbx


def test_there_is_a_paper_of_each_kind_and_none_holds_a_secret(whole):
    assert {paper.kind for paper in whole.papers} == set(PaperKind)
    for paper in whole.papers:
        assert CANARY not in paper.content.decode()
        assert "credentials" not in json.dumps(json.loads(paper.content))
    assert CANARY not in whole.stored.snapshot.decode()


def test_no_key_of_a_place_of_credentials_is_kept(whole):
    (site,) = [one.content.decode() for one in whole.papers if one.kind is PaperKind.SITE]
    assert not [name for name in CredentialPlaces.model_fields if name in site]


def test_papers_are_what_they_say_wherever_they_lie(whole):
    before = {paper.kind: paper.digest for paper in whole.papers}
    whole.night()
    assert {paper.kind: paper.digest for paper in whole.papers} == before


@pytest.mark.parametrize("more", ["", DATED])
def test_a_site_file_is_read_again_as_it_was(whole, more):
    path = whole.folder / "x.toml"
    text = re.sub(r"(?m)^words = .*$", "", whole.site.replace(LOGIN, ""))
    site = parse_site_file(text + more, path).site
    again = read_site(site_paper(site))
    assert site_paper(again) == site_paper(site)
    assert (again.facts, again.hot_desk, again.lists) == (site.facts, site.hot_desk, site.lists)
    assert again.credentials == CredentialPlaces()


def test_waivers_are_read_again_as_they_were_and_unknown_controls_left_out():
    entries = (entry(), entry(line=9, rule="HD-10", guid="ab12", configuration="0" * 64))
    content = waiver_paper(entries)
    assert read_waiver_paper(content, RULES) == entries
    fewer = {name: rule for name, rule in RULES.items() if name != "HD-10"}
    assert read_waiver_paper(content, fewer) == entries[:1]


def test_rules_are_unpacked_as_they_were(whole, tmp_path):
    (content,) = [one.content for one in whole.papers if one.kind is PaperKind.RULES]
    folders = unpack_rules(content, tmp_path / "again")
    assert load_catalogue(own=folders).digest == whole.setup.catalogue.digest
    assert len(paths(tmp_path / "again")) == 1


def test_a_dialect_that_changed_since_it_was_read_is_not_kept(whole):
    (path,) = whole.folder.glob("*/own.toml")
    path.write_text(OWN_DIALECT.replace("0 ", "1 ") + "# changed\n", encoding="utf-8")
    kinds = {paper.kind for paper in papers_of(whole.setup, whole.snapshot)}
    assert PaperKind.DIALECT not in kinds
