"""What a site file says of networks, of the firmware that is wanted, and of looks at services."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from auditor.model.base import Document
from auditor.values.firmware_labels import Label
from auditor.values.networks import Network

Name = Annotated[str, StringConstraints(min_length=1)]


class NetworkPolicy(Document):
    """Networks that phones may register from."""

    allowed: list[Network] = []


class FirmwarePolicy(Document):
    """The firmware that devices must have at least.

    `baselines` are those of single products or trains, which count before `baseline`.
    """

    baseline: Label | None = None
    baselines: dict[Name, Label] = {}


class ProbePolicy(Document):
    """Whether a live audit looks at services of the box as a stranger would, and at which ports."""

    enabled: bool = True
    http_port: Annotated[int, Field(ge=1, le=65535)] = 80
    telnet_port: Annotated[int, Field(ge=1, le=65535)] = 23
