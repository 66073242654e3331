-- A login for a customer, or for a collector: it sees the tenants that are named, and nothing of
-- others. Run it by psql in the history's database as roles.sql, after that:
--   psql history -v role=reader_17 -v kind=tenant -v tenants=muster -f login.sql
--   psql history -v role=worker_wien -v kind=worker -v tenants=muster,city -f login.sql
--   psql history -c '\password reader_17'
-- Run again it names other tenants. Names of roles and databases are seen by every login of a
-- server: let none name a customer. To take it away: DELETE FROM role_tenant WHERE role = 'reader_17';
-- DROP OWNED BY reader_17; DROP ROLE reader_17;
\set ON_ERROR_STOP on
BEGIN;
SELECT format('CREATE ROLE %I LOGIN NOSUPERUSER NOBYPASSRLS CONNECTION LIMIT 20', :'role')
    WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'role') \gexec
SELECT format('GRANT %I TO %I', 'pbx_auditor_' || :'kind', :'role')
    WHERE :'kind' IN ('tenant', 'worker')
    UNION ALL SELECT 'kind is neither tenant nor worker' WHERE :'kind' NOT IN ('tenant', 'worker') \gexec
SELECT statement FROM (VALUES
    ('ALTER ROLE %I SET search_path = own'),
    ('ALTER ROLE %I SET default_transaction_read_only = on'),
    ('ALTER ROLE %I SET statement_timeout = ''30s''')) AS wanted (template),
    LATERAL format(template, :'role') AS statement
    WHERE :'kind' = 'tenant' \gexec
DELETE FROM public.role_tenant WHERE role = :'role';
INSERT INTO public.role_tenant (role, tenant)
    SELECT DISTINCT :'role', trim(one) FROM unnest(string_to_array(:'tenants', ',')) AS one;
COMMIT;
