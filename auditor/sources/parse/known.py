"""Which names of objects, parts and kinds are used, and which are documented and decide nothing.

Sources: SDK 13r3 PbxAdminApi and PbxTableUsers (properties of GetObject and columns), innovaphone
wiki PBX/Config/Import, innovaphone's samples licsummary and soapphp5. What neither list names is
not understood: it could be a name that a control asks for, written wrongly.
"""

from __future__ import annotations

from typing import Final

from auditor.model.pbx_object import CONTENT

# Only these attributes enter the snapshot: a name that nobody listed could hold a secret.
KEPT_ATTRIBUTES: Final = frozenset(
    {
        "admin",
        "admin-node",
        "admin-pbx",
        "app-lics",
        "app-sharing",
        "apps",
        "cd-block",
        "cd-filter",
        "config",
        "critical",
        "dn",
        "fax",
        "filter",
        "hide",
        "loc",
        "login-c",
        "login-t",
        "mobility",
        "mypbx",
        "no-dev",
        "node",
        "phone-config",
        "rej-ext",
        "reporting",
        "text",
        "uclic",
        "video",
        "voicemail",
    }
)
NAMING_ATTRIBUTES: Final = frozenset({"cn", "dn", "e164", "guid", "h323", "loc", "node", "usn"})
SECRETS: Final = frozenset({"key", "pwd", "pwdx"})
USED_ATTRIBUTES: Final = KEPT_ATTRIBUTES | NAMING_ATTRIBUTES | SECRETS
# The parts of an object beside its attributes, as `PbxObject.visible` names them.
PARTS: Final = frozenset(
    {"allows", "cds", "devices", "forks", "pseudo", CONTENT, "pwd", "t-allows"}
)
# Those that are children of it: what a child that is not understood could be.
CHILD_PARTS: Final = PARTS - {"pwd"}
KNOWN_PARTS: Final = KEPT_ATTRIBUTES | NAMING_ATTRIBUTES | PARTS
OTHER_ATTRIBUTES: Final = frozenset(
    {
        "apps-my",
        "busy-in",
        "busy-out",
        "cfnr",
        "cfpr",
        "colr",
        "discard-phone-config",
        "dnd",
        "email",
        "emails",
        "ext",
        "ext-in",
        "fake",
        "gi",
        "h323-email",
        "local",
        "messages",
        "no-disc",
        "phone",
        "push",
        "t-cfpr",
        "trace",
        "type",
        "url",
    }
)
UNLICENSED: Final = "-unlicensed"

OTHER_CHILDREN: Final = frozenset(
    {"email", "ep", "grp", "gw", "phone", "presence", "profile", "sessions", "wakeup"}
)
DEVICE_FLAGS: Final = frozenset({"admin", "no-filter", "no-mob", "tls", "trusted"})
DEVICE_ATTRIBUTES: Final = DEVICE_FLAGS | {
    *("hw", "text", "app", "sreg", "mr", "voip", "gk-id", "prim"),
}
DIVERSION_KINDS: Final = frozenset({"cfb", "cfnr", "cfu"})
DIVERSION_ATTRIBUTES: Final = frozenset(
    {"type", "bool", "bool-not", "e164", "h323", "off", "precedence", "src"}
)
FORK_ATTRIBUTES: Final = frozenset(
    {
        *("app", "bool", "bool-not", "cw", "delay", "e164", "h323", "hw"),
        *("max", "min", "mobility", "off"),
    }
)
# What says where a diversion leads, or which phone rings along.
ENDS: Final = frozenset({"e164", "h323"})
FORK_ENDS: Final = ENDS | {"hw", "mobility"}
ALLOWANCE_FLAGS: Final = frozenset(
    {"dialog", "ids", "note", "online", "otf", "presence", "visible"}
)
ALLOWANCE_ATTRIBUTES: Final = ALLOWANCE_FLAGS | {"name", "grp"}
# Check marks of an app object (SDK, app object); its url may hold a login and is left out.
RIGHTS: Final = frozenset(
    {
        "admin",
        "epsignal",
        "impersonation",
        "messages",
        "pbx",
        "pbxsignal",
        "rcc",
        "services",
        "tableusers",
        "websocket",
    }
)
APP_ATTRIBUTES: Final = RIGHTS | {"hidden", "url", "web"}
# Types of pseudo objects that SDK PbxTableUsers and the wiki's object pages list.
KINDS: Final = frozenset(
    {
        *("ap", "app", "bc_conf", "bool", "broadcast", "conference", "config", "dect"),
        *("dirsearch", "dtmf-ctrl", "executive", "fax", "gw", "icp", "ldap", "loc"),
        *("map", "messages", "mobility", "multicast", "mwi", "node", "push", "qdial"),
        *("sbc", "settings", "trunk", "uc", "vm", "waiting"),
    }
)
# Columns of PbxTableUsers that hold a check mark; all others hold text or a list.
FLAG_COLUMNS: Final = frozenset({"apps", "fax", "hide"})
