"""Own and effective values of the objects that hot desking rests on, as the PBX says them.

`GetObject` shows an object without what its templates give, or with it; `template` is always said,
because the default is not that of SOAP. Own values are merged with those of other documents, and a
difference counts for neither. Effective values are compared with what we make of templates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from auditor.dialects import Dialect
from auditor.messages.message import Message, say
from auditor.model.site import Site
from auditor.model.snapshot import (
    APP_KIND,
    TEMPLATE_KIND,
    USER_KINDS,
    Gap,
    PbxObject,
    Setting,
    Snapshot,
)
from auditor.model.vocabulary import Area, Grade
from auditor.pbx.view import UNSET, AuditView
from auditor.sources.live.app_socket.allowed_messages import ADMIN_API, PROPERTIES, name_to_ask
from auditor.sources.live.app_socket.login_session import LoginSession
from auditor.sources.live.app_socket.questions import SilentError
from auditor.sources.live.app_socket.refusal_advice import READ_AGAIN
from auditor.sources.live.effective_check import (
    MAX_COMPARED,
    EffectiveSource,
    compare_effective,
    not_shown,
    to_compare,
)
from auditor.sources.live.refusals import RefusedError
from auditor.sources.parse.app_answers import TWICE
from auditor.sources.parse.app_objects import (
    count_fields,
    odd_parts,
    read_object,
    strange_fields,
    without_parents,
)
from auditor.sources.parse.known import CHILD_PARTS, KEPT_ATTRIBUTES
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.objects import without_parts
from auditor.sources.parse.reading import Reading
from auditor.values.firmware_labels import train_of

# The first train that knows `template` and `properties`.
_FIRST_TRAIN: Final = (13, 3)
_GET_OBJECT: Final = "GetObject"
OBJECT_ANSWER: Final = f"{_GET_OBJECT}Result"
# Of an App, its check marks outside what it is: nothing gives the form of all that it may hold.
_OF_APP: Final = ("guid", "cn", "h323", "hide", "critical")


class ObjectAsker:
    """Asks for objects, and notes in a reading what comes of it."""

    def __init__(
        self, session: LoginSession, reading: Reading, ledger: Ledger, dialect: Dialect, site: Site
    ) -> None:
        self._session = session
        self._reading = reading
        self._ledger = ledger
        self._dialect = dialect
        self._site = site

    def ask(self, known: Reading, firmware: str, tell: Callable[[int], None]) -> None:
        """Ask for the objects of another reading that hot desking rests on, and some others.

        These are templates, users with a flag of a hardware id, and Apps. An older train does not
        know what is asked here. Raises TargetError.
        """
        if (train_of(firmware) or (0, 0)) < _FIRST_TRAIN:
            self._note(say("it is asked from 13r3 on only"))
            return
        candidates = [one for _, one in to_compare(known, self._site)]
        try:
            for number, one in enumerate(_with_others(known, candidates), 1):
                tell(number)
                self._own(one)
        except RefusedError as error:
            self._session.go_on(after=error)
            self._note(error.reason)
            return
        way = EffectiveSource(
            _GET_OBJECT, self._reading.source, lambda one: self._shown(one, "with")
        )
        compare_effective(way, self._view(known), known, self._reading, tell)

    def _own(self, candidate: PbxObject) -> None:
        asked = _OF_APP if candidate.kind == APP_KIND else PROPERTIES
        odd: set[str] = set()
        shown = self._shown(candidate, "without", asked, odd)
        if shown is not None:
            self._reading.odd_parts |= {len(self._reading.objects): frozenset(odd)} if odd else {}
            self._reading.objects.append(shown)
            self._reading.secrets.append(None)

    def _view(self, known: Reading) -> AuditView:
        """Return the objects with the parents that the PBX lists for templates."""
        parents = {
            name: Setting(values, Grade.DOCUMENTED, self._reading.source)
            for name, values in (self._reading.parents or self._reading.parents_in_part).items()
            if values is not None
        }
        snapshot = Snapshot("", objects=tuple(known.objects), listed_parents=parents)
        return AuditView(snapshot, self._site)

    def _shown(
        self,
        candidate: PbxObject,
        template: str,
        properties: Sequence[str] = PROPERTIES,
        odd: set[str] | None = None,
    ) -> PbxObject | None:
        """Return an object as the PBX shows it; None if it shows none or another. Raises as `ask`.

        What it says and not as documented is added to `odd`.

        Raises RefusedError if the right or the message is missing, or the connection.
        """
        by = name_to_ask(candidate.guid, candidate.cn)
        if not by:
            name = f"{candidate.label:.80}"
            self._note(say("{name} has no name that could be asked for", name=name))
            return None
        asked = {**by, "template": template, "properties": list(properties)}
        try:
            answer = self._session.ask(ADMIN_API, _GET_OBJECT, asked)
        except SilentError:
            raise
        except RefusedError as error:
            if self._session.over:
                raise
            self._note(error.reason)
            return None
        self._name_strange(answer)
        count_fields(self._ledger, answer, properties)
        shown = read_object(answer, properties, self._dialect, self._reading.source)
        if shown is None or not _is_it(shown, candidate):
            gap = not_shown(candidate, self._reading.source)
            self._reading.gaps += [] if gap in self._reading.gaps else [gap]
            return None
        if odd is not None:
            null = {name for name, value in answer.items() if value is None}
            odd |= odd_parts(answer, properties) - null
        return without_parents(shown, answer, self._reading)

    def _name_strange(self, answer: Mapping[str, Any]) -> None:
        names = sorted(name for name in strange_fields(answer, PROPERTIES) if name.isidentifier())
        if names:
            note = say("fields that no document explains: {names}", names=", ".join(names)[:200])
            self._note(note)

    def _note(self, reason: Message) -> None:
        note = say("{message}: {reason}", message=_GET_OBJECT, reason=reason)
        if note not in self._reading.notes:
            self._reading.notes.append(note)


def doubt_object(known: Reading, answer: Mapping[str, Any], into: Reading) -> bool:
    """Leave open what an object is set to of which a second answer says something else.

    Return whether it is one that is known.
    """
    guid, is_known = str(answer.get("guid", "")).lower(), False
    for at, one in enumerate(known.objects):
        if guid and one.guid.lower() == guid:
            known.objects[at] = without_parts(one, KEPT_ATTRIBUTES | CHILD_PARTS)
            into.disputed_templates |= {one.cn} if one.kind == TEMPLATE_KIND else set()
            reason = say("object {name}: {reason}", name=f"{one.label:.80}", reason=TWICE)
            into.gaps.append(Gap(Area.OBJECTS, reason, into.source, 0, READ_AGAIN, doubtful=True))
            is_known = True
    return is_known


def _with_others(known: Reading, candidates: Sequence[PbxObject]) -> Iterator[PbxObject]:
    """Yield objects, the templates of the system, users with a flag of a hardware id, and Apps.

    Of each, as far as there is room for them. That a mark means what it is called rests on its name
    here.
    """
    yield from candidates
    templates = [one for one in known.objects if one.kind == TEMPLATE_KIND]
    yield from templates[:MAX_COMPARED] if candidates else ()
    guids = {one.guid for one in candidates}
    flagged = [one for one in known.objects if _has_flag(one) and one.guid not in guids]
    yield from flagged[:MAX_COMPARED]
    yield from [one for one in known.objects if one.kind == APP_KIND][:MAX_COMPARED]


def _is_it(shown: PbxObject, asked: PbxObject) -> bool:
    if asked.guid:
        return shown.guid.lower() == asked.guid.lower()
    return shown.cn == asked.cn


def _has_flag(one: PbxObject) -> bool:
    """Return whether a user has a hardware id on which a flag is set."""
    flags = (value for device in one.devices for value in device.flags.values())
    return one.kind in USER_KINDS and any(value not in UNSET for value in flags)
