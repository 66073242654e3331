"""What live handshakes showed: the certificate, its key, and outdated versions of TLS."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from auditor.checks.support.observe import compliant, undetermined, violated
from auditor.checks.support.parameters import Parameters
from auditor.facts import known_facts
from auditor.facts.missing import label_of
from auditor.messages.message import NOTHING, Message, joined, say, together
from auditor.model.result import Evidence, Fix, Observation, Subject
from auditor.model.snapshot import Certificate, Setting, TlsEndpoint
from auditor.model.vocabulary import Identity, TlsAnswer
from auditor.pbx.view import AuditView

_SOURCE: Final = "TLS handshake"
_VALIDITY: Final = "certificate"
_KEY: Final = "key"
_VERSIONS: Final = "versions"
_PROFILE: Final = "tls_profile"
_NO_VERSIONS: Final = say(
    "it is known, but which versions it excludes is not documented for every train, "
    "and the endpoint itself was not seen"
)
_RSA: Final = "RSA"
_ECDSA: Final = "ECDSA"
_MODERN: Final = frozenset({"TLSv1.2", "TLSv1.3"})
_DEVICE_AUTHORITY: Final = "innovaphone device certification authority"
_AGREED_ON_NONE: Final = say("it agreed on a version that it did not name")
_PROOFS: Final = {
    Identity.SYSTEM: say(
        "a certificate that an authority of this computer signed for the host name"
    ),
    Identity.FINGERPRINT: say("the pinned certificate"),
    Identity.AUTHORITY: say("a certificate that [tls] ca_file signed for the MAC address of [tls]"),
}
_WHY_OPEN: Final = {
    TlsAnswer.UNCLEAR: say("neither a handshake nor an alert about the version came back"),
    TlsAnswer.NOT_OFFERED: say("the TLS library of this computer cannot offer it"),
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
    detail = say("the certificate that it shows cannot be read")
    return undetermined(_about(endpoint), prop, detail)


def _validity(
    endpoint: TlsEndpoint, seen: Certificate, today: date | None, days: tuple[int, int]
) -> Observation:
    subject, evidence = _about(endpoint), [_certificate_evidence(endpoint, seen)]
    first, last = _day(seen.not_before), _day(seen.not_after)
    if today is None:
        detail = say("the day of the audit is not known")
        return undetermined(subject, _VALIDITY, detail, evidence)
    left = (seen.not_after.astimezone(UTC).date() - today).days
    least, early = days
    fix = Fix(_VALIDITY, say("valid until {last}", last=last), say("a new certificate"))
    if seen.not_before.astimezone(UTC).date() > today:
        detail = say("the certificate is not valid before {day}", day=first)
        return violated(subject, _VALIDITY, detail, evidence, fix)
    if left < 0:
        detail = say("the certificate expired on {day}", day=last)
        return violated(subject, _VALIDITY, detail, evidence, fix)
    if left < least:
        detail = say(
            "the certificate expires on {day}, in {days} days, less than {least}",
            day=last,
            days=left,
            least=least,
        )
        return violated(subject, _VALIDITY, detail, evidence, fix)
    detail = say("valid until {day}", day=last)
    remarks = list(_kind_of(seen))
    if left < early:
        remarks.append(say("it expires in {days} days", days=left))
    return _fine(endpoint, _VALIDITY, detail, evidence, together(*remarks))


def _fine(
    endpoint: TlsEndpoint,
    prop: str,
    detail: Message,
    evidence: list[Evidence],
    remark: Message = NOTHING,
) -> Observation:
    """Return that all is well, unless it could be somebody else who shows it."""
    if endpoint.identity is Identity.UNPROVEN:
        unproven = say(
            "{detail}; but nothing proves that this is the PBX, see [tls] of the site file",
            detail=detail,
        )
        return undetermined(_about(endpoint), prop, unproven, evidence)
    proven = say("{detail}; it is {proof}", detail=detail, proof=_PROOFS[endpoint.identity])
    return compliant(_about(endpoint), prop, proven, evidence, remark)


def _kind_of(seen: Certificate) -> Iterator[Message]:
    if seen.oddity:
        yield say("its serial number is zero or negative, which X.509 forbids")
    if seen.issuer.casefold().startswith(_DEVICE_AUTHORITY):
        yield say(
            "it is the vendor's certificate of the device: programs that compare host names, "
            "browsers and myApps among them, do not accept it"
        )
    elif seen.self_signed:
        yield say("it is self-signed: only who has pinned it can tell it from another")


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
    key = say("{algorithm} with {bits} bits", algorithm=seen.algorithm, bits=seen.bits)
    if seen.algorithm not in least:
        detail = say("the key is {key}, which this control knows no limit for", key=key)
        return undetermined(subject, _KEY, detail, evidence)
    if seen.bits < least[seen.algorithm]:
        wanted = say("{rsa} bits of RSA or {ecdsa} of ECDSA", rsa=least[_RSA], ecdsa=least[_ECDSA])
        detail = say("the key is {key}, expected are at least {wanted}", key=key, wanted=wanted)
        return violated(subject, _KEY, detail, evidence, Fix(_KEY, key, wanted))
    return _fine(endpoint, _KEY, say("the key is {key}", key=key), evidence)


def outdated_tls_is_refused(view: AuditView, parameters: Parameters) -> Iterator[Observation]:
    """Judge whether each endpoint refuses every outdated version of TLS.

    A profile that is read or rolled out is shown beside that. It decides nothing, because which
    versions each excludes is documented for no train but one.
    """
    profile = view.snapshot.settings.get(_PROFILE)
    shown = [_profile_evidence(profile)] if profile is not None else []
    for endpoint in view.snapshot.tls:
        found = _versions(endpoint, parameters.names("outdated"))
        yield found._replace(evidence=(*found.evidence, *shown))
    if shown and not view.snapshot.tls:
        subject = Subject("setting", _PROFILE, label_of(known_facts()[_PROFILE]))
        yield undetermined(subject, _VERSIONS, _NO_VERSIONS, shown)


def _versions(endpoint: TlsEndpoint, outdated: tuple[str, ...]) -> Observation:
    subject = _about(endpoint)
    answers = {name: endpoint.outdated.get(name, TlsAnswer.UNCLEAR) for name in outdated}
    protocol, cipher = endpoint.protocol, endpoint.cipher
    agreed = (
        say("{protocol} with {cipher}", protocol=protocol, cipher=cipher) if cipher else protocol
    )
    offers = [
        (say("offered {version} alone", version=name), answer.value)
        for name, answer in answers.items()
    ]
    evidence = [
        Evidence(_SOURCE, None, endpoint.address, attribute, value)
        for attribute, value in ((say("agreed on"), agreed), *offers)
    ]
    accepted = [name for name, answer in answers.items() if answer is TlsAnswer.ACCEPTED]
    unclear = [name for name, answer in answers.items() if answer in _WHY_OPEN]
    if accepted:
        fix = Fix(_VERSIONS, ", ".join(accepted), say("TLS 1.2 or newer only"))
        detail = say("it accepts {versions}", versions=joined("{one} and {other}", accepted))
        return violated(subject, _VERSIONS, detail, evidence, fix)
    if unclear:
        detail = say(
            "whether it accepts {version} is open: {reason}",
            version=unclear[0],
            reason=_WHY_OPEN[answers[unclear[0]]],
        )
        return undetermined(subject, _VERSIONS, detail, evidence)
    if endpoint.protocol not in _MODERN:
        detail = _AGREED_ON_NONE
        if endpoint.protocol:
            detail = say("it agreed on {version}", version=endpoint.protocol)
        return undetermined(subject, _VERSIONS, detail, evidence)
    detail = say(
        "it refuses {versions}, and agreed on {version}",
        versions=joined("{one} and {other}", outdated),
        version=endpoint.protocol,
    )
    return _fine(endpoint, _VERSIONS, detail, evidence)


def _about(endpoint: TlsEndpoint) -> Subject:
    """Return an endpoint as a subject: the system stays the same when its address changes."""
    return Subject("endpoint", "https", endpoint.address)


def _certificate_evidence(endpoint: TlsEndpoint, seen: Certificate) -> Evidence:
    subject = seen.subject
    if seen.names:
        subject = say("{subject}, for {names}", subject=subject, names=", ".join(seen.names))
    value = say(
        "{subject}, issued by {issuer}, {first} to {last}, {key}, sha256 {fingerprint}",
        subject=subject,
        issuer=seen.issuer,
        first=_day(seen.not_before),
        last=_day(seen.not_after),
        key=f"{seen.algorithm} {seen.bits}",
        fingerprint=seen.fingerprint,
    )
    return Evidence(_SOURCE, None, endpoint.address, say("certificate"), value)


def _profile_evidence(profile: Setting) -> Evidence:
    return Evidence(
        profile.source,
        profile.line or None,
        None,
        profile.place,
        ", ".join(profile.values),
        grade=profile.grade,
    )


def _day(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d}"
