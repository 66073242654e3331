"""What comes before a PBX is read: who vouches for its certificate, and what time is left.

X.509 is imported only where a certificate is compared.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from auditor.doctor.person import Person
from auditor.sources.options import LiveOptions


class VouchedFor(NamedTuple):
    """Whether somebody had to vouch for the certificate, and the seconds left to read the PBX."""

    is_pinned: bool
    seconds: float


def vouch_once(  # noqa: PLR0913, PLR0917 -- who is asked about what, and for how long
    url: str,
    site: Path | None,
    stated: str | None,
    limits: LiveOptions,
    person: Person,
    monotonic: Callable[[], float],
) -> VouchedFor:
    """Let somebody vouch for a certificate if nobody does yet, and if there is anybody.

    `site` is the site file that it is pinned in, `stated` the fingerprint that somebody knows.
    Raises AuditorError.
    """
    began = monotonic()
    is_pinned = False
    if stated is not None or (site is not None and person.is_there):
        from auditor.doctor.first_use import pin_once  # noqa: PLC0415 -- X.509 only where it is needed

        seconds = min(limits.timeout, limits.deadline)
        is_pinned = pin_once(url, site, stated, seconds, person)
    # Whoever compares a certificate takes the time that it takes.
    passed = 0.0 if is_pinned else monotonic() - began
    return VouchedFor(is_pinned, max(0.0, limits.deadline - passed))
