"""The closed sets of words that results, snapshots and rules are made of."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

# What names the source of what Devices tells devices, which is not shown by the box itself.
ROLLED_OUT: Final = "Devices GetDeviceConfig"


class Severity(StrEnum):
    """How bad a violation is, worst first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def rank(self) -> int:
        """Return 0 for the worst severity, rising with harmlessness."""
        return list(Severity).index(self)


class Confidence(StrEnum):
    """How sure a finding is, apart from how bad it is."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Verdict(StrEnum):
    """What was found about one subject."""

    COMPLIANT = "compliant"
    VIOLATED = "violated"
    UNDETERMINED = "undetermined"


class Status(StrEnum):
    """The outcome of one control."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    ERROR = "error"
    NOT_APPLICABLE = "not-applicable"
    MANUAL = "manual"
    WAIVED = "waived"


class Automation(StrEnum):
    """How a control is proven: by the tool, through a dialect entry, or by a person."""

    AUTOMATIC = "automatic"
    LEARNED = "learned"
    ATTESTED = "attested"


class EvidenceGrade(StrEnum):
    """How well public sources support a control.

    A: the requirement and the item that shows it are documented. B: the setting is documented, its
    stored name is not. C: general guidance; the item that proves it is inferred. D: own proposal.
    """

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class Area(StrEnum):
    """A part of the configuration that is read, or not, as a whole.

    `settings` are the lines of modules in `cfg.txt`; single settings are facts (`auditor.facts`).
    `tls` is what live handshakes showed.
    """

    BOX = "box"
    OBJECTS = "objects"
    DEVICES = "devices"
    PASSWORDS = "passwords"
    CALL_FILTERS = "call_filters"
    SETTINGS = "settings"
    TLS = "tls"


class Coverage(StrEnum):
    """How much of an area was read."""

    COMPLETE = "complete"
    PARTIAL = "partial"
    MISSING = "missing"


class Grade(StrEnum):
    """How sure it is that a value means what the auditor takes it to mean.

    A name is *seen* if a published real configuration shows it, and no document of the vendor does.
    """

    DOCUMENTED = "documented"
    SEEN = "seen"
    INFERRED = "inferred"
    LEARNED = "learned"
    SIMULATED = "simulated"
    ATTESTED = "attested"
    DERIVED = "derived"


class Belonging(StrEnum):
    """Whether a device that Devices lists is one of the audited system, or why that is open.

    It may be of another PBX of the domain, is listed without a domain, or more than once and not
    alike, it is not understood whether it is of innovaphone at all, or what is said of it cannot be
    together.
    """

    CERTAIN = "certain"
    OTHER_PBX = "other-pbx"
    NO_DOMAIN = "no-domain"
    LISTED_TWICE = "listed-twice"
    UNKNOWN_MAKER = "unknown-maker"
    CONTRADICTORY = "contradictory"


class TlsAnswer(StrEnum):
    """What came of a handshake that offered one outdated version of TLS alone.

    Only a protocol alert is a refusal. `not-offered`: our own TLS library cannot speak the version.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNCLEAR = "unclear"
    NOT_OFFERED = "not-offered"


class Identity(StrEnum):
    """How the identity of a TLS endpoint was proven."""

    SYSTEM = "system"
    FINGERPRINT = "fingerprint"
    AUTHORITY = "authority"
    UNPROVEN = "unproven"


class PasswordState(StrEnum):
    """What is known of a password without ever keeping it."""

    ABSENT = "absent"
    EMPTY = "empty"
    ALL_ZERO = "all-zero"
    PLACEHOLDER = "placeholder"
    SET = "set"
    UNREADABLE = "unreadable"


class EvidenceMode(StrEnum):
    """Which secrets the auditor was allowed to use; printed in every report."""

    NO_SECRET = "no-secret"  # noqa: S105 -- a word
    PBX_PASSWORD = "pbx-password"  # noqa: S105 -- a word
    PBX_PASSWORD_REJECTED = "pbx-password-rejected"  # noqa: S105 -- a word


class ActionClass(StrEnum):
    """How much thought a remediation step needs."""

    SAFE = "safe"
    NEEDS_REVIEW = "needs-review"
    DANGEROUS = "dangerous"


class Disruption(StrEnum):
    """What people notice while a remediation step is applied."""

    NONE = "none"
    RE_REGISTER = "re-register"
    REBOOT = "reboot"
    CALL_LOSS = "call-loss"
