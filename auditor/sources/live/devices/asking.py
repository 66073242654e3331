"""Asks Devices which boxes there are, over a connection of its own."""

from __future__ import annotations

import time

from auditor.errors import TargetError
from auditor.messages.message import say
from auditor.site.credentials import DevicesAccount
from auditor.sources.live.app_socket.websocket_channel import ANSWER_SECONDS, Limits
from auditor.sources.live.devices.devices_client import open_session
from auditor.sources.live.devices.listing import Listed, list_devices
from auditor.sources.live.refusals import RefusedError
from auditor.sources.live.retrying import Patience
from auditor.sources.options import LiveOptions, Progress
from auditor.values.devices_addresses import DevicesAddress


def ask_devices(address: DevicesAddress, account: DevicesAccount, options: LiveOptions) -> Listed:
    """Return the domains and devices that a login is shown.

    A connection that broke is opened once more, as far as there is time. Raises TargetError if the
    app cannot be reached, refuses the login, or lists nothing.
    """
    end = time.monotonic() + options.deadline
    patience = Patience(options, lambda: end - time.monotonic())

    def attempt() -> Listed:
        left = max(0.0, end - time.monotonic())
        limits = Limits(left, min(options.timeout, ANSWER_SECONDS, left))
        with open_session(address, account, limits) as session:
            return list_devices(
                session, lambda count: options.notify(Progress(say("devices"), count))
            )

    try:
        return patience.run("Devices", attempt)
    except RefusedError as error:
        told = say("Devices: {reason}", reason=error.reason)
        raise TargetError(told, where=address.service) from None
