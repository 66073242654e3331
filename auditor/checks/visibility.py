"""Who sees whom and with whom they speak."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from auditor.checks.support.grouped_observations import OpenQuestions
from auditor.checks.support.observe import about, compliant, listed_objects, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.messages.message import NOTHING, Message, joined, say
from auditor.model.change import LOOK_THERE, ClearedMarks
from auditor.model.result import Fix, Observation
from auditor.model.snapshot import Allowance, PbxObject
from auditor.pbx.view import AuditView

_PART: Final = "allows"
_OPEN_TO_MANY: Final = "@"
_OFF: Final = frozenset({None, "", "false"})


def calls_are_not_shown_to_all(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Check that no user or template lets a whole domain see calls."""
    telling = parameters.names("telling")
    questions = OpenQuestions(view, _PART)
    fine = 0
    for member in view.snapshot.objects:
        found = [o for o in (_judge(view, member, one, telling) for one in member.allowances) if o]
        yield from found
        if not member.shows(_PART):
            questions.add(say("this source does not show {part}", part=_PART), member)
        else:
            fine += not found
    yield from questions.observations()
    if fine:
        detail = say("none of them lets a whole domain see its calls")
        yield compliant(listed_objects(fine), _PART, detail)


def _judge(
    view: AuditView, member: PbxObject, one: Allowance, telling: tuple[str, ...]
) -> Observation | None:
    """Return what is wrong or open about one entry; None if it tells a domain nothing."""
    if not one.name.startswith(_OPEN_TO_MANY):
        return None
    shown = [name for name in telling if one.flags.get(name) not in _OFF]
    if not shown:
        return None
    subject = about(member, member.kind or "user")
    prop = f"{_PART}:{one.name}"
    evidence = [view.locate(member, _PART, f"{one.name}: {', '.join(shown)}")]
    if any(one.flags[name] != "true" for name in shown):
        detail = say(
            "a flag of {name} is neither true nor false, so its meaning is not known", name=one.name
        )
        return undetermined(subject, prop, detail, evidence)
    seen = joined("{one} and {other}", shown)
    detail = say("everybody of {name} may see {what}", name=one.name, what=seen)
    fix = Fix(
        _PART,
        f"{one.name}: {', '.join(shown)}",
        say("only people or groups that need it"),
        *_untold(member, one, shown),
    )
    return violated(subject, prop, detail, evidence, fix)


def _untold(
    member: PbxObject, one: Allowance, shown: Sequence[str]
) -> tuple[ClearedMarks | None, Message]:
    """Return the change that stops telling a whole domain."""
    if [entry.name for entry in member.allowances].count(one.name) != 1:
        return None, LOOK_THERE
    marks = " ".join(sorted(shown))
    return ClearedMarks(member.guid, member.cn, "allow", one.name, marks), NOTHING
