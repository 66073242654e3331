"""Who is told every morning: blocks of the inventory, each with what its channel needs."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence

from auditor.errors import InventoryError, KeyPlace
from auditor.fleet.inventory.credential_places import secret_place
from auditor.fleet.inventory.duplicates import same_ids
from auditor.fleet.inventory.inventory_files import InventoryBlock, InventoryContents
from auditor.fleet.inventory.inventory_model import MailPlace, Recipient
from auditor.fleet.inventory.recipient_document import (
    ALL,
    KEYS,
    SECRETS,
    ChannelKind,
    RecipientBlock,
    keys_of,
)
from auditor.fleet.inventory.targets import absolute
from auditor.messages.languages import Language
from auditor.messages.message import say
from auditor.messages.suggestions import nearest
from auditor.model.site import SecretPlace
from auditor.model.vocabulary import Severity


def recipients_of(
    contents: InventoryContents, tenants: Sequence[str]
) -> list[tuple[InventoryBlock[RecipientBlock], Recipient]]:
    """Return the recipients of an inventory with their blocks; what is wrong becomes a problem."""
    found = []
    for block in same_ids(contents.recipients, contents.problems).values():
        wrong = [*_wrong_keys(block), *_unknown_tenants(block, contents)]
        contents.problems.extend(wrong)
        if not wrong:
            found.append((block, _recipient(block, contents, tenants)))
    return found


def _wrong_keys(block: InventoryBlock[RecipientBlock]) -> Iterator[InventoryError]:
    """Yield what a channel lacks, and what does not belong to it."""
    said, keys = block.said, KEYS[block.value.channel]
    for key in sorted(block.value.model_fields_set - keys.allowed):
        reason = say("this does not belong to the channel {channel}", channel=block.value.channel)
        yield block.wrong(key, reason)
    for name in keys.needed:
        if not said.intersection(keys_of(name)):
            shown = keys_of(name)[0]
            yield block.wrong(
                "channel", say("it needs {key}", key=shown), say("add {key}", key=shown)
            )
    for secret in SECRETS:
        named = [key for key in keys_of(secret) if key in said]
        if len(named) > 1:
            reason = say("name one place of {secret}, not several", secret=secret)
            yield block.wrong(named[1], reason)
    if "username" in said and not said.intersection(keys_of("password")):
        yield block.wrong("username", say("it needs {key}", key="password_env"))


def _unknown_tenants(
    block: InventoryBlock[RecipientBlock], contents: InventoryContents
) -> Iterator[InventoryError]:
    named = contents.tenants_named
    for one in block.value.tenants if block.value.tenants != ALL else ():
        if one not in named:
            meant = nearest(one, named)
            advice = (
                say("did you mean {name}?", name=meant) if meant else say("add a [[tenant]] block")
            )
            yield block.wrong("tenants", say("there is no tenant of this id"), advice)


def _recipient(
    block: InventoryBlock[RecipientBlock], contents: InventoryContents, tenants: Sequence[str]
) -> Recipient:
    value, folder = block.value, block.source.path.parent
    is_for_all = value.tenants == ALL
    chosen = tenants if is_for_all else [one for one in tenants if one in value.tenants]
    command = tuple(value.command or ())
    if command and os.path.basename(command[0]) != command[0]:  # noqa: PTH119
        command = (str(absolute(folder, command[0])), *command[1:])
    return Recipient(
        id=value.id,
        tenants=tuple(chosen),
        is_for_all=is_for_all,
        channel=value.channel,
        language=value.language or _language(contents, chosen),
        details=value.details,
        min_severity=value.min_severity or Severity.INFO,
        places={name: _place(block, name) for name in SECRETS},
        server=value.server or "",
        ca_file=absolute(folder, value.ca_file) if value.ca_file else None,
        mail=_mail(value),
        command=command,
    )


def _language(contents: InventoryContents, tenants: Sequence[str]) -> Language:
    """Return the language of the one tenant that it is about, else that of the fleet."""
    own = {one.value.id: one.value.language for one in contents.tenants}
    spoken = own.get(tenants[0]) if len(tenants) == 1 else None
    return spoken or contents.defaults.language or "en"


def _mail(value: RecipientBlock) -> MailPlace | None:
    if value.channel is not ChannelKind.MAIL:
        return None
    to = tuple(dict.fromkeys(value.to or ()))
    return MailPlace(to, value.sender or "", value.tls == "tls", value.username or "")


def _place(block: InventoryBlock[RecipientBlock], name: str) -> SecretPlace:
    """Return where a secret is found; paths are taken from the folder of the file."""
    value, folder = block.value, block.source.path.parent
    shown = KeyPlace("recipient", name, value.id)
    variable, file, command, keyring = (getattr(value, key) for key in keys_of(name))
    return secret_place(shown, folder, (variable, file, command, keyring))
