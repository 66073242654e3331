"""Who may log in where: accounts of the box; on SOAP also the PBX password and PBX users."""

from __future__ import annotations

from collections.abc import Iterator

from auditor.simulator.simulated_pbx import Account, SimulatedPbx

PBX_ADMIN = "pbx-admin"
USER = "user"
WRITERS = frozenset({"admin", PBX_ADMIN})


def candidates(pbx: SimulatedPbx, username: str, *, on_soap: bool) -> Iterator[Account]:
    """Yield the accounts of that name; two may share it, with different passwords."""
    yield from (account for account in pbx.accounts if account.username == username)
    if not on_soap:
        return
    if username == "admin":
        yield Account(PBX_ADMIN, username, pbx.pbx_password)
    user = pbx.index.get(("h323", username))
    password = None if user is None or user is pbx.admin else pbx.password_of(user)
    if password is not None:
        yield Account(USER, username, password)
