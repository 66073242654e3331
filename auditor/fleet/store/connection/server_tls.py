"""How a connection to a PostgreSQL server is secured: verified, unless the URL says otherwise.

`sslmode=prefer`, what libpq does by itself, takes any certificate, and none as well: who sits
between reads passwords and snapshots. A socket, and this computer, need none.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Final

from sqlalchemy import URL

from auditor.messages.message import NOTHING, Message, say

_VERIFIED: Final = "verify-full"
# Each accepts a server that is not the one that the URL names.
_WEAK: Final = frozenset({"disable", "allow", "prefer", "require", "verify-ca"})
_HOSTS: Final = {"host": "PGHOST", "hostaddr": "PGHOSTADDR"}
_PORT: Final = re.compile(r":\d*$")
# The first libpq that knows the authorities of the system.
_SYSTEM: Final = 160_000
_OWN_AUTHORITY: Final = Path("~/.postgresql/root.crt")


def verified_url(url: URL) -> tuple[URL, Message]:
    """Return a URL that verifies its server if that is another computer, and what is to be said.

    Source of the parameters: "Database Connection Control Functions" of PostgreSQL's manual.
    """
    if not _is_remote(url):
        return url, NOTHING
    mode = url.query.get("sslmode")
    if mode is not None:
        if mode in _WEAK:
            remark = say(
                "the server of the history is not verified: its URL says sslmode={mode}",
                mode=str(mode),
            )
            return url, remark
        return url, NOTHING
    more = {"sslmode": _VERIFIED}
    if _needs_authorities(url):
        more["sslrootcert"] = "system"
    return url.update_query_dict(more), NOTHING


def _is_remote(url: URL) -> bool:
    """Return whether any of the servers of a URL may be another computer."""
    named = list(_named(url))
    if not named:
        # A service may name any host; without one, libpq takes the socket of this computer.
        return "service" in url.query or "PGSERVICE" in os.environ
    return not all(map(_is_here, named))


def _named(url: URL) -> Iterator[str]:
    for key, variable in _HOSTS.items():
        told = url.query.get(key) or (url.host if key == "host" else None)
        for text in [told] if isinstance(told, str) else told or [os.environ.get(variable, "")]:
            yield from filter(None, text.split(","))


def _is_here(host: str) -> bool:
    if host.startswith(("/", "@")):  # the folder of a socket, or one without a file
        return True
    for name in (host, _PORT.sub("", host)):
        try:
            return ip_address(name.strip("[]")).is_loopback
        except ValueError:
            if name == "localhost":
                return True
    return False


def _needs_authorities(url: URL) -> bool:
    """Return whether nobody says which authorities count, and the driver knows the system's."""
    if "sslrootcert" in url.query or "PGSSLROOTCERT" in os.environ:
        return False
    if _OWN_AUTHORITY.expanduser().exists():
        return False
    try:
        from psycopg import pq  # noqa: PLC0415 -- not everybody has it
    except ImportError:
        return False
    return pq.version() >= _SYSTEM
