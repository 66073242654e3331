"""What may be said to Devices: what is not on the list below is never sent.

Whoever may log in here has the power of an administrator over every box of a domain. So the list
has what shows something and nothing else, and `recvUpdates` is never asked for. An expert script
holds passwords in clear, as `/cfg.txt` does; it is read because the base user's password stands
there.

Never on it: `GetProvisioningCode` and `GetProvisionedDevice`, `SetDeviceFilter`, and whatever adds,
edits, deploys or removes. Source: SDK 13r3, Devices.
"""

from __future__ import annotations

from typing import Final

from auditor.sources.live.app_socket.message_rows import (
    AllowedMessage,
    Exactly,
    Matching,
    Socket,
    UpTo,
)

APP: Final = "innovaphone-devices"
_SRC: Final = {"src": Matching(r"[a-z][0-9]{1,9}")}
# Several domains at once are written with commas; one is asked for at a time.
_NUMBER: Final = Matching(r"[0-9]{1,9}")
_ID: Final = UpTo(10**9 - 1)
_DOMAIN: Final = Matching(r"[A-Za-z0-9._~-]{1,253}")
_EMPTY: Final = Exactly("")

DEVICES_MESSAGES: Final = (
    AllowedMessage(Socket.DEVICES, "", "AppChallenge", "what the login is made with"),
    AllowedMessage(
        Socket.DEVICES,
        "",
        "AppLogin",
        "the login with the password of a domain, or of the instance",
        {
            "app": Exactly(APP),
            "domain": _DOMAIN,
            **dict.fromkeys(("sip", "guid", "dn"), _EMPTY),
            "digest": Matching(r"[0-9a-f]{64}"),
        },
    ),
    AllowedMessage(
        Socket.DEVICES, "", "GetUserInfo", "the key of the way to boxes, and which power", _SRC
    ),
    AllowedMessage(
        Socket.DEVICES, "", "GetLoginInfo", "the same, as the first release calls it", _SRC
    ),
    AllowedMessage(Socket.DEVICES, "", "GetDomains", "the domains, which are customers", _SRC),
    AllowedMessage(
        Socket.DEVICES,
        "",
        "GetDevices",
        "devices with their versions, of a domain or of all",
        _SRC,
        {"domainIds": _NUMBER},
    ),
    AllowedMessage(
        Socket.DEVICES,
        "",
        "GetDeviceConfigs",
        "what a domain rolls out to its devices, without the values",
        {**_SRC, "domainId": _ID},
    ),
    AllowedMessage(
        Socket.DEVICES,
        "",
        "GetDeviceConfig",
        "one of these with its values; secrets in it are reduced where it is parsed",
        {**_SRC, "domainId": _ID, "id": _ID},
    ),
)
