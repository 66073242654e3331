"""The login at the PBX."""

import hashlib
import re
import secrets
import urllib.parse
from email.message import Message

from auditor.remediation.script.script_messages import quoted, say
from auditor.remediation.script.shared import StopError

ALGORITHMS = {"MD5": hashlib.md5, "SHA-256": hashlib.sha256}
SCHEME = ""  # beside the parameters of a challenge, none of which has this name
OFFERED = re.compile(r'([^\s,="]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))|([^\s,="]+)')


class Login:
    """Answers the digest challenges of a PBX for one account."""

    def __init__(self, name: str, password: str) -> None:
        self.account = (name, password)
        self.challenge: dict[str, str] = {}
        self.count = 0

    def meet(self, challenge: dict[str, str]) -> None:
        """Take a challenge, which is answered from now on."""
        self.challenge, self.count = challenge, 0

    def headers(self, method: str, path: str) -> dict[str, bytes]:
        """Return the headers of a request: none until a challenge was met."""
        return {"Authorization": self.digest(method, path)} if self.challenge else {}

    def digest(self, method: str, path: str) -> bytes:
        """Return the answer to a digest challenge (RFC 7616)."""
        asked, (name, password) = self.challenge, self.account
        algorithm = asked.get("algorithm", "MD5")
        make = ALGORITHMS.get(algorithm.upper())
        if make is None:
            raise StopError(
                3, say("the PBX asks for a digest of kind {kind}", kind=quoted(algorithm[:20]))
            )

        def digest(text: str) -> str:
            return make(text.encode(errors="surrogateescape")).hexdigest()

        self.count += 1
        count, client = f"{self.count:08x}", secrets.token_hex(8)
        realm, nonce = asked.get("realm", ""), asked.get("nonce", "")
        keys = digest(f"{name}:{realm}:{password}"), digest(f"{method}:{path}")
        fields = {"username": name, "realm": realm, "nonce": nonce, "uri": path}
        if "auth" in re.split(r"[\s,]+", asked.get("qop", "")):
            fields["response"] = digest(f"{keys[0]}:{nonce}:{count}:{client}:auth:{keys[1]}")
            extra = f', qop=auth, nc={count}, cnonce="{client}"'
        else:
            fields["response"], extra = digest(f"{keys[0]}:{nonce}:{keys[1]}"), ""
        if "opaque" in asked:
            fields["opaque"] = asked["opaque"]
        if "algorithm" in asked:
            extra += f", algorithm={algorithm}"
        stated = ", ".join(f'{key}="{quote(value)}"' for key, value in fields.items())
        return f"Digest {stated}{extra}".encode(errors="surrogateescape")


def address(url: str) -> urllib.parse.SplitResult:
    """Return the parts of the address of a PBX."""
    try:
        parts = urllib.parse.urlsplit(url)
        is_one = parts.scheme in {"http", "https"} and parts.hostname and not parts.username
        if is_one and parts.port != 0:
            return parts
    except ValueError:  # a port that is none, or brackets that do not match
        pass
    raise StopError(2, say("give the address as https://host or https://host:port"))


def digest_challenge(headers: Message) -> dict[str, str]:
    """Return the digest challenge to answer, of a list of any challenges (RFC 9110, 11)."""
    offers: list[dict[str, str]] = []
    shown = ", ".join(headers.get_all("WWW-Authenticate") or ())
    # Octets, whatever they mean: a realm goes back, and into the digest, as it came.
    text = shown.encode("latin-1", "replace").decode(errors="surrogateescape")
    for name, escaped, plain, scheme in OFFERED.findall(text):
        if scheme:
            offers.append({SCHEME: scheme.lower()})
        elif offers:
            offers[-1].setdefault(name.lower(), plain or re.sub(r"\\(.)", r"\1", escaped))
    digests = [one for one in offers if one[SCHEME] == "digest"]
    known = [one for one in digests if one.get("algorithm", "MD5").upper() in ALGORITHMS]
    return next(iter([*known, *digests]), {})


def quote(text: str) -> str:
    """Return a text as it stands between quotation marks."""
    return text.replace("\\", "\\\\").replace('"', '\\"')
