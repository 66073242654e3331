"""First use: a person compares the certificate of a PBX once, and its fingerprint is pinned.

Only the certificate is looked at; no credentials are sent before it is pinned. What a site file
says already is never replaced.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

from auditor.doctor.person import Person
from auditor.doctor.shown_fingerprint import in_pairs
from auditor.errors import CertificateError, InputError, OptionPlace, SiteFileError, TargetError
from auditor.files.writing import mode_of, write_file
from auditor.messages.message import Message, say
from auditor.model.site import Trust
from auditor.model.snapshot import Certificate
from auditor.site.site_file import SiteFile, load_site_file, parse_site_file
from auditor.sources.live.handshake import look_anyway, look_at_tls

_TABLE: Final = re.compile(r"^\[tls\][ \t]*(#.*)?$", re.MULTILINE)
# What stands before the second line of a fingerprint.
_INDENT: Final = 16
_HEX: Final = re.compile(r"[0-9a-f]{64}")


def pin_once(
    url: str, path: Path | None, stated: str | None, seconds: float, person: Person
) -> bool:
    """Let somebody vouch for the certificate of a PBX, and pin it; return whether that was needed.

    `path` is the site file, which need not exist yet; `stated` is the fingerprint that somebody
    knows, so that nobody is asked. Raises AuditorError.
    """
    if path is None:
        advice = say("name the site file with --site; it need not exist yet")
        raise InputError(
            say("there is no place for the pin"), where=OptionPlace("--trust"), advice=advice
        )
    file = load_site_file(path) if path.exists() else parse_site_file("", path)
    try:
        if not needs_pin(url, file.site.tls, seconds):
            return False
    except TargetError:  # the check of the connection says so, with all the rest
        return False
    certificate = first_certificate(url, seconds)
    person.sees(describe(certificate))
    confirms = expected(certificate, stated) if stated is not None else person.confirms
    if not confirms():
        raise not_confirmed(url)
    pin(file, path, certificate)
    return True


def needs_pin(url: str, trust: Trust, seconds: float) -> bool:
    """Return whether nobody vouches for the certificate of a PBX yet.

    Raises TargetError if the PBX cannot be reached.
    """
    if not url.lower().startswith("https://") or trust.fingerprint or trust.ca_file:
        return False
    try:
        look_at_tls(url, trust, seconds)
    except CertificateError:
        return True
    return False


def first_certificate(url: str, seconds: float) -> Certificate:
    """Return the certificate that a PBX shows, whoever signed it. Raises TargetError."""
    endpoint = look_anyway(url, Trust(), seconds)
    if endpoint is None or endpoint.certificate is None:
        raise TargetError(
            say("the certificate of the PBX cannot be read"),
            where=url,
            advice=say("look at it with a browser, and give the PBX another one"),
        )
    return endpoint.certificate


def expected(certificate: Certificate, stated: str) -> Callable[[], bool]:
    """Return the answer of somebody who knows the fingerprint. Raises InputError for a bad one."""
    digits = stated.replace(":", "").lower()
    if not _HEX.fullmatch(digits):
        raise InputError(
            say("this is no SHA-256 fingerprint"),
            where=OptionPlace("--trust"),
            advice=say("give its 64 hex digits"),
        )
    return lambda: digits == certificate.fingerprint


def describe(certificate: Certificate) -> tuple[tuple[Message, str], ...]:
    """Return what a person compares, each with what it is."""
    fingerprint = in_pairs(certificate.fingerprint)
    begins, ends = certificate.not_before, certificate.not_after
    rows = (
        (say("for"), certificate.subject),
        (
            say("signed by"),
            say("itself") if certificate.self_signed else certificate.issuer,
        ),
        (
            say("valid"),
            say(
                "{begin} to {end}",
                begin=begins.date().isoformat(),
                end=ends.date().isoformat(),
            ),
        ),
        (say("key"), f"{certificate.algorithm} {certificate.bits}"),
        (say("SHA-256"), f"{fingerprint[:48]}\n{' ' * _INDENT}{fingerprint[48:]}"),
    )
    return (*rows, (say("odd"), certificate.oddity)) if certificate.oddity else rows


def pin(file: SiteFile, path: Path, certificate: Certificate) -> None:
    """Write the fingerprint into a site file; what stands there stays as it is.

    Raises SiteFileError if the file cannot take it, OutputError if it cannot be written.
    """
    line = f'fingerprint = "{certificate.fingerprint}"'
    found = _TABLE.search(file.text)
    if found:
        text = f"{file.text[: found.end()]}\n{line}{file.text[found.end() :]}"
    else:
        before = f"{file.text.rstrip()}\n\n" if file.text.strip() else ""
        text = f"{before}[tls]\n{line}\n"
    made = parse_site_file(text, path)
    if made.site.tls.fingerprint != certificate.fingerprint:
        raise SiteFileError(
            say("the fingerprint cannot be added to this file"),
            where=str(path),
            advice=say("add {line}", line=line),
        )
    write_file(path, text.encode(), mode_of(path))


def not_confirmed(url: str) -> CertificateError:
    """Return the error about a certificate that nobody vouched for."""
    return CertificateError(
        say("the certificate was not confirmed; nothing was sent to this host"),
        where=url,
        advice=say("find out on the PBX itself which certificate it has, from a place you trust"),
    )
