"""The engine: crashes stay inside their control, and what was not read is never passed."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.facts import known_facts
from auditor.messages.message import say
from auditor.model.result import Observation, Subject
from auditor.model.site import Site
from auditor.model.snapshot import Gap, Snapshot
from auditor.model.vocabulary import Area, Automation, Coverage, Status, Verdict
from auditor.pbx.view import AuditView
from auditor.report.translation import german
from auditor.rules.catalogue import load_catalogue
from auditor.run.engine import fold, run_controls
from auditor.run.missing_evidence import name_missing_facts
from tests.rules.harness import example_input, read, site_of

RULES = load_catalogue(examples=True).rules
COMPLETE = dict.fromkeys(Area, Coverage.COMPLETE)


def observation(verdict, name="a", prop="p"):
    return Observation(Subject("user", name, name), Verdict(verdict), say("detail"), prop)


def snapshot(areas=COMPLETE, gaps=(), target="t"):
    return Snapshot(target, areas=areas, gaps=gaps)


def rule(name="HD-04", **changes):
    return replace(RULES[name], **changes)


def run(check, chosen=None, overrides=None, seen=None):
    chosen = chosen or rule()
    view = AuditView(seen or snapshot(), Site())
    (result,) = run_controls(view, [chosen], overrides or {}, {chosen.check: check})
    return result


def yields(*observations):
    return lambda *_: iter(observations)


@pytest.mark.parametrize(
    ("verdicts", "status"),
    [
        ("", "not-applicable"),
        ("compliant", "passed"),
        ("compliant compliant", "passed"),
        ("undetermined", "unknown"),
        ("compliant undetermined", "unknown"),
        ("violated", "failed"),
        ("compliant undetermined violated", "failed"),
    ],
)
def test_fold(verdicts, status):
    assert fold(map(observation, verdicts.split())) == status


@settings(deadline=None)
@given(st.lists(st.sampled_from(list(Verdict))), st.sampled_from(list(Verdict)))
def test_one_more_observation_never_makes_it_better(verdicts, more):
    order = [Status.PASSED, Status.UNKNOWN, Status.FAILED]
    before = fold(map(observation, verdicts))
    after = fold(map(observation, [*verdicts, more]))
    if before is not Status.NOT_APPLICABLE:
        assert order.index(after) >= order.index(before)


class TestCrashes:
    def crash(self, *_):
        raise ValueError("Geheimnis-4711")

    def late_crash(self, *_):
        yield observation("compliant")
        raise KeyError("Geheimnis-4711")

    @pytest.mark.parametrize("check", ["crash", "late_crash"])
    def test_a_crash_is_an_error_that_quotes_nothing(self, check):
        result = run(getattr(self, check))
        assert (result.status, result.findings) == (Status.ERROR, ())
        assert "test_engine.py" in result.reason
        assert "4711" not in result.reason

    def test_it_says_where_and_keeps_severity_parameters_and_their_reason(self):
        def crash(*_):
            raise ValueError

        chosen = rule("HD-03")
        result = run(crash, chosen, {"HD-03": {"maximum": 5, "reason": "until May"}})
        assert (result.severity, result.overridden) == (chosen.severity, "until May")
        assert result.parameters == {**chosen.params, "maximum": 5}
        said = dict(result.reason.parameters)
        assert (said["error"], said["file"]) == ("ValueError", "test_engine.py")
        assert said["line"] > 1
        assert run(crash, chosen).overridden == ""

    def test_endless_recursion_is_one_too(self):
        def check(*_):
            return check()

        assert run(check).status is Status.ERROR

    def test_the_other_controls_run(self):
        rules = [rule("HD-04"), rule("HD-10")]
        checks = {
            RULES["HD-04"].check: self.crash,
            RULES["HD-10"].check: yields(observation("compliant")),
        }
        results = run_controls(AuditView(snapshot(), Site()), rules, {}, checks)
        assert [result.status for result in results] == [Status.ERROR, Status.PASSED]

    def test_a_parameter_that_is_missing_is_an_error(self):
        result = run(lambda _, parameters: [observation("compliant")] * parameters.integer("x"))
        assert result.status is Status.ERROR


class TestCoverage:
    @pytest.mark.parametrize("area", list(Area))
    def test_a_fact_that_was_not_read_is_never_passed(self, area):
        chosen = rule(facts=[area], complete=[])
        for areas in ({}, {**COMPLETE, area: Coverage.MISSING}):
            result = run(yields(observation("compliant")), chosen, seen=snapshot(areas))
            assert result.status is Status.UNKNOWN
            assert run(yields(), chosen, seen=snapshot(areas)).status is Status.UNKNOWN

    @pytest.mark.parametrize(("needed", "status"), [(True, "unknown"), (False, "passed")])
    def test_a_partly_read_area_is_enough_only_where_the_rule_says_so(self, needed, status):
        chosen = rule(facts=[Area.OBJECTS], complete=[Area.OBJECTS] if needed else [])
        seen = snapshot({**COMPLETE, Area.OBJECTS: Coverage.PARTIAL})
        assert run(yields(observation("compliant")), chosen, seen=seen).status == status

    def test_what_is_missing_is_an_observation_about_the_area(self):
        chosen = rule(facts=[Area.CALL_FILTERS], complete=[])
        (finding,) = run(yields(), chosen, seen=snapshot({})).findings
        seen = finding.observation
        assert (seen.subject.kind, seen.subject.id) == ("area", "call_filters")
        assert (seen.subject.name, seen.property) == ("call filters", "coverage")
        assert seen.verdict is Verdict.UNDETERMINED

    def test_a_fact_that_is_missing_is_called_what_people_call_it(self):
        chosen = rule(facts=["admin_logout_minutes"], complete=[])
        (finding,) = run(yields(), chosen, seen=snapshot({})).findings
        label = known_facts()["admin_logout_minutes"].label
        assert finding.observation.subject.name == label

    @pytest.mark.parametrize(("verdict", "number"), [("undetermined", 1), ("compliant", 2)])
    def test_what_a_check_could_not_see_of_a_fact_is_said_once(self, verdict, number):
        chosen = rule(facts=["telnet_port"], complete=["telnet_port"])
        found = observation(verdict)._replace(subject=Subject("setting", "telnet_port", "x"))
        result = run(yields(found), chosen, seen=snapshot({}))
        assert (result.status, len(result.findings)) == (Status.UNKNOWN, number)

    def test_a_violation_stands_whatever_was_not_read(self):
        assert run(yields(observation("violated")), seen=snapshot({})).status is Status.FAILED

    def test_the_gap_and_its_advice_are_given(self):
        gap = Gap(Area.OBJECTS, say("the PBX answers 403"), advice=say("grant it"))
        result = run(yields(), rule(facts=[Area.OBJECTS]), seen=snapshot({}, (gap,)))
        detail = result.findings[0].observation.detail
        assert "403" in detail
        assert "grant it" in detail

    @pytest.mark.parametrize("advice", ["", "run again"])
    @pytest.mark.parametrize("count", [0, 1, 2, 4])
    def test_gaps_that_are_ours_are_given_in_german_too(self, count, advice):
        gaps = tuple(
            Gap(Area.OBJECTS, say("the PBX answers {status}", status=400 + n), advice=say(advice))
            for n in range(count)
        )
        result = run(yields(), rule(facts=[Area.OBJECTS]), seen=snapshot({}, gaps))
        detail = result.findings[0].observation.detail
        assert detail.told(german) != str(detail)
        assert [n for n in range(4) if str(400 + n) in detail] == list(range(min(count, 3)))

    def test_unknown_of_an_attested_control_is_manual(self):
        chosen = rule(automation=Automation.ATTESTED)
        assert run(yields(observation("undetermined")), chosen).status is Status.MANUAL
        assert run(yields(observation("violated")), chosen).status is Status.FAILED

    def test_nothing_seen_is_not_applicable_with_a_reason(self):
        result = run(yields())
        assert result.status is Status.NOT_APPLICABLE
        assert result.reason == rule().nothing_seen
        assert result.severity is rule().severity
        assert run(yields(observation("compliant"))).reason == ""


class TestOverrides:
    CHOSEN = ("HD-03", {"maximum": 5, "reason": "a migration until May"})

    def test_an_override_replaces_a_parameter_and_gives_its_reason(self):
        name, values = self.CHOSEN
        seen = []

        def check(_, parameters):
            seen.append(parameters.integer("maximum"))
            return []

        result = run(check, rule(name), {name: values})
        assert seen == [5]
        assert result.overridden == "a migration until May"
        assert result.parameters["maximum"] == 5
        assert "reason" not in result.parameters

    def test_an_override_without_a_reason_has_none(self):
        result = run(yields(), rule("HD-03"), {"HD-03": {"maximum": 5}})
        assert (result.overridden, result.parameters["maximum"]) == ("", 5)

    def test_overrides_of_another_control_change_nothing(self):
        result = run(yields(), rule("HD-03"), {"HD-01": {"maximum": 5, "reason": "x"}})
        assert (result.overridden, result.parameters) == ("", dict(rule("HD-03").params))


class TestFingerprints:
    def prints(self, *observations, chosen=None, target="t"):
        result = run(yields(*observations), chosen, seen=snapshot(target=target))
        return [finding.fingerprint for finding in result.findings]

    def test_they_are_unique_even_for_the_same_thing_twice(self):
        same = [observation("violated")] * 3
        assert len(set(self.prints(*same))) == 3

    def test_they_do_not_depend_on_order_message_or_name(self):
        first, second = observation("violated", "a"), observation("compliant", "b")
        renamed = Observation(
            Subject("user", "a", "New"), Verdict.VIOLATED, say("other words"), "p"
        )
        assert set(self.prints(first, second)) == set(self.prints(second, renamed))

    def test_they_depend_on_rule_target_subject_and_property(self):
        variants = [
            self.prints(observation("violated", name, prop), chosen=rule(chosen), target=target)[0]
            for name, prop, chosen, target in product("ab", "pq", ["HD-04", "HD-10"], "tu")
        ]
        assert len(set(variants)) == 16

    def test_violations_come_first(self):
        result = run(yields(*map(observation, ["compliant", "undetermined", "violated"])))
        verdicts = [finding.observation.verdict for finding in result.findings]
        assert verdicts == ["violated", "undetermined", "compliant"]

    def test_subjects_are_counted_once(self):
        same = [observation("compliant", prop=prop) for prop in "pq"]
        assert run(yields(*same, observation("compliant", "b"))).subjects_seen == 2


def test_that_nobody_looked_at_tls_is_said_only_where_a_control_asks():
    without_tls = {area: Coverage.COMPLETE for area in Area if area is not Area.TLS}
    seen = snapshot(without_tls)
    assert name_missing_facts(seen, [RULES["HD-04"]]).gaps == ()
    (gap,) = name_missing_facts(seen, [RULES["HD-04"], RULES["TLS-01"]]).gaps
    assert gap.area == Area.TLS
    assert "https://" in gap.advice
    assert name_missing_facts(snapshot(), [RULES["TLS-01"]]).gaps == ()


@pytest.mark.parametrize("name", ["TLS-01", "BAK-01"])
def test_what_depends_on_the_day_is_open_without_one(name, tmp_path):
    passing = next(e for e in RULES[name].examples if e.status is Status.PASSED)
    given_input = example_input(passing)
    view = AuditView(read(given_input, tmp_path), site_of(given_input))
    (result,) = run_controls(view, [RULES[name]], {})
    assert {finding.observation.verdict for finding in result.findings} == {Verdict.UNDETERMINED}
