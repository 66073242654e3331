"""Checks: pure functions from a view and parameters to observations.

A rule document names its check by the key below; several documents may share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from auditor.checks import (
    backup,
    base_password,
    base_user,
    dialling,
    firmware,
    hardware_ids,
    networks,
    settings,
    tls,
)
from auditor.checks.parameters import Parameters
from auditor.model.result import Observation
from auditor.view import AuditView

Check = Callable[[AuditView, Parameters], Iterable[Observation]]

CHECKS: Final[Mapping[str, Check]] = {
    "backup-is-recent": backup.backup_is_recent,
    "base-password-is-its-own": base_password.base_password_is_its_own,
    "base-password-is-strong": base_password.base_password_is_strong,
    "base-template-does-not-inherit": base_user.base_template_does_not_inherit,
    "base-user-dials-internally": dialling.base_user_dials_internally,
    "base-user-diverts-internally": dialling.base_user_diverts_internally,
    "base-user-has-no-rights": base_user.base_user_has_no_rights,
    "base-user-is-hidden": base_user.base_user_is_hidden,
    "certificate-is-valid": tls.certificate_is_valid,
    "emergency-numbers-are-reachable": dialling.emergency_numbers_are_reachable,
    "extension-is-outside-the-plan": base_user.extension_is_outside_the_plan,
    "firmware-is-not-vulnerable": firmware.firmware_is_not_vulnerable,
    "firmware-is-supported": firmware.firmware_is_supported,
    "firmware-meets-baseline": firmware.firmware_meets_baseline,
    "flag-is": settings.flag_is,
    "hardware-ids-are-unique": hardware_ids.hardware_ids_are_unique,
    "hardware-ids-match-names": hardware_ids.hardware_ids_match_names,
    "ip-filter-is-not-bypassed": hardware_ids.ip_filter_is_not_bypassed,
    "key-is-strong": tls.key_is_strong,
    "networks-are-limited": networks.networks_are_limited,
    "no-standard-configuration": backup.no_standard_configuration,
    "number-is-between": settings.number_is_between,
    "outdated-tls-is-refused": tls.outdated_tls_is_refused,
    "phone-config-is-stored": base_user.phone_config_is_stored,
    "reverse-proxy-flag-is-safe": hardware_ids.reverse_proxy_flag_is_safe,
    "secret-is-changed": settings.secret_is_changed,
    "temporary-user-is-gone": base_user.temporary_user_is_gone,
    "text-is-one-of": settings.text_is_one_of,
    "url-is-https": settings.url_is_https,
}
