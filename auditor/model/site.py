"""The site file: what only the customer knows about an installation."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from auditor.firmware import Label
from auditor.model.attestation import Facts
from auditor.model.base import Document
from auditor.model.rule import ParameterValue
from auditor.model.vocabulary import Severity
from auditor.networks import Network

Name = Annotated[str, StringConstraints(min_length=1)]
DialledNumber = Annotated[str, StringConstraints(pattern=r"^[0-9*#]+$", max_length=40)]


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as error:
        raise ValueError(f"not a regular expression: {error.msg}") from None
    return pattern


class Target(Document):
    """Which PBX this is, and words that its passwords must not be made of."""

    name: str = ""
    dialect: str = "documented"
    company: str = ""
    words: list[str] = []


class HotDesk(Document):
    """The objects that make up hot desking, by their h323 name.

    None means not stated (the auditor derives it); an empty list states that there is none.
    """

    base_users: list[Name] | None = None
    temporary_users: list[Name] | None = None
    users: list[Name] | None = None


class Dialling(Document):
    """How this site dials. Public numbers are written without the trunk prefix."""

    trunk_prefixes: list[DialledNumber] | None = None
    international_prefixes: list[DialledNumber] = []
    premium_numbers: list[DialledNumber] = []
    emergency_numbers: list[DialledNumber] | None = None
    permitted_external: list[DialledNumber] = []
    ddi_pattern: Annotated[str, AfterValidator(_compiles)] = ""


class NetworkPolicy(Document):
    """Networks that phones may register from."""

    allowed: list[Network] = []


class Lists(Document):
    """Exceptions that the customer stands by, by hardware id or object name."""

    internal_gateways: list[Name] = []
    reverse_proxy_devices: list[Name] = []
    no_ip_filter_devices: list[Name] = []
    pbx_password_devices: list[Name] = []
    admin_apps: list[Name] = []
    admins: list[Name] = []
    service_objects: list[Name] = []
    internal_objects: list[Name] = []


class FirmwarePolicy(Document):
    """The firmware that devices must have at least.

    `baselines` are those of single products or trains, which count before `baseline`.
    """

    baseline: Label | None = None
    baselines: dict[Name, Label] = {}


class Trust(Document):
    """How the PBX proves who it is over TLS: a fingerprint, or a CA file with a MAC address."""

    fingerprint: Annotated[str, StringConstraints(pattern=r"^(([0-9A-Fa-f]:?){64})?$")] = ""
    ca_file: str = ""
    mac: str = ""

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if self.mac and not self.ca_file:
            raise ValueError("`mac` says something only together with `ca_file`")
        if self.fingerprint and self.ca_file:
            raise ValueError("`fingerprint` and `ca_file` exclude each other")
        return self

    @property
    def proves_identity(self) -> bool:
        """Return whether a certificate that is accepted proves which device shows it."""
        return bool(self.fingerprint or self.ca_file)


class ProbePolicy(Document):
    """Whether a live audit looks at services of the box as a stranger would, and at which ports."""

    enabled: bool = True
    http_port: Annotated[int, Field(ge=1, le=65535)] = 80
    telnet_port: Annotated[int, Field(ge=1, le=65535)] = 23


class BoxPlace(Document):
    """A further PBX of the system whose settings may be read, by the name of its PBX object."""

    name: Name
    url: Name
    tls: Trust = Trust()


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """The place of one secret: at most one of variable, file, command and keyring is named."""

    name: str
    variable: str
    file: str
    command: tuple[str, ...]
    keyring: KeyringEntry | None

    @property
    def count(self) -> int:
        """Return how many places are named."""
        return sum(map(bool, (self.variable, self.file, self.command, self.keyring)))


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
            f"[credentials] {secret}",
            getattr(self, f"{secret}_env"),
            getattr(self, f"{secret}_file"),
            tuple(getattr(self, f"{secret}_command")),
            getattr(self, f"{secret}_keyring"),
        )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        for secret in ("password", "pbx_password"):
            if self.place(secret).count > 1:
                raise ValueError(f"name one place of {secret}, not several")
        return self


class ControlChoice(Document):
    """What a site decides about one control, and why: run it too, leave it out, or weigh it."""

    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
    select: bool = False
    exclude: bool = False
    severity: Severity | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.select or self.exclude or self.severity):
            raise ValueError("it says nothing: write select, exclude or severity")
        if self.exclude and (self.select or self.severity):
            raise ValueError("a control that is excluded can neither be selected nor weighed")
        return self


class RuleSources(Document):
    """Where the site's own controls come from: folders of documents, and checks of other packages.

    A package is asked for checks only if it is listed here by the name of its entry point.
    """

    folders: list[Name] = []
    plugins: list[Name] = []


class WaiverPlace(Document):
    """Where the waiver file of this site is."""

    file: str = ""


class ReportOptions(Document):
    """How the report looks: the language that a reader sees first, and whose report it is."""

    language: Literal["de", "en"] = "en"
    branding: str = ""


class RemediationChoices(Document):
    """The call filters that a plan may assign, by name.

    `internal_filter` is for base users, `trunk_filter` for trunks, the others for users who have
    none.
    """

    internal_filter: str = ""
    trunk_filter: str = ""
    call_filter: str = ""
    diversion_filter: str = ""


class Site(Document):
    """A whole site file."""

    target: Target = Target()
    hot_desk: HotDesk = HotDesk()
    dialling: Dialling = Dialling()
    network: NetworkPolicy = NetworkPolicy()
    lists: Lists = Lists()
    parameters: dict[str, dict[str, ParameterValue]] = {}
    controls: dict[str, ControlChoice] = {}
    rules: RuleSources = RuleSources()
    facts: Facts = Facts()
    firmware: FirmwarePolicy = FirmwarePolicy()
    tls: Trust = Trust()
    boxes: list[BoxPlace] = []
    probe: ProbePolicy = ProbePolicy()
    credentials: CredentialPlaces = CredentialPlaces()
    waivers: WaiverPlace = WaiverPlace()
    report: ReportOptions = ReportOptions()
    remediation: RemediationChoices = RemediationChoices()
