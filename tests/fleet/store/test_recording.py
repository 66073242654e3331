"""What is recorded is there once, wholly, and only if it fits."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from auditor.errors import ExitCode, HistoryError
from auditor.fleet.compression import unpack
from auditor.fleet.history_model import AuditEnding, Cause, Expiry, Known, PaperKind, Standing
from auditor.fleet.store.history import History
from auditor.fleet.store.tables import AUDIT, FINDING, METADATA
from auditor.messages.message import say
from auditor.model.vocabulary import Severity, Status
from tests.fixtures.fleet_history import (
    DAY,
    NOW,
    attempt,
    audited,
    begin,
    change,
    change_of,
    control,
    finding,
    judgement,
    key,
    night,
    paper,
    record,
)

FAILED = (
    change("HD-01", None, Status.FAILED, Cause.FIRST),
    change_of("HD-01", "anna", None, Standing.FAILED, Cause.FIRST),
)


def contents(history):
    with history.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table))]
            for table in METADATA.sorted_tables
        }


def test_nothing_is_known_of_what_was_never_audited(history):
    assert history.known("graz") == Known()
    assert history.last_run() is None
    assert history.resume(NOW) is None
    begin(history)
    assert history.known("graz") == Known()


def test_what_is_recorded_is_known(history):
    seen = judgement(control("HD-01", Status.FAILED, finding("HD-01", "anna")))
    papers = paper(b"site"), paper(b"rules", PaperKind.RULES)
    run = night(history, record(of=audited(*FAILED, judged=seen, papers=papers)))
    known = history.known("graz")
    assert known.serial == "009033aa"
    assert known.controls["HD-01"][1:] == (1, Status.FAILED, Severity.HIGH)
    assert known.findings[key("HD-01", "anna")].standing is Standing.FAILED
    assert known.findings[key("HD-01", "anna")].subject.name == "anna"
    assert (known.basis.run, known.basis.objects) == (run, 44)
    assert history.document(known.basis.snapshot) == b'{"objects": []}'
    assert {kind: history.document(at) for kind, at in known.basis.papers.items()} == {
        PaperKind.SITE: b"site",
        PaperKind.RULES: b"rules",
    }
    assert history.bound() == {"009033aa": "graz"}
    assert history.tenants() == {"graz": "muster"}


def test_what_a_run_asks_for_is_what_is_known_with_its_documents(history):
    assert history.known_with_documents("graz") == (Known(), {})
    begin(history)
    assert history.known_with_documents("graz") == (Known(), {})
    papers = paper(b"site"), paper(b"rules", PaperKind.RULES)
    ends = (Expiry("waiver", "HD-01", DAY, "anna"),)
    night(history, record(of=audited(*FAILED, papers=papers, expiries=ends)))
    known, documents = history.known_with_documents("graz")
    assert known == history.known("graz")
    assert known.basis.expiries == ends
    contents = {digest: unpack(one) for digest, one in documents.items()}
    assert set(contents.values()) == {b"site", b"rules", b'{"objects": []}'}
    assert set(contents) == {known.basis.snapshot, *known.basis.papers.values()}


def test_it_is_there_after_opening_again(place):
    with History.open(place) as history:
        night(history, record())
        before = contents(history)
    with History.open(place) as history:
        assert contents(history) == before


def test_who_asks_several_questions_sees_one_state(history, place):
    run = begin(history)
    count = select(func.count()).select_from(AUDIT)
    with History.open(place) as other, other.reading() as connection:
        assert connection.scalar(count) == 0
        history.record(run, record())
        assert connection.scalar(count) == 0
    with history.reading() as connection:
        assert connection.scalar(count) == 1


def test_the_same_twice_changes_nothing_and_another_is_refused(history):
    run = begin(history)
    history.record(run, record())
    before = contents(history)
    history.record(run, record())
    assert contents(history) == before
    with pytest.raises(HistoryError):
        history.record(run, attempt())
    assert contents(history) == before


@pytest.mark.parametrize("ending", [one for one in AuditEnding if one is not AuditEnding.AUDITED])
def test_an_attempt_changes_nothing_but_that_it_was_made(history, ending):
    night(history, record())
    before = history.known("graz")
    run = night(history, attempt(ending=ending), number=1)
    assert history.known("graz") == before
    with history.reading() as connection:
        row = connection.execute(select(AUDIT).where(AUDIT.c.run == run)).one()
    assert (row.ending, row.reason, row.snapshot) == (ending, "it does not answer", None)


def test_what_was_said_can_be_said_in_another_language(history):
    remarks = say("{name} was renamed", name="anna"), say("{{}} 100 %")
    night(history, record(remarks=remarks), attempt("wien"))
    with history.reading() as connection:
        rows = connection.execute(select(AUDIT.c.remarks, AUDIT.c.reason).order_by(AUDIT.c.pbx))
        (kept, nothing), (_, reason) = rows.all()
    assert [(one.template, one.parameters) for one in kept] == [
        (one.template, one.parameters) for one in remarks
    ]
    assert (nothing, reason.template) == ("", "it does not answer")


WRONG = {
    "a change from what is not": audited(change("HD-01", Status.FAILED, Status.PASSED)),
    "a change from nothing": audited(change("HD-01", None, Status.FAILED)),
    "a finding from what is not": audited(
        change_of("HD-01", "anna", Standing.FAILED, Standing.FIXED)
    ),
    "two changes of one control": audited(
        change("HD-02", None, Status.FAILED), change("HD-02", None, Status.PASSED)
    ),
    "a finding without a subject": audited(
        change_of("HD-01", "anna", None, Standing.FAILED)._replace(subject=None)
    ),
    "two papers of a kind": audited(papers=(paper(b"one"), paper(b"two"))),
    "another box": audited(serial="00-90-33-BB"),
}


@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_does_not_fit_is_not_recorded_at_all(history, wrong):
    night(history, record())
    run = begin(history, night=1)
    before = contents(history)
    with pytest.raises(HistoryError) as error:
        history.record(run, record(of=wrong._replace(snapshot=b"another"), night=1))
    assert error.value.exit_code is ExitCode.OUTPUT
    assert contents(history) == before


def test_an_ending_says_whether_there_is_something_to_record(history):
    run = begin(history)
    with pytest.raises(HistoryError):
        history.record(run, record()._replace(audited=None))
    with pytest.raises(HistoryError):
        history.record(run, record()._replace(ending=AuditEnding.UNREACHABLE))


def test_what_was_not_planned_is_not_recorded(history):
    run = begin(history)
    with pytest.raises(HistoryError):
        history.record(run, record("wien"))
    with pytest.raises(HistoryError):
        history.record(run + 1, record())


def test_nothing_is_recorded_under_another_tenant(history):
    night(history, record())
    run = begin(history, tenant="beispiel", night=1)
    with pytest.raises(HistoryError):
        history.record(run, record(of=audited(), tenant="beispiel", night=1))
    history.record(run, attempt(tenant="beispiel", ending=AuditEnding.REFUSED, night=1))
    assert history.tenants() == {"graz": "muster"}


def test_a_box_has_one_id(history):
    night(history, record())
    run = begin(history, "wien", night=1)
    with pytest.raises(HistoryError, match="another id"):
        history.record(run, record("wien", night=1))
    assert history.bound() == {"009033aa": "graz"}


def test_the_whole_serial_of_another_id_is_not_bound_either(history):
    night(history, record(of=audited(serial="00-90-33-11-22-33")))
    night(history, record("wien", of=audited(serial="11-22-33"), night=1), number=1)
    run = begin(history, "wien", night=2)
    with pytest.raises(HistoryError, match="another id"):
        history.record(run, record("wien", of=audited(serial="00-90-33-11-22-33"), night=2))
    assert history.bound() == {"009033112233": "graz", "112233": "wien"}


def test_evidence_without_a_serial_binds_nothing(history):
    night(history, record(of=audited(serial="")))
    assert history.bound() == {}
    night(history, record(of=audited(), night=1), number=1)
    night(history, record(of=audited(serial=""), night=2), number=2)
    assert history.known("graz").serial == "009033aa"


def test_who_was_renamed_is_the_same_finding(history):
    first = judgement(control("HD-01", Status.FAILED, finding("HD-01", "anna")))
    night(history, record(of=audited(*FAILED, judged=first)))
    renamed = judgement(control("HD-01", Status.FAILED, finding("HD-01", "anna", name="Anna B")))
    night(history, record(of=audited(judged=renamed), night=1), number=1)
    assert history.known("graz").findings[key("HD-01", "anna")].subject.name == "Anna B"
    with history.reading() as connection:
        assert connection.scalar(select(func.count()).select_from(FINDING)) == 1


def test_a_control_that_is_not_asked_is_not_known_and_may_come_back(history):
    night(history, record())
    gone = audited(
        change("HD-01", Status.PASSED, Standing.NOT_ASKED, Cause.RULES), judged=judgement()
    )
    night(history, record(of=gone, night=1), number=1)
    assert history.known("graz").controls == {}
    back = audited(change("HD-01", None, Status.FAILED, Cause.RULES))
    night(history, record(of=back, night=2), number=2)
    assert history.known("graz").controls["HD-01"].status is Status.FAILED


def test_a_document_is_kept_once(history):
    night(history, record())
    night(history, record(of=audited(), night=1), record("wien", of=audited(serial="b")), number=1)
    assert len(contents(history)["document"]) == 2


def test_a_document_that_is_not_there_is_an_error(history):
    with pytest.raises(HistoryError):
        history.document("0" * 64)


def test_a_run_is_taken_up_where_it_stopped(history):
    run = begin(history, "graz", "wien", "linz")
    history.record(run, record("wien"))
    history.record(run, attempt("linz"))
    assert history.resume(NOW) == (run, {"wien", "linz"})
    assert history.last_run().left == ("graz",)
    history.end(run, ExitCode.INTERNAL, NOW)
    assert history.resume(NOW + timedelta(hours=1)) == (run, {"wien", "linz"})
    assert history.last_run().ended is None
    history.record(run, record("graz", of=audited(serial="")))
    assert history.resume(NOW + timedelta(hours=1)) == (run, {"wien", "linz", "graz"})
    history.end(run, ExitCode.OK, NOW + timedelta(hours=1))
    assert history.resume(NOW + timedelta(hours=1)) is None


def test_a_new_run_leaves_what_was_not_done_for_good(history):
    first = begin(history, "graz", "wien")
    second = begin(history, "graz", night=1)
    assert second == first + 1
    with pytest.raises(HistoryError):
        history.record(first, record("wien"))
    history.record(second, record(night=1))
    history.end(second, ExitCode.OK, NOW + timedelta(days=2))
    assert history.resume(NOW + timedelta(days=2)) is None


def test_only_a_run_that_began_can_end(history):
    with pytest.raises(HistoryError):
        history.end(1, ExitCode.OK, NOW)


def test_a_clock_that_was_set_back_orders_nothing(history):
    night(history, record(night=5), number=5)
    run = night(history, record(of=audited(), night=2), number=2)
    assert run == 2
    assert history.last_run().clock_back
    assert history.known("graz").basis.run == run
    assert [event.kind for event in history.events()] == ["clock-back"]
    night(history, record(of=audited(), night=7), number=7)
    assert not history.last_run().clock_back
