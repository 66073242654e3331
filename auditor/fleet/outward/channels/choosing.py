"""Which channel leads to a recipient; each is imported only where it is needed."""

from __future__ import annotations

from auditor.fleet.inventory.inventory_model import Recipient
from auditor.fleet.inventory.recipient_document import ChannelKind
from auditor.fleet.outward.channels.channel import Channel


def channel_to(recipient: Recipient) -> Channel:
    """Return the channel to a recipient."""
    made = _spoken(recipient)
    return made if made is not None else _by_http(recipient)


def _spoken(recipient: Recipient) -> Channel | None:
    """Return a channel that needs no HTTP."""
    if recipient.mail is not None:
        from auditor.fleet.outward.channels.mail import Mail  # noqa: PLC0415 -- one of several

        return Mail(recipient, recipient.mail)
    if recipient.channel is ChannelKind.SYSLOG:
        from auditor.fleet.outward.channels.syslog import Syslog  # noqa: PLC0415 -- ditto

        return Syslog(recipient)
    if recipient.channel is ChannelKind.COMMAND:
        from auditor.fleet.outward.channels.command import CommandChannel  # noqa: PLC0415 -- ditto

        return CommandChannel(recipient)
    return None


def _by_http(recipient: Recipient) -> Channel:
    from auditor.fleet.outward.channels.chat import Chat  # noqa: PLC0415 -- one of several

    if recipient.channel is ChannelKind.TEAMS:
        from auditor.fleet.outward.channels.teams import TEAMS  # noqa: PLC0415 -- one of several

        return Chat(recipient, TEAMS)
    if recipient.channel is ChannelKind.SLACK:
        from auditor.fleet.outward.channels.slack import SLACK  # noqa: PLC0415 -- ditto

        return Chat(recipient, SLACK)
    from auditor.fleet.outward.channels.webhook import Webhook  # noqa: PLC0415 -- ditto

    return Webhook(recipient)
