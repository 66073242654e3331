-- The roles of a history in PostgreSQL, and what each may. Run it by psql as a superuser, or as a
-- role that owns the database and may create roles:
--   psql postgres -f roles.sql    makes the roles, before there is a history
--   psql history -f roles.sql     says what they may, after `pbx-auditor fleet migrate`; also after
--                                 each update of pbx-auditor
-- No role has a password: give one to those that are used, with \password NAME.
--
--   pbx_auditor_owner    owns the tables, and brings them up to date; nothing else needs it
--   pbx_auditor_runner   runs, sends and looks back
--   pbx_auditor_grafana  reads views: no snapshot, no name of a user
--   pbx_auditor_worker   what workers have in common; login.sql makes one for each collector
--   pbx_auditor_tenant   what customers have in common; login.sql makes one for each tenant
DO $$
DECLARE
    named text;
    owner regrole;
BEGIN
    FOREACH named IN ARRAY ARRAY['owner', 'runner', 'grafana', 'worker', 'tenant'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'pbx_auditor_' || named) THEN
            EXECUTE format('CREATE ROLE pbx_auditor_%s %s', named,
                CASE WHEN named IN ('worker', 'tenant') THEN 'NOLOGIN' ELSE 'LOGIN' END);
        END IF;
    END LOOP;
    ALTER ROLE pbx_auditor_grafana CONNECTION LIMIT 10;
    ALTER ROLE pbx_auditor_grafana SET default_transaction_read_only = on;
    ALTER ROLE pbx_auditor_grafana SET statement_timeout = '30s';

    SELECT c.relowner::regrole INTO owner FROM pg_class c
        WHERE c.oid = to_regclass('public.role_tenant');
    IF owner IS NULL THEN
        RAISE NOTICE 'there is no history of this version here yet: start pbx-auditor fleet migrate';
        RETURN;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE oid = owner AND (rolsuper OR rolbypassrls)) THEN
        RAISE EXCEPTION 'the history is owned by %, whom row-level security does not bind', owner
            USING HINT = 'REASSIGN OWNED BY it TO pbx_auditor_owner, or make it an ordinary role';
    END IF;

    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO pbx_auditor_runner, pbx_auditor_grafana,'
        ' pbx_auditor_worker, pbx_auditor_tenant', current_database());
    REVOKE CREATE ON SCHEMA public FROM PUBLIC;
    INSERT INTO public.role_tenant (role, tenant)
        VALUES ('pbx_auditor_runner', '*'), ('pbx_auditor_grafana', '*') ON CONFLICT DO NOTHING;

    GRANT USAGE ON SCHEMA public TO pbx_auditor_runner, pbx_auditor_grafana, pbx_auditor_worker;
    GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO pbx_auditor_runner;
    GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO pbx_auditor_runner;
    -- Who may see what is for the owner to say, and an event is only ever added.
    REVOKE INSERT, UPDATE, DELETE ON public.alembic_version, public.role_tenant
        FROM pbx_auditor_runner;
    REVOKE UPDATE, DELETE ON public.event FROM pbx_auditor_runner;

    -- What a job is made of, of the tenants of a collector; nothing is written.
    GRANT SELECT ON public.alembic_version, public.role_tenant, public.tenant, public.pbx,
        public.planned, public.audit, public.result_span, public.finding, public.finding_span,
        public.document TO pbx_auditor_worker;
    GRANT SELECT (number, day, started, ended) ON public.run TO pbx_auditor_worker;
    GRANT SELECT ON public.errand TO pbx_auditor_worker;
    GRANT SELECT, INSERT ON public.handed_in TO pbx_auditor_worker;
    IF to_regnamespace('queue') IS NOT NULL THEN
        GRANT USAGE ON SCHEMA queue TO pbx_auditor_runner, pbx_auditor_worker;
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA queue TO pbx_auditor_runner;
        GRANT USAGE ON ALL SEQUENCES IN SCHEMA queue TO pbx_auditor_runner, pbx_auditor_worker;
        -- It takes jobs of its tenants, gives none, and changes not what one is about.
        REVOKE UPDATE ON queue.procrastinate_jobs, queue.procrastinate_workers
            FROM pbx_auditor_worker;
        GRANT SELECT, DELETE, UPDATE (status, attempts, worker_id, abort_requested)
            ON queue.procrastinate_jobs TO pbx_auditor_worker;
        GRANT SELECT, INSERT ON queue.procrastinate_events TO pbx_auditor_worker;
        GRANT SELECT, UPDATE ON queue.procrastinate_periodic_defers TO pbx_auditor_worker;
        GRANT SELECT, INSERT, DELETE, UPDATE (last_heartbeat, tenants, refuses)
            ON queue.procrastinate_workers TO pbx_auditor_worker;
    END IF;

    -- Of role_tenant each login sees its own rows.
    GRANT SELECT ON public.role_tenant, public.v_run, public.v_audit, public.v_pbx,
        public.v_control_now, public.v_delivery TO pbx_auditor_grafana;
    -- Without the subjects, which are users and devices by name. For the same reason v_finding_open
    -- is not among the views.
    GRANT SELECT (run, day, tenant, pbx, what, control, before, after, severity, cause, also)
        ON public.v_change TO pbx_auditor_grafana;

    GRANT USAGE ON SCHEMA own TO pbx_auditor_tenant;
    GRANT SELECT ON ALL TABLES IN SCHEMA own TO pbx_auditor_tenant;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA own TO pbx_auditor_tenant;
END $$;
