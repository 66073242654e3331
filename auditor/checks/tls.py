"""What live handshakes showed: the certificate, its key, and outdated versions of TLS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from auditor.checks.observe import compliant, undetermined, violated
from auditor.checks.parameters import Parameters
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import Certificate, TlsEndpoint
from auditor.model.vocabulary import Answer, Identity
from auditor.view import AuditView

_SOURCE: Final = "TLS handshake"
_VALIDITY: Final = "certificate"
_KEY: Final = "key"
_VERSIONS: Final = "versions"
_RSA: Final = "RSA"
_ECDSA: Final = "ECDSA"
_MODERN: Final = frozenset({"TLSv1.2", "TLSv1.3"})
_DEVICE_AUTHORITY: Final = "innovaphone device certification authority"
_PROOFS: Final = {
    Identity.SYSTEM: "a certificate that an authority of this computer signed for the host name",
    Identity.FINGERPRINT: "the pinned certificate",
    Identity.AUTHORITY: "a certificate that [tls] ca_file signed for the MAC address of [tls]",
}
_WHY_OPEN: Final = {
    Answer.UNCLEAR: "neither a handshake nor an alert about the version came back",
    Answer.NOT_OFFERED: "the TLS library of this computer cannot offer it",
}


def certificate_is_valid(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge whether the certificate is proven to be the PBX's, valid, and valid for long enough."""
    least, early = parameters.integer("min_days"), parameters.integer("renew_days")
    for endpoint in view.snapshot.tls:
        seen = endpoint.certificate
        if seen is None:
            yield _unreadable(endpoint, _VALIDITY)
        else:
            yield _validity(endpoint, seen, view.today, (least, early))


def _unreadable(endpoint: TlsEndpoint, prop: str) -> Observation:
    return undetermined(_about(endpoint), prop, "the certificate that it shows cannot be read")


def _validity(
    endpoint: TlsEndpoint, seen: Certificate, today: date | None, days: tuple[int, int]
) -> Observation:
    subject, evidence = _about(endpoint), [_certificate_evidence(endpoint, seen)]
    first, last = _day(seen.not_before), _day(seen.not_after)
    if today is None:
        detail = "the day of the audit is not known"
        return undetermined(subject, _VALIDITY, detail, evidence)
    left = (seen.not_after.astimezone(UTC).date() - today).days
    least, early = days
    fix = Fix(_VALIDITY, f"valid until {last}", "a new certificate")
    if seen.not_before.astimezone(UTC).date() > today:
        detail = f"the certificate is not valid before {first}"
        return violated(subject, _VALIDITY, detail, evidence, fix)
    if left < 0:
        detail = f"the certificate expired on {last}"
        return violated(subject, _VALIDITY, detail, evidence, fix)
    if left < least:
        detail = f"the certificate expires on {last}, in {left} days, less than {least}"
        return violated(subject, _VALIDITY, detail, evidence, fix)
    detail = f"valid until {last}"
    remarks = [*_kind_of(seen), *([f"it expires in {left} days"] if left < early else [])]
    return _fine(endpoint, _VALIDITY, detail, evidence, "; ".join(remarks))


def _fine(
    endpoint: TlsEndpoint, prop: str, detail: str, evidence: list[Evidence], remark: str = ""
) -> Observation:
    """Return that all is well, unless it could be somebody else who shows it."""
    if endpoint.identity is Identity.UNPROVEN:
        detail = f"{detail}; but nothing proves that this is the PBX, see [tls] of the site file"
        return undetermined(_about(endpoint), prop, detail, evidence)
    detail = f"{detail}; it is {_PROOFS[endpoint.identity]}"
    return compliant(_about(endpoint), prop, detail, evidence, remark)


def _kind_of(seen: Certificate) -> Iterator[str]:
    if seen.issuer.casefold().startswith(_DEVICE_AUTHORITY):
        yield (
            "it is the vendor's certificate of the device: programs that compare host names, "
            "browsers and myApps among them, do not accept it"
        )
    elif seen.self_signed:
        yield "it is self-signed: only who has pinned it can tell it from another"


def key_is_strong(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge the key of the certificate by its algorithm and size."""
    least = {
        _RSA: parameters.integer("min_rsa_bits"),
        _ECDSA: parameters.integer("min_ecdsa_bits"),
    }
    for endpoint in view.snapshot.tls:
        seen = endpoint.certificate
        yield _unreadable(endpoint, _KEY) if seen is None else _strength(endpoint, seen, least)


def _strength(endpoint: TlsEndpoint, seen: Certificate, least: dict[str, int]) -> Observation:
    subject, evidence = _about(endpoint), [_certificate_evidence(endpoint, seen)]
    key = f"{seen.algorithm} with {seen.bits} bits"
    if seen.algorithm not in least:
        detail = f"the key is {key}, which this control knows no limit for"
        return undetermined(subject, _KEY, detail, evidence)
    if seen.bits < least[seen.algorithm]:
        wanted = f"{least[_RSA]} bits of RSA or {least[_ECDSA]} of ECDSA"
        detail = f"the key is {key}, expected are at least {wanted}"
        return violated(subject, _KEY, detail, evidence, Fix(_KEY, key, wanted))
    return _fine(endpoint, _KEY, f"the key is {key}", evidence)


def outdated_tls_is_refused(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge whether each endpoint refuses every outdated version of TLS."""
    for endpoint in view.snapshot.tls:
        yield _versions(endpoint, parameters.names("outdated"))


def _versions(endpoint: TlsEndpoint, outdated: tuple[str, ...]) -> Observation:
    subject = _about(endpoint)
    answers = {name: endpoint.outdated.get(name, Answer.UNCLEAR) for name in outdated}
    agreed = f"{endpoint.protocol} with {endpoint.cipher}"
    evidence = [
        Evidence(_SOURCE, None, endpoint.address, "agreed on", agreed),
        *(
            Evidence(_SOURCE, None, endpoint.address, f"offered {name} alone", answer.value)
            for name, answer in answers.items()
        ),
    ]
    accepted = [name for name, answer in answers.items() if answer is Answer.ACCEPTED]
    unclear = [name for name, answer in answers.items() if answer in _WHY_OPEN]
    if accepted:
        fix = Fix(_VERSIONS, ", ".join(accepted), "TLS 1.2 or newer only")
        detail = f"it accepts {' and '.join(accepted)}"
        return violated(subject, _VERSIONS, detail, evidence, fix)
    if unclear:
        detail = f"whether it accepts {unclear[0]} is open: {_WHY_OPEN[answers[unclear[0]]]}"
        return undetermined(subject, _VERSIONS, detail, evidence)
    if endpoint.protocol not in _MODERN:
        detail = f"it agreed on {endpoint.protocol or 'a version that it did not name'}"
        return undetermined(subject, _VERSIONS, detail, evidence)
    detail = f"it refuses {' and '.join(outdated)}, and agreed on {endpoint.protocol}"
    return _fine(endpoint, _VERSIONS, detail, evidence)


def _about(endpoint: TlsEndpoint) -> Subject:
    return Subject("endpoint", endpoint.address, endpoint.address)


def _certificate_evidence(endpoint: TlsEndpoint, seen: Certificate) -> Evidence:
    names = f", for {', '.join(seen.names)}" if seen.names else ""
    value = (
        f"{seen.subject}{names}, issued by {seen.issuer}, {_day(seen.not_before)} to "
        f"{_day(seen.not_after)}, {seen.algorithm} {seen.bits}, sha256 {seen.fingerprint}"
    )
    return Evidence(_SOURCE, None, endpoint.address, "certificate", value)


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
