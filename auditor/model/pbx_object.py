"""One object of a PBX and its parts, with its password reduced to evidence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from sys import intern
from typing import Annotated, Final, NamedTuple

from pydantic import PlainSerializer

from auditor.messages.message import NOTHING, Message
from auditor.model.vocabulary import PasswordState
from auditor.values.frozen import frozen


@frozen
class PasswordEvidence:
    """What a password was reduced to when it was read.

    `length_from` and `length_to` are the ends of a length band in bytes, never the exact length.
    `estimated` marks a band that was only inferred from ciphertext. `guesses_log10` is rounded.
    `shared_with` counts other objects with the same password, `equals_pbx_password` compares with
    the PBX password; None means not comparable. Objects with the same `group` share a password.
    `same_as_admin` says of the PBX password and the App Platform's whether it is the
    administrator's.
    """

    state: PasswordState
    score: int | None = None
    guesses_log10: float | None = None
    length_from: int | None = None
    length_to: int | None = None
    estimated: bool = False
    patterns: tuple[str, ...] = ()
    shared_with: int | None = None
    equals_pbx_password: bool | None = None
    reason: Message = NOTHING
    group: int | None = None
    same_as_admin: bool | None = None


NO_PASSWORD = PasswordEvidence(PasswordState.ABSENT)


class Device(NamedTuple):
    """One hardware id of an object: the entries of "Register phones" in Users Admin."""

    hw: str
    text: str
    flags: Mapping[str, str]


class Diversion(NamedTuple):
    """A call diversion: its type (`cfu`, `cfb`, `cfnr`) and where it leads, by number or name.

    `boolean` is the Boolean object that switches it, if one does: both its states count. `off` says
    that it is switched off, None if what says so was not understood.
    """

    kind: str
    e164: str
    h323: str
    boolean: str
    off: bool | None = False

    @property
    def rings(self) -> bool | None:
        """Return whether calls go there, None if that is open."""
        return _rings(self.e164 or self.h323, off=self.off)


class Fork(NamedTuple):
    """A further phone that rings for a user: its number, its name, and the mobility object.

    `off` says that it is disabled (SDK: `off`), None if what says so was not understood.
    """

    e164: str
    h323: str
    mobility: str
    off: bool | None = False

    @property
    def rings(self) -> bool | None:
        """Return whether it rings, None if that is open."""
        return _rings(self.e164 or self.h323, off=self.off)


def _rings(destination: str, *, off: bool | None) -> bool | None:
    if off or not destination:
        return False
    return None if off is None else True


class Lead(NamedTuple):
    """Where an object passes on the calls that it gets, as a number map does: a number or a name.

    Both are empty if what says so was not understood. `sure` is false for a text that looks like a
    number and may be anything.
    """

    e164: str
    h323: str
    sure: bool = True


class Allowance(NamedTuple):
    """Whom a user or template lets see something: the name or `@domain`, and the flags set."""

    name: str
    flags: Mapping[str, str]


# The part of an object that is what stands inside its pseudo element; `pseudo` is its kind alone.
CONTENT: Final = "pseudo/*"


class PbxObject(NamedTuple):
    """One object of the PBX: a user, a template, a trunk, a gateway, an app, ...

    `kind` is the type of its pseudo element, empty for an ordinary user. `attributes` holds the
    allow-listed attributes as configured, without templates. `templates` names the templates it
    takes values from. `rights` holds the allow-listed attributes of an app's pseudo element.
    `visible` is None when everything configured was delivered, else the names of the attributes and
    parts (`devices`, `cds`, `forks`, `allows`, `pwd`, `pseudo`, `pseudo/*`) that were.
    `unexplained` names parts that no dialect entry explains. `leads` says where it passes calls on
    by itself, diversions apart.
    """

    guid: str
    cn: str
    h323: str
    e164: str
    kind: str
    attributes: Mapping[str, str]
    templates: tuple[str, ...]
    devices: tuple[Device, ...]
    forks: tuple[Fork, ...]
    diversions: tuple[Diversion, ...]
    allowances: tuple[Allowance, ...]
    rights: Mapping[str, str]
    visible: Annotated[frozenset[str], PlainSerializer(sorted)] | None
    unexplained: tuple[str, ...]
    password: PasswordEvidence
    source: str
    line: int
    leads: tuple[Lead, ...] = ()

    @property
    def key(self) -> str:
        """Return what identifies the object across runs: its guid, else its name."""
        return self.guid or self.h323 or self.cn

    def shows(self, part: str) -> bool:
        """Return whether an attribute or part would be known if it were configured."""
        return self.visible is None or part in self.visible

    @property
    def label(self) -> str:
        """Return the name that a person looks for in the user interface.

        Subjects and evidence of many controls repeat it, so that it is one text.
        """
        if self.h323 and self.cn and self.cn != self.h323:
            return intern(f"{self.h323} ({self.cn})")
        return self.h323 or self.cn or self.guid


_PASSWORD: Final = PbxObject._fields.index("password")
# As `_make` makes it, in two thirds of the time.
_made: Final = partial(tuple.__new__, PbxObject)


def with_passwords(
    objects: Iterable[PbxObject], evidence: Iterable[PasswordEvidence]
) -> Iterator[PbxObject]:
    """Yield objects with other evidence.

    There are tens of thousands, so nothing is called for each that is written in Python.
    """
    columns: list[Iterable[object]] = [*zip(*objects, strict=True)]
    columns[_PASSWORD : _PASSWORD + 1] = [evidence] * bool(columns)
    return map(_made, zip(*columns, strict=True))
