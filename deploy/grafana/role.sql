-- A role for Grafana that reads views and nothing else: no table, no snapshot, no name of a user.
-- Run it as the owner of the history's database, also again after an update of pbx-auditor:
--   psql "$HISTORY_URL" -f role.sql
--   psql "$HISTORY_URL" -c '\password pbx_auditor_grafana'
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pbx_auditor_grafana') THEN
        CREATE ROLE pbx_auditor_grafana LOGIN NOINHERIT CONNECTION LIMIT 10;
    END IF;
END $$;

ALTER ROLE pbx_auditor_grafana SET default_transaction_read_only = on;
ALTER ROLE pbx_auditor_grafana SET statement_timeout = '30s';

GRANT USAGE ON SCHEMA public TO pbx_auditor_grafana;
GRANT SELECT ON v_run, v_audit, v_pbx, v_control_now, v_delivery TO pbx_auditor_grafana;
-- Without the subjects, which are users and devices by name. For the same reason v_finding_open is
-- not among the views.
GRANT SELECT (run, day, tenant, pbx, what, control, before, after, severity, cause, also)
    ON v_change TO pbx_auditor_grafana;
