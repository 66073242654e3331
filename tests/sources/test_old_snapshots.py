"""Snapshots that hold texts: what this program said itself becomes the messages they were."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.messages.message import loaded
from auditor.model.site import Site
from auditor.report.translation import german
from auditor.sources.saved_evidence import read_files
from auditor.sources.snapshot.old_schemas import with_messages
from auditor.sources.snapshot.saved import dump_snapshot, load_snapshot
from tests.fixtures.pbx import CONFIGURATIONS, PBX_PASSWORD, configuration_of, judge, write
from tests.fixtures.texts import as_texts
from tests.fixtures.values import VALUES

KEY = "pbx-auditor-snapshot"


def reason(text):
    (gap,) = with_messages({"gaps": [{"area": "objects", "reason": text}]})["gaps"]
    return gap["reason"]


@pytest.mark.parametrize("config", CONFIGURATIONS)
@pytest.mark.parametrize(
    "damage", [lambda b: b, lambda b: b[: len(b) // 2], lambda b: b + b"x y\n"]
)
def test_it_is_the_snapshot_that_it_was(tmp_path, config, damage):
    folder = write(tmp_path / "evidence", {"cfg.txt": damage(configuration_of(config))})
    snapshot = read_files(folder, Site(), PBX_PASSWORD)
    content = as_texts(json.loads(b"".join(dump_snapshot(snapshot))))
    content.pop("sha256")
    content[KEY]["schema_version"] = "1.0"
    path = tmp_path / "old.json"
    path.write_text(json.dumps(content), encoding="utf-8")
    found = load_snapshot(path)
    assert found.objects == snapshot.objects
    assert found.settings == snapshot.settings
    # Those of 1.0 come behind: it did not prove what it read to be whole.
    assert found.gaps[: len(snapshot.gaps)] == snapshot.gaps
    assert found.sources == snapshot.sources
    assert "passed" not in {one.status for one in judge(found, Site()).results}


@pytest.mark.parametrize(
    ("text", "translated"),
    [
        ("cfg.txt: the PBX answers 404", "cfg.txt: die PBX antwortet mit 404"),
        (
            "Werk 2: the reading was interrupted; 3 objects were not asked for",
            "Werk 2: das Lesen wurde unterbrochen; 3 Objekte wurden nicht abgefragt",
        ),
        (
            "evidence that could not be read: the link leads nowhere",
            "Nachweise, die nicht gelesen werden konnten: der Link führt ins Leere",
        ),
    ],
)
def test_what_this_program_said_can_be_said_in_german(text, translated):
    assert loaded(reason(text)).told(german) == translated


def test_several_notes_on_one_document_are_several_messages():
    text = "its secrets open with the factory login; read because of cfg.txt: it is cut off"
    (source,) = with_messages({"sources": [{"note": text}]})["sources"]
    assert len(source["note"]["parameters"]["parts"]) == 2


@pytest.mark.parametrize(
    "text",
    ["somebody's own words", "cfg.txt: somebody's own words", "cfg.txt ended early: "],
)
def test_what_is_not_ours_stays_text(text):
    assert reason(text) == {"template": text}


@pytest.mark.parametrize("value", [*VALUES, "x" * 10_000])
def test_a_hostile_name_stays_a_name(value):
    found = reason(f"object {value}: it is cut off")
    if value:
        assert found["parameters"]["name"] == value


@settings(deadline=None, derandomize=True, database=None)
@given(st.text(min_size=1))
def test_no_text_changes(text):
    assert as_texts(reason(text)) == text
