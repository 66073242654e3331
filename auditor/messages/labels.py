"""The words, in English, that people read for the values of the closed sets."""

from __future__ import annotations

from typing import Final

WORDS: Final = {
    "compliant": "Compliant",
    "noncompliant": "Not compliant",
    "incomplete": "Incomplete",
    "nothing-audited": "Nothing audited",
    "unknown": "could not be decided",
    "error": "could not be decided",
    "manual": "for people",
    "waived": "accepted",
    "not-applicable": "not applicable",
    "violated": "Violated",
    "accepted": "Violated, but accepted",
    "undetermined": "Undetermined",
    "lost": "lost, because something changed",
    "gone": "for something that is gone",
    "not-run": "control not run",
    "no-secret": "no password was used",
    "pbx-password": "PBX password supplied and verified",
    "pbx-password-rejected": "PBX password supplied, but not verified",
    "needs-review": "needs review",
    "none": "none",
    "re-register": "phones register again",
    "reboot": "the device restarts",
    "call-loss": "calls are cut off",
    "automatic": "by the tool",
    "learned": "through a learned setting",
    "attested": "by a person's statement",
    "box": "Box",
    "objects": "PBX objects",
    "settings": "Device settings",
    "devices": "Devices",
    "passwords": "Passwords",
    "call_filters": "Call filters",
    "tls": "TLS",
    "box-info": "device page",
    "object-show": "object page",
    "object-list": "object list",
    "object-export": "object export",
    "table-users": "saved PbxTableUsers messages",
    "device-configurations": "what Devices rolls out",
    "trunk": "trunk line",
    "gw": "gateway",
    "config": "template",
    "standard_configurations_gone": "Standard configurations",
    "ip_filter": "IP filter",
    "registrations_without_password": "Registrations without password",
}


# Words that stand for themselves in English.
PLAIN: Final = (
    *("critical", "high", "medium", "low", "info"),
    *("passed", "failed"),
    *("documented", "seen", "inferred", "simulated", "derived", "safe", "dangerous"),
    *("hot-desking", "authentication", "backup", "firmware", "logging", "registration"),
    *(
        "services",
        "users",
        "administration",
        "toll-fraud",
        "reverse-proxy",
        "apps",
        "network",
        "privacy",
    ),
    *("used", "unused", "expired", "undecided"),
    *("user", "device", "list", "setting", "role", "area", "app", "endpoint", "path", "filter"),
    "either-or",
    *("configuration", "file", "template", "reverse proxy", "hardware id", "expert script"),
    *("internal object", "service object"),
)


# Short forms that are written in capitals.
_CAPITALS: Final = frozenset(
    {"dect", "dhcp", "http", "https", "ip", "ldap", "sip", "snmp", "tls", "turn", "url"}
)


def name_in_words(name: str) -> str:
    """Return the name of an area or a fact as people read it."""
    return " ".join(part.upper() if part in _CAPITALS else part for part in name.split("_"))


def word(value: str) -> str:
    """Return the word for a value, the value itself if it has none."""
    return WORDS.get(value, value)
