"""Credentials that the user hands over, and the variables of the environment that hold them."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final, NamedTuple

USERNAME: Final = "PBX_AUDITOR_USERNAME"
PASSWORD: Final = "PBX_AUDITOR_PASSWORD"  # noqa: S105 -- the name of a variable
PBX_PASSWORD: Final = "PBX_AUDITOR_PBX_PASSWORD"  # noqa: S105 -- the name of a variable
ADMIN_PASSWORD: Final = "PBX_AUDITOR_ADMIN_PASSWORD"  # noqa: S105 -- the name of a variable
APP_PLATFORM_PASSWORD: Final = "PBX_AUDITOR_APP_PLATFORM_PASSWORD"  # noqa: S105 -- the same
APP_PASSWORD: Final = "PBX_AUDITOR_APP_PASSWORD"  # noqa: S105 -- the same
_ADMINISTRATOR: Final = "admin"


@dataclass(frozen=True, slots=True)
class Compared:
    """Passwords of others that are only compared, and never sent; None if not handed over."""

    administrator: str | None = field(default=None, repr=False)
    app_platform: str | None = field(default=None, repr=False)


NOTHING_COMPARED: Final = Compared()


class AccountPlaces(NamedTuple):
    """Where name and password of the account come from: a variable, or a key that names a place."""

    username: str = USERNAME
    password: str = PASSWORD


@dataclass(frozen=True, slots=True)
class Credentials:
    """Secrets the user handed over; never printed, never stored.

    `admin_password` and `app_platform_password` are only compared, and never sent. `app_password`
    is that of the auditor's App at the PBX, empty if it has none.
    """

    username: str = field(default="", repr=False)
    password: str = field(default="", repr=False)
    pbx_password: str | None = field(default=None, repr=False)
    admin_password: str | None = field(default=None, repr=False)
    app_platform_password: str | None = field(default=None, repr=False)
    app_password: str = field(default="", repr=False)
    places: AccountPlaces = field(default_factory=AccountPlaces)

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
