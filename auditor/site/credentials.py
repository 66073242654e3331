"""Credentials that the user hands over, and the variables of the environment that hold them."""

from __future__ import annotations

import os
from dataclasses import field
from typing import Final, NamedTuple

from auditor.model.site import Trust
from auditor.values.frozen import frozen

USERNAME: Final = "PBX_AUDITOR_USERNAME"
PASSWORD: Final = "PBX_AUDITOR_PASSWORD"  # noqa: S105 -- the name of a variable
PBX_PASSWORD: Final = "PBX_AUDITOR_PBX_PASSWORD"  # noqa: S105 -- the name of a variable
ADMIN_PASSWORD: Final = "PBX_AUDITOR_ADMIN_PASSWORD"  # noqa: S105 -- the name of a variable
APP_PLATFORM_PASSWORD: Final = "PBX_AUDITOR_APP_PLATFORM_PASSWORD"  # noqa: S105 -- the same
APP_PASSWORD: Final = "PBX_AUDITOR_APP_PASSWORD"  # noqa: S105 -- the same
DEVICES_PASSWORD: Final = "PBX_AUDITOR_DEVICES_PASSWORD"  # noqa: S105 -- the same
_ADMINISTRATOR: Final = "admin"


@frozen
class Compared:
    """Passwords of others that are only compared, and never sent; None if not handed over."""

    administrator: str | None = field(default=None, repr=False)
    app_platform: str | None = field(default=None, repr=False)


NOTHING_COMPARED: Final = Compared()


class AccountPlaces(NamedTuple):
    """Where name and password of the account come from: a variable, or a key that names a place."""

    username: str = USERNAME
    password: str = PASSWORD


@frozen
class DevicesAccount:
    """The login at Devices: whose it is, its password, and how the platform proves who it is.

    Without a `login_domain` it is the domain in the address. With a `domain`, a box that is in
    another one is not read. `place` is what names the place of the password.
    """

    password: str = field(default="", repr=False)
    login_domain: str = ""
    domain: str = ""
    tls: Trust = field(default_factory=Trust.model_construct)
    place: str = DEVICES_PASSWORD


@frozen
class Credentials:
    """Secrets the user handed over; never printed, never stored.

    `admin_password` and `app_platform_password` are only compared, and never sent. `app_password`
    is that of the auditor's App at the PBX, empty if it has none. `devices` counts instead of name
    and password where a box is read through Devices.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pbx_password: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)
    app_platform_password: str | None = field(default=None, repr=False)
    app_password: str = field(default="", repr=False)
    devices: DevicesAccount = field(default_factory=DevicesAccount)
    places: AccountPlaces = field(default_factory=AccountPlaces)

    @property
    def has_account(self) -> bool:
        """Return whether there is an account of the box."""
        return bool(self.username and self.password)

    @property
    def by_app_alone(self) -> bool:
        """Return whether only the auditor's App can log in: no account was handed over at all."""
        return bool(self.app_password) and not (self.username or self.password)

    @property
    def compared(self) -> Compared:
        """Return the passwords that others are compared with."""
        return Compared(self.administrator, self.app_platform_password)

    @property
    def administrator(self) -> str | None:
        """Return the password of the administrator, if it was handed over in any way."""
        if self.admin_password is None and self.username.casefold() == _ADMINISTRATOR:
            return self.password or None
        return self.admin_password


def credentials_from_environment() -> Credentials:
    """Return the credentials that the environment names; the PBX password is optional."""
    return Credentials(
        os.environ.get(USERNAME, ""),
        os.environ.get(PASSWORD, ""),
        os.environ.get(PBX_PASSWORD) or None,
        os.environ.get(ADMIN_PASSWORD) or None,
        os.environ.get(APP_PLATFORM_PASSWORD) or None,
    )
