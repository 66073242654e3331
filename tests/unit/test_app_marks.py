"""The check marks of app objects are documented in XML, the mark `critical` in JSON only."""

from __future__ import annotations

import pytest

from auditor.model.site import Site
from auditor.model.vocabulary import Grade, Status
from auditor.pbx.view import AuditView
from auditor.rules.catalogue import load_catalogue
from auditor.run.engine import AssessmentTerms, run_controls
from auditor.sources.saved_evidence import read_files
from tests.fixtures.pbx import PBX_PASSWORD, configuration_of, site_of, write

CATALOGUE = load_catalogue()
STRICT = AssessmentTerms(refused_grades=CATALOGUE.profiles["strict"].refused_grades)
DOCUMENTED = site_of().model_copy(update={"target": Site().target})


@pytest.mark.parametrize(
    ("control", "status"), [("APP-03", Status.PASSED), ("APP-04", Status.UNKNOWN)]
)
def test_what_is_inferred_does_not_pass_in_profile_strict(control, status, tmp_path):
    write(tmp_path, {"cfg.txt": configuration_of()})
    snapshot = read_files(tmp_path, DOCUMENTED, PBX_PASSWORD)
    rule = CATALOGUE.rules[control]
    view = AuditView(snapshot, DOCUMENTED)
    (lenient,) = run_controls(view, [rule], {})
    (strict,) = run_controls(view, [rule], {}, terms=STRICT)
    assert lenient.status is Status.PASSED
    assert strict.status is status
    if status is Status.UNKNOWN:
        assert any(
            item.grade is Grade.INFERRED and item.attribute == "critical"
            for finding in strict.findings
            for item in finding.observation.evidence
        )
