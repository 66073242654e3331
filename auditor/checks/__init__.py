"""Checks: pure functions from a view and parameters to observations.

A rule document names its check by the key below; several documents may share one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from auditor.checks import (
    addresses,
    app_platform,
    apps,
    backup,
    base_password,
    base_user,
    device_flags,
    factory_login,
    firmware,
    hardware_ids,
    network_lists,
    password_reuse,
    password_strength,
    registrable,
    relay,
    reverse_proxy,
    rights,
    service_objects,
    settings,
    system_passwords,
    tls,
    visibility,
)
from auditor.checks.calls import dialling, diversions, incoming, outgoing
from auditor.checks.support.parameters import Parameters
from auditor.model.result import Observation
from auditor.pbx.view import AuditView

Check = Callable[[AuditView, Parameters], Iterable[Observation]]

# Checks that ask for the score of more passwords than those of base and temporary users.
SCORING_CHECKS: Final = frozenset(
    {"apps-are-protected", "hot-desk-passwords-are-strong", "passwords-are-strong"}
)

CHECKS: Final[Mapping[str, Check]] = {
    "administrator-password-is-strong": system_passwords.administrator_password_is_strong,
    "admin-apps-are-listed": apps.admin_apps_are_listed,
    "administration-is-not-forwarded": reverse_proxy.administration_is_not_forwarded,
    "admins-are-listed": rights.admins_are_listed,
    "app-platform-password-differs": app_platform.app_platform_password_differs,
    "apps-are-protected": apps.apps_are_protected,
    "attack-detection-is-on": reverse_proxy.attack_detection_is_on,
    "backup-is-recent": backup.backup_is_recent,
    "base-password-is-its-own": base_password.base_password_is_its_own,
    "base-password-is-strong": base_password.base_password_is_strong,
    "base-template-does-not-inherit": base_user.base_template_does_not_inherit,
    "base-user-dials-internally": dialling.base_user_dials_internally,
    "base-user-diverts-internally": dialling.base_user_diverts_internally,
    "base-user-has-no-rights": base_user.base_user_has_no_rights,
    "base-user-is-hidden": base_user.base_user_is_hidden,
    "calls-are-not-shown-to-all": visibility.calls_are_not_shown_to_all,
    "certificate-is-valid": tls.certificate_is_valid,
    "diversions-stay-inside": diversions.diversions_stay_inside,
    "emergency-numbers-are-reachable": dialling.emergency_numbers_are_reachable,
    "expensive-numbers-are-blocked": outgoing.expensive_numbers_are_blocked,
    "extension-is-outside-the-plan": base_user.extension_is_outside_the_plan,
    "factory-login-is-changed": factory_login.factory_login_is_changed,
    "firmware-is-not-vulnerable": firmware.firmware_is_not_vulnerable,
    "firmware-is-supported": firmware.firmware_is_supported,
    "firmware-meets-baseline": firmware.firmware_meets_baseline,
    "flag-is": settings.flag_is,
    "forks-stay-inside": diversions.forks_stay_inside,
    "hardware-ids-are-unique": hardware_ids.hardware_ids_are_unique,
    "hardware-ids-match-names": hardware_ids.hardware_ids_match_names,
    "hot-desk-passwords-are-strong": password_strength.hot_desk_passwords_are_strong,
    "internal-objects-reject-calls": incoming.internal_objects_reject_calls,
    "ip-filter-exceptions-are-listed": device_flags.ip_filter_exceptions_are_listed,
    "ip-filter-is-not-bypassed": device_flags.ip_filter_is_not_bypassed,
    "key-is-strong": tls.key_is_strong,
    "networks-are-limited": network_lists.networks_are_limited,
    "no-standard-configuration": backup.no_standard_configuration,
    "number-is-between": settings.number_is_between,
    "one-of-flags-is": settings.one_of_flags_is,
    "outdated-tls-is-refused": tls.outdated_tls_is_refused,
    "passwords-are-not-shared": password_reuse.passwords_are_not_shared,
    "passwords-are-strong": password_strength.passwords_are_strong,
    "pbx-password-devices-are-listed": device_flags.pbx_password_devices_are_listed,
    "pbx-password-is-strong": system_passwords.pbx_password_is_strong,
    "phone-config-is-stored": base_user.phone_config_is_stored,
    "plain-ports-are-closed": reverse_proxy.plain_ports_are_closed,
    "proxied-devices-use-tls": device_flags.proxied_devices_use_tls,
    "proxy-flag-is": reverse_proxy.proxy_flag_is,
    "registrable-objects-have-passwords": registrable.registrable_objects_have_passwords,
    "relay-has-its-own-credentials": relay.relay_has_its_own_credentials,
    "reverse-proxy-flag-is-safe": device_flags.reverse_proxy_flag_is_safe,
    "reverse-proxy-flags-are-few": device_flags.reverse_proxy_flags_are_few,
    "reverse-proxy-is-apart": reverse_proxy.reverse_proxy_is_apart,
    "secret-is-changed": settings.secret_is_changed,
    "secret-is-empty": settings.secret_is_empty,
    "service-objects-are-hidden": service_objects.service_objects_are_hidden,
    "temporary-user-is-gone": base_user.temporary_user_is_gone,
    "text-is-one-of": settings.text_is_one_of,
    "text-is-set": settings.text_is_set,
    "trunks-are-closed": incoming.trunks_are_closed,
    "url-is-https": addresses.url_is_https,
    "users-have-call-filters": outgoing.users_have_call_filters,
    "users-have-diversion-filters": outgoing.users_have_diversion_filters,
}
