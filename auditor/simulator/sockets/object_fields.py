"""Which fields an object has on the sockets, by train.

Source: SDK doc/appwebsocket/PbxAdminApi.htm and PbxTableUsers.htm.
"""

from __future__ import annotations

from typing import Final

from auditor.simulator.simulated_pbx import SimulatedPbx
from auditor.simulator.sockets.trains import is_since

_13R1: Final = frozenset(
    {
        *("guid", "cn", "dn", "h323", "e164", "pwd", "loc", "node", "config", "apps"),
        *("filter", "cd-filter", "push", "messages", "hide", "no-dev", "cfnr", "colr"),
        *("uclic", "voicemail", "fax", "mobility", "mypbx", "video", "app-sharing"),
        *("reporting", "devices", "grp", "presence", "cds", "wakeups", "pseudo", "phone"),
        "copyPwd",
    }
)
_13R2: Final = _13R1 | frozenset({"ext", "h323-email", "emails", "critical", "gws"})
# From here on without the password, and `copyPwd`.
_13R3: Final = frozenset(
    {
        *("guid", "cn", "dn", "h323", "e164", "node", "loc", "fake", "ext", "ext-in"),
        *("text", "url", "h323-email", "emails", "config", "apps-my", "gi", "local"),
        *("trace", "hide", "critical", "no-dev", "login-c", "login-t", "admin"),
        *("admin-node", "admin-pbx", "filter", "cd-filter", "cfnr", "busy-out", "cd-block"),
        *("rej-ext", "no-disc", "dnd", "phone-config", "discard-phone-config", "colr"),
        *("cfpr", "apps", "messages", "push", "allows", "phone", "uclic", "voicemail"),
        *("fax", "mobility", "mypbx", "video", "app-sharing", "reporting", "app-lics"),
        *("devices", "grp", "presence", "cds", "forks", "wakeups", "gws", "profiles"),
        "pseudo",
    }
)
# Field: the element that an object has for each of its rows.
TABLES: Final = {
    "allows": "allow",
    "cds": "cd",
    "devices": "device",
    "forks": "fork",
    "grp": "grp",
}
ROW_COLUMNS: Final = frozenset(
    {
        *("guid", "h323", "cn", "dn", "apps-my", "config", "node", "loc", "hide", "e164"),
        *("cfpr", "t-cfpr", "pseudo", "h323-email", "apps", "fax", "pwd", "emails"),
        *("allows", "t-allows", "grps", "devices", "cds", "forks", "wakeups"),
    }
)


def fields_of(pbx: SimulatedPbx) -> frozenset[str]:
    """Return the fields that `GetObject` knows in the firmware of this PBX."""
    if is_since(pbx, "13r3"):
        return _13R3
    return _13R2 if is_since(pbx, "13r2") else _13R1
