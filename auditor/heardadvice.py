"""What sources say of a PBX that was not reached, and what they advise (see `auditor.heard`)."""

from __future__ import annotations

from typing import Final

# Why a PBX was not reached, trusted or logged in to.
FAILURES: Final = (
    "the certificate of the PBX is for another name than this address",
    "the key of the certificate that the PBX shows is too short to prove anything",
    "the certificate of the PBX is not valid yet",
    "the certificate of the PBX has expired",
    "the TLS handshake failed: the PBX does not speak TLS here, or only outdated versions",
    "there is no host of this name",
    "the host refuses the connection",
    "the PBX does not answer in time",
    "the certificate is not the pinned one: it was replaced, or this is another box",
    "the certificate belongs to another device than [tls] mac names",
    "the PBX cannot be reached ({error})",
    "the certificate of the PBX changed: it was replaced, or this is another box",
    "nobody whom this computer trusts has signed the certificate of the PBX",
    "the PBX offers only a login that sends the password in clear",
    "the PBX asks for a kind of login that cannot be answered",
)
ADVICE: Final = (
    "read the live PBX, or save /cfg.txt again",
    "look again and attest it anew in the site file",
    "run again",
    "run again when the PBX is up",
    "look at the box, and attest what applies",
    "read it again",
    "allow more --deadline",
    "allow more time with --deadline",
    "allow it in the site file, [[boxes]], or say there where it is now",
    "look at it with a browser",
    "run `pbx-auditor learn` on a box of this train, or attest the value",
    "learn it again, take the entry out of the dialect, or attest the value",
    "look at the object in Users Admin, and report this difference",
    "delete it wherever it is kept, and change the passwords it holds",
    "audit files that were saved at the same time",
    "give the account of the auditor (a viewer) the right to read it",
    "SOAP needs an administrator, or the user admin with the PBX password",
    "save the configuration from the PBX again (/cfg.txt)",
    "save the configuration again, without an editor that changes the encoding",
    "export the objects from the PBX again",
    "state [target] objects in the site file, or give a second source (pbx.xml)",
    (
        "state [target] objects in the site file, or let the account read two of /cfg.txt, object "
        "list and SOAP"
    ),
    "read everything again at one time",
    "count again, or read everything again",
    "collect it again with this version of pbx-auditor",
    "save all messages, up to the ReplicateNextResult without columns",
    "make it readable, or take it out of the folder if it is no evidence",
    "run from a network that reaches it, or look at the box and attest it",
    "check {user} and {password}; a viewer account is enough",
    "use https://, or let the PBX ask for HTTP digest",
    "use an account with ASCII characters, and HTTP digest with MD5 or SHA-256",
    "use the name in the certificate, or pin it: `pbx-auditor doctor --show-fingerprint`",
    "give the PBX a new certificate, with RSA of at least 2048 bits or ECDSA",
    "compare the clocks of the PBX and here",
    "renew it on the PBX",
    "check the port, and the TLS settings of the PBX",
    "check the address",
    "check the port, and whether the PBX is up",
    "check the network and its filters, or allow more time with --timeout",
    "compare the certificate on the PBX, then update [tls] fingerprint",
    "check the address of the PBX",
    "check the address, the network and whether the PBX is up",
    "compare the certificate on the PBX, then update [tls] in the site file",
    "compare `pbx-auditor doctor --show-fingerprint` with the PBX, then pin it in [tls]",
)
