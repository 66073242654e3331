"""Why a file cannot be used or a PBX cannot be reached, in words of this script."""

import errno
import http.client
import socket
import ssl

from auditor.remediation.script.script_messages import Said, say

NO_FILE = 0  # the number of an error that no system has
OF_FILES = {
    NO_FILE: say("it is no file"),
    errno.ENOENT: say("there is no such file or folder"),
    errno.EACCES: say("the permission is missing"),
    errno.EPERM: say("the permission is missing"),
    errno.EISDIR: say("it is a folder"),
    errno.ENOTDIR: say("a part of the path is no folder"),
    errno.EEXIST: say("it is there already"),
    errno.ENAMETOOLONG: say("the name is too long"),
    errno.ELOOP: say("links lead in a circle"),
    errno.ENOSPC: say("there is no space left"),
    errno.EDQUOT: say("there is no space left"),
    errno.EROFS: say("nothing can be written there"),
    errno.EPIPE: say("nobody reads it"),
    errno.EINVAL: say("there can be no such path"),
}
OF_CERTIFICATES = {  # by the numbers of OpenSSL
    9: say("its certificate is not valid yet"),
    10: say("its certificate has expired"),
    18: say("its certificate is signed by itself: give --ca-file or --fingerprint"),
    19: say("an authority that is not trusted signed its certificate: give --ca-file"),
    20: say("an authority that is not known signed its certificate: give --ca-file"),
    21: say("an authority that is not known signed its certificate: give --ca-file"),
    62: say("its certificate is for another name"),
    64: say("its certificate is for another address"),
}
BROKEN_OFF = say("the connection was closed before the answer was whole")


def why_not(error: OSError) -> Said:
    """Return why a file cannot be used."""
    words = None if error.errno is None else OF_FILES.get(error.errno)
    return words or system_says(error)


def system_says(error: OSError) -> Said:
    """Return what the system says, where this script has no words for it."""
    return say("the system says: {reason}", reason=error.strerror or type(error).__name__)


def why_unreached(error: Exception) -> Said:
    """Return why no answer came."""
    if isinstance(error, ssl.SSLError):
        return why_insecure(error)
    if isinstance(error, TimeoutError):
        return say("it does not answer in time")
    if isinstance(error, OSError):
        return why_unconnected(error)
    if isinstance(error, http.client.IncompleteRead):
        return BROKEN_OFF
    if isinstance(error, http.client.HTTPException):
        return say("what answers does not speak HTTP")
    return say("no request can hold the name of this host, or this account")


def why_insecure(error: ssl.SSLError) -> Said:
    """Return why there is no TLS."""
    if isinstance(error, ssl.SSLCertVerificationError):
        other = say("its certificate is not trusted ({reason})", reason=error.verify_message)
        return OF_CERTIFICATES.get(error.verify_code, other)
    return say("no TLS connection comes about ({reason})", reason=error.reason or "?")


def why_unconnected(error: OSError) -> Said:
    """Return why there is no connection, or no longer one."""
    if isinstance(error, socket.gaierror):
        return say("there is no host of this name")
    if isinstance(error, ConnectionRefusedError):
        return say("the host refuses the connection")
    if isinstance(error, ConnectionError):
        return BROKEN_OFF
    if error.errno in {errno.EHOSTUNREACH, errno.ENETUNREACH}:
        return say("there is no route to the host")
    return system_says(error) if error.strerror else say("the connection broke")
