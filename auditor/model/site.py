"""The site file: what only the customer knows about an installation."""

from __future__ import annotations

import re
from typing import Annotated, Self

from pydantic import AfterValidator, StringConstraints, model_validator

from auditor.model.attestation import Facts
from auditor.model.base import Document
from auditor.model.rule import ParameterValue
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


class CredentialPlaces(Document):
    """Where the account of a live audit is found; never the account itself."""

    username_env: str = ""
    password_env: str = ""
    password_file: str = ""
    password_command: list[Name] = []

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if sum(map(bool, (self.password_env, self.password_file, self.password_command))) > 1:
            raise ValueError("name one place of the password, not several")
        return self


class ReportOptions(Document):
    """How the report looks."""

    language: str = "en"
    branding: str = ""


class Site(Document):
    """A whole site file."""

    target: Target = Target()
    hot_desk: HotDesk = HotDesk()
    dialling: Dialling = Dialling()
    network: NetworkPolicy = NetworkPolicy()
    lists: Lists = Lists()
    parameters: dict[str, dict[str, ParameterValue]] = {}
    facts: Facts = Facts()
    tls: Trust = Trust()
    credentials: CredentialPlaces = CredentialPlaces()
    report: ReportOptions = ReportOptions()
