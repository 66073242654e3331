"""What is secret about a way to somebody: found where the inventory says, when it is used."""

from __future__ import annotations

from contextlib import suppress
from urllib.parse import urlsplit

from auditor.errors import InputError
from auditor.fleet.inventory.inventory_model import Recipient
from auditor.messages.message import say
from auditor.site.secrets import secret_at


def secret_for(recipient: Recipient, name: str) -> tuple[str, str]:
    """Return a secret of a recipient, and where it was found. Raises InputError."""
    place = recipient.places[name]
    found = secret_at(place)
    if not found:
        raise InputError(
            say("the variable {name} is not set", name=place.variable),
            where=place.name,
            advice=say("set it where the digest is sent"),
        )
    return found, place.name


def host_for(recipient: Recipient) -> str:
    """Return the host of the URL of a recipient, empty if there is none; sending says why."""
    with suppress(InputError, ValueError):
        return urlsplit(secret_for(recipient, "url")[0]).hostname or ""
    return ""
