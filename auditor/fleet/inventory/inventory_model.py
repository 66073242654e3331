"""An inventory as everything works with it: frozen, with every path and default put in."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final, NamedTuple

from auditor.fleet.inventory.recipient_document import ChannelKind
from auditor.messages.languages import Language
from auditor.model.site import AppSocket, CredentialPlaces, DevicesLogin, SecretPlace
from auditor.model.vocabulary import Severity

# A run may begin so much of its interval (`every`) late, before it counts as one that did not
# happen.
LATE: Final = 0.5


class TargetKind(StrEnum):
    """What the evidence of a PBX is read from."""

    ADDRESS = "address"
    COLLECTOR = "collector"
    PATH = "path"
    PATTERN = "pattern"


class InventoryTarget(NamedTuple):
    """Where a PBX is read: its address, a file or folder, a pattern for folders, or elsewhere.

    What is read elsewhere has the name of the collector that brings it.
    """

    kind: TargetKind
    text: str


class Retention(NamedTuple):
    """How long audits and snapshots are kept: each run for days, then month ends for years."""

    every_run_days: int
    month_ends_years: int


class Fleet(NamedTuple):
    """The fleet as a whole.

    Exactly one of `history`, a file, and `history_env`, a variable with the URL of a database, is
    given. `every` is in how many seconds a run is expected after the one before, None if nobody
    says. `is_queued` says that runs hand their PBXs out to workers.
    """

    name: str
    history: Path | None
    history_env: str
    reports: Path
    every: int | None
    retention: Retention
    is_queued: bool = False


class Tenant(NamedTuple):
    """A customer; `at_once` is how many of its PBXs are read at a time, None for any number."""

    id: str
    name: str
    language: Language | None
    time_zone: str
    at_once: int | None


class Pbx(NamedTuple):
    """A PBX with everything that counts for it; `deadline` and `max_age` are in seconds.

    Without a `language`, places of `credentials`, a login at `devices`, or a `websocket`, its site
    file says them. `owns_credentials`, `owns_devices` and `owns_websocket` say that they stand with
    the PBX itself, and so count before those of its site file. Without a `worker` any of them
    audits it, where runs hand out.
    """

    id: str
    name: str
    tenant: str
    target: InventoryTarget
    profile: str
    site: Path | None
    waivers: Path | None
    rules: tuple[Path, ...]
    language: Language | None
    deadline: int
    max_age: int
    credentials: CredentialPlaces | None
    owns_credentials: bool
    tags: tuple[str, ...]
    serial: str
    worker: str = ""
    devices: DevicesLogin | None = None
    owns_devices: bool = False
    websocket: AppSocket | None = None
    owns_websocket: bool = False


class MailPlace(NamedTuple):
    """From whom mail goes to whom; `is_tls` says that the connection begins with TLS."""

    to: tuple[str, ...]
    sender: str
    is_tls: bool
    username: str


class Recipient(NamedTuple):
    """Somebody who is told what changed for some tenants, by one message a run.

    `is_for_all` says that every tenant is meant, later ones too. `places` are where URL, secret
    and password are found. What follows them is what a channel needs, empty for others.
    """

    id: str
    tenants: tuple[str, ...]
    is_for_all: bool
    channel: ChannelKind
    language: Language
    details: bool
    min_severity: Severity
    places: Mapping[str, SecretPlace] = {}
    server: str = ""
    ca_file: Path | None = None
    mail: MailPlace | None = None
    command: tuple[str, ...] = ()


class Collecting(NamedTuple):
    """Who collects here for a tenant: bundles are signed by its key and pushed to an address.

    The address may be secret, and then stands at the place of `push_env`; without any, bundles are
    carried by hand.
    """

    name: str
    tenant: str
    key: SecretPlace
    push: str
    push_env: str
    token: SecretPlace
    ca_file: Path | None
    ssh_config: Path | None


class Inventory(NamedTuple):
    """All tenants, PBXs and recipients of a fleet, in the order of the files they stand in.

    With `collecting`, its PBXs are only read here, and judged where the history is.
    """

    path: Path
    fleet: Fleet
    tenants: tuple[Tenant, ...]
    pbxs: tuple[Pbx, ...]
    recipients: tuple[Recipient, ...] = ()
    collecting: Collecting | None = None
