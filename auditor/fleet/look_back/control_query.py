"""Which PBXs would fail a control, by its rules of today and the snapshots of a day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Final, NamedTuple

from auditor.errors import AuditorError, ExitCode
from auditor.fleet.inventory.inventory_model import Inventory, Pbx
from auditor.fleet.inventory.policy_documents import KeptCatalogues
from auditor.fleet.look_back import answer_schema as v1
from auditor.fleet.look_back.former import former_of
from auditor.fleet.look_back.judged_again import kept, night_by_rules_of_today
from auditor.fleet.store.history import History
from auditor.fleet.store.queries.change_queries import in_force, pbxs_on
from auditor.fleet.store.queries.result_rows import InForce
from auditor.messages.both import Both
from auditor.messages.message import NOTHING, Message, say, together
from auditor.model.result import ControlResult
from auditor.model.rule import RuleDocument
from auditor.model.site import Site
from auditor.model.vocabulary import Status, Verdict
from auditor.rules.catalogue import Catalogue
from auditor.site.site_file import load_site_file

_ANSWERS: Final[Mapping[Status, v1.AnswerWord]] = {
    Status.FAILED: "failed",
    Status.WAIVED: "waived",
    Status.PASSED: "passed",
    Status.NOT_APPLICABLE: "not-applicable",
}
_ORDER: Final[Sequence[v1.AnswerWord]] = (
    "failed", "undecided", "no-snapshot", "waived", "passed", "not-applicable",
)  # fmt: skip


class ToldAnswer(NamedTuple):
    """An answer, with what is to be said of it as a message.

    `is_old` says that the snapshot was out of date already on the day that is asked about.
    """

    answer: v1.Answer
    reason: Message
    is_old: bool = False


class ControlQuery(NamedTuple):
    """What is asked: a control, by the snapshots at the end of a day."""

    control: str
    day: date


class Asking:
    """Asks one control of many PBXs."""

    def __init__(self, history: History, question: ControlQuery) -> None:
        self._history = history
        self._question = question
        self._catalogue_of = KeptCatalogues()

    def title(self, inventory: Inventory) -> Both:
        """Return the title of the control. Raises RuleDocumentError if no PBX could have it."""
        name = self._question.control
        for pbx in inventory.pbxs:
            try:
                catalogue = self._catalogue(pbx)
            except AuditorError:
                continue
            if name in catalogue.rules:
                return _title(catalogue.rules[name])
        bundled = self._catalogue_of(Site(), ())
        bundled.check_known({name}, "CONTROL")
        return _title(bundled.rules[name])

    def answer(self, pbx: Pbx, audit: InForce | None, *, has_left: bool = False) -> ToldAnswer:
        """Return what the control comes to for one PBX. What is wrong with it is its reason.

        It is said of one that has left the inventory.
        """
        told = self._answer(pbx, audit)
        if not has_left:
            return told
        reason = together(told.reason, say("the inventory has it no more"))
        return told._replace(answer=replace(told.answer, reason=reason), reason=reason)

    def _answer(self, pbx: Pbx, audit: InForce | None) -> ToldAnswer:
        if audit is None or audit.tenant != pbx.tenant:
            return self._told(pbx, None, "no-snapshot")
        try:
            catalogue = self._catalogue(pbx)
            if self._question.control not in catalogue.rules:
                return self._told(pbx, audit, "undecided", say("it has no such control"))
            night = night_by_rules_of_today(
                kept(self._history, audit), pbx, catalogue, self._question.control
            )
            results = night.outcome().results
        except AuditorError as error:
            return self._told(pbx, audit, "undecided", error.message)
        return self._of_result(pbx, audit, results[0])

    def _catalogue(self, pbx: Pbx) -> Catalogue:
        return self._catalogue_of(load_site_file(pbx.site).site, pbx.rules)

    def _of_result(self, pbx: Pbx, audit: InForce, result: ControlResult) -> ToldAnswer:
        answer = _ANSWERS.get(result.status, "undecided")
        violated = [
            one.observation.subject.name
            for one in result.findings
            if one.observation.verdict is Verdict.VIOLATED and one.accepted is None
        ]
        reason = _why_open(result) if answer == "undecided" else NOTHING
        return self._told(pbx, audit, answer, reason, violated)

    def _told(
        self,
        pbx: Pbx,
        audit: InForce | None,
        answer: v1.AnswerWord,
        reason: Message = NOTHING,
        violated: Iterable[str] = (),
    ) -> ToldAnswer:
        when = v1.When(audit.success.run, audit.success.day) if audit is not None else None
        age = (self._question.day - when.day).days if when is not None else None
        is_old = age is not None and timedelta(days=age) > timedelta(seconds=pbx.max_age)
        if is_old:
            reason = together(reason, say("its snapshot was out of date on that day"))
        told = v1.Answer(
            pbx.id, pbx.tenant, answer, when, age, list(dict.fromkeys(violated)), reason
        )
        return ToldAnswer(told, reason, is_old)


class Answered(NamedTuple):
    """The answers as a document, those that fail first, and what is told of each."""

    document: v1.Asked
    told: Sequence[ToldAnswer]


def answered(
    history: History, inventory: Inventory, query: ControlQuery, at: date | None, only: str | None
) -> Answered:
    """Ask all PBXs, or those of one tenant, by the audits that counted at the end of a day.

    PBXs of that day that left the inventory since are asked, too. Raises RuleDocumentError if no
    PBX could have the control, HistoryError.
    """
    asking = Asking(history, query)
    title = asking.title(inventory)
    with history.reading() as connection:
        audits = {one.pbx: one for one in in_force(connection, at)}
        left = [*former_of(inventory.pbxs, pbxs_on(connection, at))] if at else []
    told = in_order(
        asking.answer(pbx, audits.get(pbx.id), has_left=pbx in left)
        for pbx in (*inventory.pbxs, *left)
        if only in {None, pbx.tenant}
    )
    return Answered(asked_of(query, title, told), told)


def check_control(history: History, inventory: Inventory, query: ControlQuery) -> None:
    """Raise RuleDocumentError for a control that no PBX could have."""
    Asking(history, query).title(inventory)


def _title(rule: RuleDocument) -> Both:
    return Both(rule.title, rule.de.title)


def asked_of(question: ControlQuery, title: str, told: Sequence[ToldAnswer]) -> v1.Asked:
    """Return the answers as a document, those that fail first."""
    return v1.Asked(question.control, title, question.day, [one.answer for one in in_order(told)])


def in_order(told: Iterable[ToldAnswer]) -> list[ToldAnswer]:
    """Return answers with those that fail first."""
    return sorted(
        told,
        key=lambda one: (_ORDER.index(one.answer.answer), one.answer.tenant, one.answer.pbx),
    )


def code_of(told: Sequence[ToldAnswer]) -> ExitCode:
    """Return the exit code: whether any fails, or could."""
    answers = {one.answer.answer for one in told}
    if "failed" in answers:
        return ExitCode.FINDINGS
    is_open = answers & {"undecided", "no-snapshot"} or any(one.is_old for one in told)
    return ExitCode.INCOMPLETE if is_open else ExitCode.OK


def _why_open(result: ControlResult) -> Message:
    """Return the first reason why a control could not be decided."""
    details = (
        one.observation.detail
        for one in result.findings
        if one.observation.verdict is Verdict.UNDETERMINED
    )
    return next((one for one in details if one), NOTHING)
