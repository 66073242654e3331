"""Checks: pure functions from a view and parameters to observations, one per control id."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from auditor.checks import (
    base_password,
    base_user,
    dialling,
    hardware_ids,
    registration,
)
from auditor.checks.parameters import Parameters
from auditor.model.result import Observation
from auditor.view import AuditView

Check = Callable[[AuditView, Parameters], Iterable[Observation]]

CHECKS: Final[Mapping[str, Check]] = {
    "HD-01": base_password.base_password_is_strong,
    "HD-02": registration.ip_filter_is_set,
    "HD-03": registration.no_registration_without_password,
    "HD-04": base_user.base_user_is_hidden,
    "HD-05": dialling.base_user_dials_internally,
    "HD-06": dialling.base_user_diverts_internally,
    "HD-07": hardware_ids.hardware_ids_match_names,
    "HD-08": base_user.base_template_does_not_inherit,
    "HD-09": dialling.emergency_numbers_are_reachable,
    "HD-10": base_user.temporary_user_is_gone,
    "HD-11": base_user.extension_is_outside_the_plan,
    "HD-12": base_user.phone_config_is_stored,
    "HD-13": base_user.base_user_has_no_rights,
    "HD-14": base_password.base_password_is_its_own,
    "HD-15": hardware_ids.ip_filter_is_not_bypassed,
    "HD-16": hardware_ids.reverse_proxy_flag_is_safe,
    "PBX-17": hardware_ids.hardware_ids_are_unique,
}
