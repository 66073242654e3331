"""The site file: what only the customer knows about an installation."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Final, Literal, NamedTuple, Self

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PlainValidator,
    StringConstraints,
    model_validator,
)

from auditor.errors import KeyPlace
from auditor.files.late_model import LateModel
from auditor.messages.message import Text, say
from auditor.model.base import Document
from auditor.model.rule import ParameterValue
from auditor.model.site_choices import (
    ControlChoice,
    RemediationChoices,
    ReportOptions,
    RuleSources,
    WaiverPlace,
)
from auditor.model.site_policies import FirmwarePolicy, Name, NetworkPolicy, ProbePolicy
from auditor.values.patterns import check_search

# A MAC address, or its last three bytes, which is all that a saved configuration shows.
SERIAL = r"^(([0-9A-Fa-f]{2}[-:.]?){2}[0-9A-Fa-f]{2}|([0-9A-Fa-f]{2}[-:.]?){5}[0-9A-Fa-f]{2})?$"
DialledNumber = Annotated[str, StringConstraints(pattern=r"^[0-9*#]+$", max_length=40)]


class ObjectCount(Document):
    """How many objects a PBX has, as a person counted them; `_ADMIN_` does not count."""

    value: Annotated[int, Field(ge=1)]
    by: str = ""
    on: date | None = None

    @property
    def words(self) -> Text:
        """Return who counted, as evidence shows it; the number alone if nobody says that."""
        number, name, day = str(self.value), self.by, str(self.on or "")
        if name and day:
            return say("{number}, counted by {name} on {day}", number=number, name=name, day=day)
        if name:
            return say("{number}, counted by {name}", number=number, name=name)
        return say("{number} on {day}", number=number, day=day) if day else number


def _counted(stated: object) -> object:
    return {"value": stated} if isinstance(stated, int) else stated


class Target(Document):
    """Which PBX this is, and words that its passwords must not be made of.

    `objects` is the number of its objects, alone or with who counted them and when.
    """

    name: str = ""
    dialect: str = "documented"
    objects: Annotated[ObjectCount, BeforeValidator(_counted)] | None = None
    company: str = ""
    words: list[str] = []


# The name of an object or device, as a person types it.
Named = Annotated[str, StringConstraints(min_length=1, strip_whitespace=True)]


class HotDesk(Document):
    """The objects that make up hot desking, by their h323 name.

    None means not stated (the auditor derives it); an empty list states that there is none.
    """

    base_users: list[Named] | None = None
    temporary_users: list[Named] | None = None
    users: list[Named] | None = None


class Dialling(Document):
    """How this site dials. Public numbers are written without the trunk prefix.

    `escapes` has the escape digits of numbering nodes by name, empty for a node that has none.
    """

    trunk_prefixes: list[DialledNumber] | None = None
    international_prefixes: list[DialledNumber] = []
    premium_numbers: list[DialledNumber] = []
    emergency_numbers: list[DialledNumber] | None = None
    permitted_external: list[DialledNumber] = []
    ddi_pattern: Annotated[str, AfterValidator(check_search)] = ""
    escapes: dict[Name, DialledNumber | Literal[""]] = {}


class Lists(Document):
    """Exceptions that the customer stands by, by hardware id or object name."""

    internal_gateways: list[Named] = []
    reverse_proxy_devices: list[Named] = []
    no_ip_filter_devices: list[Named] = []
    pbx_password_devices: list[Named] = []
    admin_apps: list[Named] = []
    admins: list[Named] = []
    service_objects: list[Named] = []
    internal_objects: list[Named] = []


class Trust(Document):
    """How the PBX proves who it is over TLS: a fingerprint, or a CA file with a MAC address."""

    fingerprint: Annotated[str, StringConstraints(pattern=r"^(([0-9A-Fa-f]:?){64})?$")] = ""
    ca_file: str = ""
    mac: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.mac and not self.ca_file:
            raise ValueError(say("`mac` says something only together with `ca_file`"))
        if self.fingerprint and self.ca_file:
            raise ValueError(say("`fingerprint` and `ca_file` exclude each other"))
        return self

    @property
    def proves_identity(self) -> bool:
        """Return whether a certificate that is accepted proves which device shows it."""
        return bool(self.fingerprint or self.ca_file)


class BoxPlace(Document):
    """A further PBX of the system, by the name of its PBX object.

    `url` is where its settings may be read, `serial` tells its saved configuration.
    """

    name: Name
    url: str = ""
    serial: Annotated[str, StringConstraints(pattern=SERIAL)] = ""
    tls: Trust = Trust.model_construct()

    @model_validator(mode="after")
    def _can_be_found(self) -> Self:
        if not (self.url or self.serial):
            raise ValueError(say("say where the box is (`url`) or which one it is (`serial`)"))
        return self


class SecretPlace(NamedTuple):
    """The place of one secret: at most one of variable, file, command and keyring is named."""

    name: KeyPlace
    variable: str
    file: str
    command: tuple[str, ...]
    keyring: KeyringEntry | None

    @property
    def named(self) -> int:
        """Return how many places are named."""
        return sum(map(bool, (self.variable, self.file, self.command, self.keyring)))

    def at(self, kind: str) -> KeyPlace:
        """Return the key that names a place of a kind: `file`, `command` or `keyring`."""
        return KeyPlace(self.name.table, f"{self.name.key}_{kind}", self.name.of)


class KeyringEntry(Document):
    """An entry of the keyring of the operating system."""

    service: Name
    username: Name


class CredentialPlaces(Document):
    """Where account and PBX password of a live audit are found; never the secrets themselves."""

    username_env: str = ""
    password_env: str = ""
    password_file: str = ""
    password_command: list[Name] = []
    password_keyring: KeyringEntry | None = None
    pbx_password_env: str = ""
    pbx_password_file: str = ""
    pbx_password_command: list[Name] = []
    pbx_password_keyring: KeyringEntry | None = None

    def place(self, secret: str) -> SecretPlace:
        """Return where one secret is found: `password` or `pbx_password`."""
        return SecretPlace(
            KeyPlace("credentials", secret),
            getattr(self, f"{secret}_env"),
            getattr(self, f"{secret}_file"),
            tuple(getattr(self, f"{secret}_command")),
            getattr(self, f"{secret}_keyring"),
        )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        for secret in ("password", "pbx_password"):
            if self.place(secret).named > 1:
                raise ValueError(say("name one place of {secret}, not several", secret=secret))
        return self


_NAMED: Final = "password"


class OnePassword(Document):
    """A table with one password by reference; a heading of its own names it in messages."""

    heading: ClassVar[str]
    password_env: str = ""
    password_file: str = ""
    password_command: list[Name] = []
    password_keyring: KeyringEntry | None = None

    @property
    def place(self) -> SecretPlace:
        """Return where the password is found."""
        return SecretPlace(
            KeyPlace(self.heading, _NAMED),
            self.password_env,
            self.password_file,
            tuple(self.password_command),
            self.password_keyring,
        )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if self.place.named > 1:
            raise ValueError(say("name one place of {secret}, not several", secret=_NAMED))
        return self


class AppSocket(OnePassword):
    """The PBX's own interface over WebSocket: the name of the auditor's App, where its password is.

    Without `app` nobody logs in, and only what needs no login is asked.
    """

    heading: ClassVar[str] = "websocket"
    app: Annotated[str, StringConstraints(max_length=64)] = ""

    @model_validator(mode="after")
    def _of_somebody(self) -> Self:
        if self.place.named and not self.app:
            raise ValueError(say("a password without `app` is nobody's"))
        return self


class DevicesLogin(OnePassword):
    """The login at the Devices app, for boxes whose address leads through it.

    `login_domain` is the domain that logs in, by default that of the address; a box is read only if
    it is in `domain`, if that is given. `tls` is how the App Platform proves who it is.
    """

    heading: ClassVar[str] = "devices"
    login_domain: Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9._~-]{1,253})?$")] = ""
    domain: Annotated[str, StringConstraints(max_length=253)] = ""
    tls: Trust = Trust.model_construct()


def _facts() -> type[Document]:
    """Return the model of attested facts, of which there are many: made where one is attested."""
    from auditor.model.attestation import Facts  # noqa: PLC0415

    return Facts


def _attested(stated: object) -> object:
    return _facts().model_validate(stated)


if TYPE_CHECKING:
    from auditor.model.attestation import Facts
else:
    Facts = Annotated[Any, PlainValidator(_attested), LateModel(_facts)]


class Site(Document):
    """A whole site file.

    `facts` is None if nobody attests any, `websocket` if that interface is not to be asked, and
    `devices` if nothing is said of the login there.
    """

    target: Target = Target.model_construct()
    hot_desk: HotDesk = HotDesk.model_construct()
    dialling: Dialling = Dialling.model_construct()
    network: NetworkPolicy = NetworkPolicy.model_construct()
    lists: Lists = Lists.model_construct()
    parameters: dict[str, dict[str, ParameterValue]] = {}
    controls: dict[str, ControlChoice] = {}
    rules: RuleSources = RuleSources.model_construct()
    facts: Facts | None = None
    firmware: FirmwarePolicy = FirmwarePolicy.model_construct()
    tls: Trust = Trust.model_construct()
    boxes: list[BoxPlace] = []
    probe: ProbePolicy = ProbePolicy.model_construct()
    credentials: CredentialPlaces = CredentialPlaces.model_construct()
    websocket: AppSocket | None = None
    devices: DevicesLogin | None = None
    waivers: WaiverPlace = WaiverPlace.model_construct()
    report: ReportOptions = ReportOptions.model_construct()
    remediation: RemediationChoices = RemediationChoices.model_construct()

    @property
    def boxes_with_address(self) -> list[BoxPlace]:
        """Return the further boxes that can be asked."""
        return [place for place in self.boxes if place.url]
