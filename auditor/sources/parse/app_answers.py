"""Answers of the PBX's `PbxAdminApi` and of its client socket, turned into facts; secrets dropped.

Source: SDK doc/appwebsocket/PbxAdminApi.htm and myApps.htm, 13r3. What is not a documented field is
named in a note, and counts as not understood. Nothing of an answer is kept but what is listed here:
`turnPwd` arrives unasked and presumably in clear, and becomes whether it is set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeGuard

from auditor.facts import DIRECT_REGISTRATIONS, PROXIED_REGISTRATIONS, known_facts
from auditor.messages.message import Message, say
from auditor.model.snapshot import Gap
from auditor.model.vocabulary import Area, Grade
from auditor.sources.parse.answer_account import is_name
from auditor.sources.parse.answer_facts import NOTHING_FITS
from auditor.sources.parse.ledger import (
    AFTER_END,
    CONTRADICTION,
    OBJECT_AREAS,
    UNCLEAR,
    UNREADABLE,
)
from auditor.sources.parse.parts import may_name_templates
from auditor.sources.parse.proxy_answers import PROXIES, ProxyAnswers
from auditor.sources.parse.reading import ToldFirmware

AUTHENTICATION: Final = "authentication_type"
# The fact that each field of GetStunResult is.
STUN_FACTS: Final = {
    "turn": "turn_server",
    "turnUsr": "turn_username",
    "turnPwd": "turn_password",
}
_TURN_LOGIN: Final = ("turnUsr", "turnPwd")
# What no configuration names, and a live PBX says by documented names.
SHOWN_FACTS: Final = frozenset(
    {AUTHENTICATION, PROXIED_REGISTRATIONS, PROXIES, *STUN_FACTS.values()}
)
_NO_SERVER: Final = "none"
# What the fields of LoginInfoResult.user come to, by the names of the user interface (inferred).
_LOGINS: Final = ("digest", "ntlm", "oauth2")
_TYPES: Final[Mapping[tuple[bool, ...], str]] = {
    (True, False, False): "PBX only",
    (False, True, False): "Netlogon only",
    (False, False, True): "OAuth2 only",
    (True, True, False): "PBX and Netlogon",
    (True, False, True): "PBX and OAuth2",
}
_REGISTRATIONS: Final = (PROXIED_REGISTRATIONS, DIRECT_REGISTRATIONS)
# What rests on an answer, by its name.
_OF_ANSWER: Final[Mapping[str, tuple[str, ...]]] = {
    "GetRPsResult": (PROXIES, *_REGISTRATIONS),
    "GetRegsResult": _REGISTRATIONS,
    "GetStunResult": (*STUN_FACTS.values(),),
    "LoginInfoResult": (AUTHENTICATION,),
}
_OF_TEMPLATES: Final = frozenset({"GetConfigObjectsResult", "GetConfigsResult"})
_BUILD: Final = "CheckBuild"
_LOOK: Final = say("look at the box which firmware it runs, and read it again")
TWICE: Final = say("the PBX answered the same question twice, and differently")


class AnswerReader(ProxyAnswers):
    """Turns answers into facts of one reading, and keeps account of what they are made of."""

    def templates(self, answer: Mapping[str, Any]) -> list[str] | None:
        """Add the templates of one page; return their names, None if it is no page.

        What a template without `config` inherits from is open, it is not nothing.
        """
        self.begin(answer, {"objects"}, {"more", "limit"})
        page = answer.get("objects")
        if not isinstance(page, list):
            self.count_odd("objects")
            return None
        return [name for item in page if (name := self._template(item))]

    def _template(self, item: object) -> str:
        name = item.get("cn") if isinstance(item, dict) else None
        if not isinstance(item, dict) or not isinstance(name, str) or not name:
            self._misread(say("a template has no name"))
            return ""
        strange = self.fields(item, {"cn", "config"}, {"guid"})
        stated = item.get("config")
        parents: tuple[str, ...] | None = None
        if any(map(may_name_templates, strange)):
            self._misread(say("a template has a part that may name others"))
        elif _is_names(stated):
            parents = tuple(dict.fromkeys(stated))
        elif stated is not None:
            self._misread(say("what a template inherits from is no list of names"))
        known = self._reading.parents
        if name in known and known[name] != parents:
            self._ledger.doubt(
                (Area.OBJECTS,),
                CONTRADICTION,
                self._answers,
                say("a template is listed twice, and differently"),
            )
            parents = None
            self._reading.disputed_templates.add(name)
        known[name] = parents
        return name

    def stun(self, answer: Mapping[str, Any]) -> None:
        """Add the TURN server, its user, and whether it has a password.

        Who has a login, and does not say for which server, does not say that there is none.
        """
        self.begin(answer, STUN_FACTS, {"stun", "stunSlow"})
        for name, fact in STUN_FACTS.items():
            value = answer.get(name)
            if not isinstance(value, str):
                self._open(fact, answer, name)
                continue
            kept = known_facts()[fact].reduce(value)
            if name == "turn":
                kept = kept.strip() or _NO_SERVER
            self._set(fact, (kept,), f"GetStun {name}")
        login = [answer.get(name) for name in _TURN_LOGIN]
        if answer.get("turn") is None and any(
            isinstance(one, str) and one.strip() for one in login
        ):
            self._reading.implied.add(STUN_FACTS["turn"])

    def logins(self, answer: Mapping[str, Any]) -> None:
        """Add which ways to log in as a user there are, by the name of the user interface."""
        self.begin(answer, {"user"}, {"session"})
        user = answer.get("user")
        if not isinstance(user, dict):
            self._open(AUTHENTICATION, answer, "user")
            return
        strange = self.fields(user, _LOGINS, {"oauth2Name", "oauth2Url"})
        ways = tuple(user.get(name) for name in _LOGINS)
        for name in _LOGINS:
            if not isinstance(user.get(name), bool | None):
                self.count_odd(name)
        kind = _TYPES.get(tuple(way is True for way in ways))
        if strange or kind is None or not all(isinstance(way, bool) for way in ways):
            is_other = any(user[name] for name in strange)
            self._reading.possible[AUTHENTICATION] = NOTHING_FITS if is_other else _fitting(ways)
            self._reading.unanswered[AUTHENTICATION] = say(
                "the PBX names ways to log in for which no authentication type is known"
            )
            return
        self._set(AUTHENTICATION, (kind,), "LoginInfo user", Grade.INFERRED)

    def build(self, answer: Mapping[str, Any]) -> None:
        """Note which train and build the PBX says it is."""
        self.begin(answer, {"version", "build"}, answer.keys() - {"version", "build"})
        version, build = answer.get("version"), answer.get("build")
        for name in ("version", "build"):
            if answer.get(name) is not None and not is_name(answer[name]):
                self.count_odd(name)
        if is_name(version):
            self._reading.told_firmware.append(ToldFirmware(version, _BUILD))
        if is_name(version) and is_name(build):
            self._reading.notes.append(
                say(
                    "the PBX says that it is {version}, build {build}", version=version, build=build
                )
            )

    def names(self, answer: Mapping[str, Any], field: str, area: Area) -> list[str | None] | None:
        """Return the names that an answer lists, None for each that is none; None if no list.

        One that is none leaves the area in doubt that the others belong to.
        """
        self.begin(answer, {field}, ())
        stated = answer.get(field)
        if not isinstance(stated, list):
            self.count_odd(field)
            return None
        for _ in (one for one in stated if not _is_name(one)):
            self.doubt_entry(field, area)
        return [one if _is_name(one) else None for one in stated]

    def objects(
        self, answer: Mapping[str, Any], field: str
    ) -> list[tuple[str, str, str] | None] | None:
        """Return guid, cn and h323 of the objects that an answer lists, None for what is none.

        An address of mail, which comes unasked, is dropped. None if there is no list.
        """
        self.begin(answer, {field}, {"limit", "more"})
        stated = answer.get(field)
        if not isinstance(stated, list):
            self.count_odd(field)
            return None
        return [self._object(one, field) for one in stated]

    def _object(self, stated: object, field: str) -> tuple[str, str, str] | None:
        if not _is_named(stated):
            self.count_odd(field)
            return None
        self.fields(stated, {"cn", "guid", "h323"}, {"dn", "emails"})
        self.check_texts(stated, "h323")
        return stated["guid"], stated["cn"], _text(stated.get("h323"))

    def contradict(self, answer: Mapping[str, Any]) -> None:
        """Take back what was answered before: this is another answer to the same question."""
        mt = answer["mt"]
        self.note(say("{message}: {reason}", message=mt, reason=TWICE))
        for fact in _OF_ANSWER.get(mt, ()):
            for said in (self._reading.settings, self._reading.unanswered):
                said.pop(fact, None)
            self._reading.partly_named.pop(fact, None)
            self._reading.possible.pop(fact, None)
            self._reading.implied.discard(fact)
            self._doubt(fact, TWICE)
        if mt in _OF_TEMPLATES:
            listed = self._reading.template_names or ()
            self._reading.disputed_templates |= {*self._reading.parents, *listed}
        elif mt == "GetFiltersResult":
            self._reading.disputed_filters |= self._reading.filter_names or set()
        elif mt == "CheckBuildResult":
            self._reading.told_firmware.append(ToldFirmware(_text(answer.get("version")), _BUILD))
            gap = Gap(Area.BOX, TWICE, self._reading.source, advice=_LOOK, doubtful=True)
            self._reading.gaps.append(gap)

    def doubt_rows(self) -> None:
        """Note a row of a table behind its end: there may be others that nobody was shown."""
        self._ledger.doubt(OBJECT_AREAS, UNCLEAR, self._answers, AFTER_END)

    def _misread(self, reason: Message) -> None:
        """Note that a template was listed in a way that is not understood."""
        self.count_odd("objects")
        self._ledger.doubt((Area.OBJECTS,), UNREADABLE, self._answers, reason)


def _fitting(ways: Sequence[object]) -> frozenset[str]:
    """Return the types that ways to log in may come to, where not all of them are said."""
    return frozenset(
        kind
        for known, kind in _TYPES.items()
        if all(way is None or way is one for way, one in zip(ways, known, strict=True))
    )


def _is_named(stated: object) -> TypeGuard[dict[str, Any]]:
    """Return whether an object has a guid and a name."""
    return isinstance(stated, dict) and all(
        isinstance(stated.get(name), str) and stated[name] for name in ("cn", "guid")
    )


def _text(stated: object) -> str:
    return stated if isinstance(stated, str) else ""


def _is_names(stated: object) -> TypeGuard[list[str]]:
    """Return whether something is a list of texts, none of them empty."""
    return isinstance(stated, list) and all(map(_is_name, stated))


def _is_name(stated: object) -> TypeGuard[str]:
    return isinstance(stated, str) and bool(stated)
