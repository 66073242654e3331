"""What a domain of Devices rolls out to its devices, turned into facts; secrets dropped.

Source: SDK 13r3, Devices (`websocket-apis.md` 7.2, 7.3). It says what devices are told, not what
they have, so all of it is graded *inferred*. One for all devices has no category. To which devices
a category belongs is not shown, so what is rolled out to one alone decides nothing, and what
differs there from what all get may apply to any device. A value that is missing or empty is open:
what devices do then is not documented.

Passwords come encrypted for who reads them and are never opened: they become set or empty. An
expert script has them in clear, and goes through the parser of scripts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from auditor.dialects import Dialect
from auditor.errors import SourceError
from auditor.facts import FALSE, TRUE, UNCLEAR
from auditor.messages.message import Message, say, say_count
from auditor.model.account import Irrelevant, Unit, with_answer
from auditor.model.snapshot import Setting
from auditor.model.vocabulary import ROLLED_OUT, Grade
from auditor.sources.parse.configuration import read_configuration
from auditor.sources.parse.device_values import (
    DeviceConfig,
    encrypts,
    is_left_open,
    logging_way,
    login_name,
    may_name,
    profile,
    protection,
    secret_state,
    text_value,
    time_server,
    value_of,
)
from auditor.sources.parse.ledger import Ledger
from auditor.sources.parse.reading import Reading
from auditor.sources.parse.registrations import may_hold_password, unclear
from auditor.values.named_hosts import host_of

KIND: Final = "device-configurations"
PHONES_PROTECTED: Final = "phone_configuration_protected"
MEDIA_ENCRYPTION: Final = "media_encryption"
LOGGING: Final = "logging_type"
ALARMS: Final = "alarm_forward_server"
TIME: Final = "time_server"
PROFILE: Final = "tls_profile"
TURN: Final = "turn_server"
TURN_USER: Final = "turn_username"
TURN_PASSWORD: Final = "turn_password"  # noqa: S105 -- the name of a fact
# What can be decided by it in both ways; that all calls are encrypted, phones alone cannot show.
ROLLED_OUT_FACTS: Final = frozenset({LOGGING, ALARMS, TIME, TURN, TURN_USER, TURN_PASSWORD})
SCRIPT, MEDIA, PHONE, FXS = "EXPERT", "MEDIA", "PHONE", "FXS_PHONE"
_ALARM, _NTP = "ALARM_SERVER", "NTP"
_TLS: Final = "TLS_PROFILE"
# What is asked for: all types that are documented.
KINDS: Final = frozenset({SCRIPT, MEDIA, PHONE, FXS, _ALARM, _NTP, _TLS})
_ROLLED_OUT: Final = say("Devices rolls it out; that a device has it is not proven")
_TO_SOME: Final = say("Devices rolls it out to some devices only, and does not show to which")
_OPEN: Final = say("what Devices rolls out does not say it for every device")
_READ_AGAIN: Final = say("read it again")
_OUTLINE: Final = frozenset({"id", "domainId", "desc", "type", "categories"})
# The fields of each type, those first that say something.
_USED: Final[Mapping[str, Collection[str]]] = {
    _ALARM: ("url", "logUrl", "setLogUrl"),
    SCRIPT: ("script",),
    PHONE: ("srtpKey", "protectCfg", "hideCompleteCfg"),
    FXS: ("srtpKey",),
    MEDIA: ("turnServer", "turnUser", "turnPassword"),
    _NTP: ("ntp1", "ntp2"),
    _TLS: ("profile",),
}
_OTHERS: Final[Mapping[str, Collection[str]]] = {
    _ALARM: ("logUser", "logPassword", "seed"),
    PHONE: (
        *("gk1", "gk2", "gkId", "coder", "srtpCipher", "allowUserCfg", "hideAdminCfg"),
        "recordingUrl",
    ),
    FXS: (
        *("gk1", "gk2", "gkId", "coder", "srtpCipher", "protectCfg", "allowUserCfg"),
        *("hideCompleteCfg", "hideAdminCfg", "recordingUrl"),
    ),
    MEDIA: ("stunServer", "seed"),
    _NTP: ("tz",),
}
_NAME: Final = re.compile(r"\w{1,40}", re.ASCII)


# A value of each configuration, None where that says nothing.
_Values: TypeAlias = Sequence[tuple[DeviceConfig, str | None]]


def read_device_configs(configs: Iterable[DeviceConfig], dialect: Dialect) -> Iterator[Reading]:
    """Yield what is rolled out: settings together, and the registrations of each script."""
    others: list[DeviceConfig] = []
    for one in configs:
        if one.kind == SCRIPT:
            yield _script(one, dialect)
        else:
            others.append(one)
    yield _Rolled(others).read()


def _script(config: DeviceConfig, dialect: Dialect) -> Reading:
    """Return the registrations that an expert script gives phones, and nothing else of it.

    One that did not come may register anybody.
    """
    reading = Reading(f"Devices EXPERT {config.number}", KIND)
    ledger = Ledger(reading.source, _READ_AGAIN)
    text = _count_fields(config, ledger, reading).get("script")
    reading.account = ledger.tallies()
    if not isinstance(text, str):
        reading.scripted.append(unclear(0))
        reading.notes.append(say("the script did not come"))
        return reading
    # A text of JSON has an end of its own, so what its last line says is whole.
    lines = text if text.endswith("\n") else f"{text}\n"
    try:
        found = read_configuration([lines.encode("utf-8", "replace")], reading.source, dialect)
    except SourceError as error:
        reading.notes.append(error.message)
        if may_hold_password(text):
            reading.scripted.append(unclear(0))
        return reading
    reading.scripted = found.scripted
    # But not that more was to follow: a password stands after the name.
    last = reading.scripted[-1] if reading.scripted else None
    if last is not None and not last.secret and last.line == lines.rstrip().count("\n") + 1:
        last.is_unclear |= not text.endswith("\n")
    reading.account = with_answer(reading.account, found.account, config.number)
    return reading


def only_of(reading: Reading, names: Collection[str]) -> None:
    """Leave out registrations of users that are not among some names in small letters.

    Others are at another PBX of the domain. What is not understood may be of any.
    """
    kept = [one for one in reading.scripted if not one.h323 or one.h323.casefold() in names]
    if left := len(reading.scripted) - len(kept):
        reading.notes.append(
            say_count(
                "{count} registration is not used: this PBX has no such user",
                "{count} registrations are not used: this PBX has no such users",
                count=left,
            )
        )
    reading.scripted = kept


def _count_fields(config: DeviceConfig, ledger: Ledger, reading: Reading) -> Mapping[str, Any]:
    """Return the values of a configuration; count its fields, and name what is not documented."""
    if config.values is None:
        return {}
    used, others = _USED[config.kind], _OTHERS.get(config.kind, ())
    strange = []
    ledger.use(Unit.MESSAGES)
    for name in config.values:
        if name in used:
            ledger.use(Unit.ATTRIBUTES)
        elif name in others or name in _OUTLINE:
            ledger.pass_over(Unit.ATTRIBUTES, Irrelevant.NAMED_ELSEWHERE)
        else:
            ledger.misread(Unit.ATTRIBUTES, config.number)
            strange.append(name if _NAME.fullmatch(name) else "?")
    if strange:
        names = ", ".join(sorted(strange)[:20])
        note = say("fields that no document explains: {names}", names=names)
        reading.notes += [] if note in reading.notes else [note]
    return config.values


class _Rolled:
    """The settings that configurations of a domain state together."""

    def __init__(self, configs: Iterable[DeviceConfig]) -> None:
        self._reading = Reading(ROLLED_OUT, KIND)
        ledger = Ledger(ROLLED_OUT, _READ_AGAIN)
        told = [*configs]
        for one in told:
            _count_fields(one, ledger, self._reading)
        self._reading.account = ledger.tallies()
        self._by_kind = {kind: [one for one in told if one.kind == kind] for kind in KINDS}

    def read(self) -> Reading:
        self._take(TIME, _NTP, "ntp1", time_server)
        self._take(ALARMS, _ALARM, "url", lambda one: host_of(text_value(one, "url")))
        self._take(LOGGING, _ALARM, "logUrl", logging_way)
        self._take(PROFILE, _TLS, "profile", profile)
        self._reading.unanswered.pop(PROFILE, None)  # nothing is decided by it
        self._turn()
        self._phones_protected()
        self._encryption()
        return self._reading

    def _take(
        self, fact: str, kind: str, field: str, value_of: Callable[[DeviceConfig], str | None]
    ) -> None:
        self._set(fact, f"{kind} {field}", [(one, value_of(one)) for one in self._by_kind[kind]])

    def _set(self, fact: str, place: str, found: _Values) -> None:
        """Set a fact to what devices are told, if all of them are told something.

        What was seen stays known where that leaves the fact open: nobody else is to hide it.
        """
        if not found:
            return
        self._tell(fact, (value for _, value in found if value is not None))
        if not any(one.for_all for one, _ in found):
            self._reading.unanswered[fact] = _TO_SOME
        elif any(value is None for _, value in found):
            self._reading.unanswered[fact] = _OPEN
        else:
            values = tuple(dict.fromkeys(value for _, value in found if value is not None))
            self._reading.rolled_out[fact] = Setting(
                values, Grade.INFERRED, ROLLED_OUT, place=place, note=_ROLLED_OUT
            )

    def _tell(self, fact: str, values: Iterable[str]) -> None:
        told = tuple(dict.fromkeys([*self._reading.told.get(fact, ()), *values]))
        if told:
            self._reading.told[fact] = told

    def _turn(self) -> None:
        """Take the TURN server with its user, and whether it has a password.

        Where none is rolled out, nothing is said of one. One that is not understood, or a login
        that is not said, is told all the same.
        """
        told = [one for one in self._by_kind[MEDIA] if may_name(one, "turnServer")]
        self._set(
            TURN, f"{MEDIA} turnServer", [(o, host_of(text_value(o, "turnServer"))) for o in told]
        )
        came = [one for one in told if one.values is not None]
        self._tell(TURN, (UNCLEAR for one in came if not host_of(text_value(one, "turnServer"))))
        users = [(one, login_name(value_of(one, "turnUser"))) for one in told]
        self._set(TURN_USER, f"{MEDIA} turnUser", users)
        states = [(one, secret_state(value_of(one, "turnPassword"))) for one in told]
        self._set(TURN_PASSWORD, f"{MEDIA} turnPassword", states)
        for fact, found in ((TURN_USER, users), (TURN_PASSWORD, states)):
            self._tell(fact, (UNCLEAR for one, value in found if value is None and one in came))
            if TURN in self._reading.unanswered:
                self._reading.rolled_out.pop(fact, None)
                self._reading.unanswered[fact] = self._reading.unanswered[TURN]

    def _phones_protected(self) -> None:
        """Take whether all phones are protected, or none; of some it is not known which they are.

        What only a person could state otherwise is not named where it stays open.
        """
        found = [(one, protection(one)) for one in self._by_kind[PHONE]]
        self._tell(PHONES_PROTECTED, (FALSE for one, _ in found if is_left_open(one)))
        if len({value for _, value in found}) == 1:
            self._set(PHONES_PROTECTED, f"{PHONE} protectCfg, hideCompleteCfg", found)
        self._reading.unanswered.pop(PHONES_PROTECTED, None)

    def _encryption(self) -> None:
        """Take that no phone encrypts calls; that some do says nothing of trunks and gateways."""
        phones = [*self._by_kind[PHONE], *self._by_kind[FXS]]
        found = [(one, encrypts(one)) for one in phones]
        self._tell(MEDIA_ENCRYPTION, (FALSE for _, value in found if value == FALSE))
        if any(value == TRUE for _, value in found):
            self._reading.unanswered[MEDIA_ENCRYPTION] = say(
                "Devices tells phones to encrypt calls, which says nothing of trunks and gateways"
            )
        elif any(one.for_all for one in self._by_kind[PHONE]):
            self._set(MEDIA_ENCRYPTION, f"{PHONE} srtpKey", found)


def with_problems(reading: Reading, problems: Sequence[Message], *, scripts: bool = True) -> None:
    """Note why there may be more than was listed; because of that all is open.

    What was seen stays told. With `scripts`, some may be missing that register anybody. Where
    nothing of the list came, that is as where nobody asks for it: the box shows which password it
    takes, and no script changes it.
    """
    reading.notes += problems
    if problems:
        facts = (*sorted(ROLLED_OUT_FACTS), MEDIA_ENCRYPTION)
        reading.unanswered.update(dict.fromkeys(facts, problems[0]))
        reading.rolled_out.clear()
    if problems and scripts:
        reading.scripted.append(unclear(0))
