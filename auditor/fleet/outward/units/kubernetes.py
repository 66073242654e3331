"""A CronJob of Kubernetes.

The inventory comes from a ConfigMap, secrets from two Secrets, the state from a volume, all of the
name of the job: `NAME` has files, `NAME-environment` has variables.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any, Final

from auditor import __version__
from auditor.fleet.outward.units.job import MadeSchedule, ScheduledJob, UnitFile
from auditor.fleet.outward.units.systemd import STATE, state_elsewhere
from auditor.messages.message import Message, say

IMAGE: Final = f"pbx-auditor:{__version__}"
_CREDENTIALS: Final = "/run/credentials/pbx-auditor"
# As the Dockerfile has it.
_USER: Final = 10001
_FOR_GROUP: Final = 0o440
# What is new is no failure of the job, nor is a digest that waits for a run that is at work. What
# could not be done is.
_END: Final = """\
case $code in %s) code=0 ;; esac
[ $code -eq 0 ] || exit $code
exit $failed"""


def made(job: ScheduledJob, image: str = IMAGE) -> MadeSchedule:
    """Return the CronJob, and what has to be known of it."""
    job = job._replace(program=("pbx-auditor",))
    text = "".join(f"{line}\n" for line in _lines(_cron_job(job, image)))
    return MadeSchedule(
        (UnitFile(f"{job.unit}.yaml", text),), tuple(_remarks(job)), tuple(_blocking(job))
    )


def _cron_job(job: ScheduledJob, image: str) -> Mapping[str, Any]:
    return {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": job.unit, "labels": {"app.kubernetes.io/name": job.name}},
        "spec": {
            "schedule": job.schedule.cron,
            "timeZone": "Etc/UTC",
            "concurrencyPolicy": "Forbid",
            "successfulJobsHistoryLimit": 3,
            "failedJobsHistoryLimit": 3,
            "jobTemplate": {
                "spec": {
                    "backoffLimit": 0,
                    "activeDeadlineSeconds": job.schedule.minutes * 60,
                    "template": {"spec": _pod(job, image)},
                }
            },
        },
    }


def _pod(job: ScheduledJob, image: str) -> Mapping[str, Any]:
    return {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": _USER,
            "runAsGroup": _USER,
            "fsGroup": _USER,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(job, image)],
        "volumes": list(_volumes(job)),
    }


def _container(job: ScheduledJob, image: str) -> Mapping[str, Any]:
    mounts = [
        {"name": "inventory", "mountPath": job.folder.as_posix(), "readOnly": True},
        {"name": "state", "mountPath": str(STATE / job.name)},
        {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108 -- a volume of its own
    ]
    container: dict[str, Any] = {
        "name": "pbx-auditor",
        "image": image,
        "command": ["/bin/sh", "-c", _script(job)],
    }
    if job.needs.credentials:
        mounts.append({"name": "credentials", "mountPath": _CREDENTIALS, "readOnly": True})
        container["env"] = [{"name": "CREDENTIALS_DIRECTORY", "value": _CREDENTIALS}]
    if job.needs.variables:
        container["envFrom"] = [{"secretRef": {"name": f"{job.name}-environment"}}]
    return {
        **container,
        "workingDir": str(job.folder),
        "volumeMounts": mounts,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        },
        "resources": {
            "requests": {"cpu": "500m", "memory": "512Mi"},
            "limits": {"memory": "2Gi"},
        },
    }


def _volumes(job: ScheduledJob) -> Iterator[Mapping[str, Any]]:
    yield {"name": "inventory", "configMap": {"name": job.name}}
    yield {"name": "state", "persistentVolumeClaim": {"claimName": job.name}}
    yield {"name": "tmp", "emptyDir": {}}
    if job.needs.credentials:
        items = [{"key": _key(one.name), "path": one.name} for one in job.needs.credentials]
        secret = {"secretName": job.name, "defaultMode": _FOR_GROUP, "items": items}
        yield {"name": "credentials", "secret": secret}


def _key(name: str) -> str:
    """Return a key that a Secret can have."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name)


def _script(job: ScheduledJob) -> str:
    """Return what the container does. Kubernetes would put in variables for `$(NAME)`."""
    steps = [
        shlex.join(job.run),
        "code=$?",
        "failed=0",
        *(f"{shlex.join(words)} || failed=$?" for words in job.after),
        _END % ("75" if job.part else "1|4"),
    ]
    return "\n".join(steps).replace("$(", "$$(")


def _blocking(job: ScheduledJob) -> Iterator[Message]:
    """Yield why the container could not work as it was asked for."""
    yield from state_elsewhere(job)
    state = STATE / job.name
    if job.textfile is not None and not job.textfile.is_relative_to(state):
        yield say(
            "the metrics could not be written: a container may write to {state} alone, so"
            " --textfile has to name a file there",
            state=str(state),
        )


def _remarks(job: ScheduledJob) -> Iterator[Message]:
    state = STATE / job.name
    yield say(
        "it needs ConfigMap {name} with what is in {folder}, and PersistentVolumeClaim {name} for"
        " {state}",
        name=job.name,
        folder=str(job.folder),
        state=str(state),
    )
    if job.needs.credentials:
        names = ", ".join(_key(one.name) for one in job.needs.credentials)
        yield say("it needs Secret {name} with the keys {keys}", name=job.name, keys=names)
    if job.needs.variables:
        yield say(
            "it needs Secret {name} with the keys {keys}",
            name=f"{job.name}-environment",
            keys=", ".join(job.needs.variables),
        )


def _lines(value: Any, margin: str = "") -> Iterator[str]:  # noqa: ANN401 -- as JSON has it
    """Yield YAML: mappings and lists in blocks, and in them values as JSON writes them."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from _entry(f"{margin}{key}:", one, f"{margin}  ")
    else:
        for one in value:
            first, *rest = _entry(f"{margin}-", one, f"{margin}  ")
            if first == f"{margin}-":
                first = f"{margin}- {rest.pop(0).lstrip()}"
            yield first
            yield from rest


def _entry(head: str, value: Any, margin: str) -> Iterator[str]:  # noqa: ANN401 -- ditto
    if isinstance(value, str) and "\n" in value:
        yield f"{head} |-"
        yield from (f"{margin}{line}" for line in value.split("\n"))
    elif isinstance(value, Mapping | list) and value:
        yield head
        yield from _lines(value, margin)
    else:
        yield f"{head} {json.dumps(value, ensure_ascii=False)}"
