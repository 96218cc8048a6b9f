-- Objects without types of Keyward's. They are planted last, because they take the names of types.

SELECT pg_temp.plant('unnest', of || '[]', 'SETOF ' || of)
FROM unnest(ARRAY['text', 'bigint', 'timestamptz', 'bytea', 'cidr']) AS types (of);
SELECT pg_temp.plant('json_build_array', arguments, 'json')
FROM unnest(ARRAY['text, text, bigint', 'cidr, bigint', 'text, bigint']) AS lists (arguments);

CREATE FUNCTION public.planted_step(bigint) RETURNS bigint LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'what was planted has run'; END $$;
CREATE FUNCTION public.planted_step(bigint, bigint) RETURNS bigint LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'what was planted has run'; END $$;
CREATE FUNCTION public.planted_step(json, json) RETURNS json LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'what was planted has run'; END $$;
CREATE AGGREGATE public.count(*) (SFUNC = public.planted_step, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE public.max(bigint) (SFUNC = public.planted_step, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE public.min(bigint) (SFUNC = public.planted_step, STYPE = bigint, INITCOND = '0');
CREATE AGGREGATE public.json_agg(json) (SFUNC = public.planted_step, STYPE = json, INITCOND = '[]');

CREATE COLLATION public."C" (LOCALE = 'POSIX');

DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['pg_class', 'pg_namespace', 'pg_type', 'pg_roles', 'pg_authid', 'pg_auth_members'] LOOP
        EXECUTE format('CREATE VIEW public.%I AS SELECT public.planted()', name);
    END LOOP;
    FOREACH name IN ARRAY ARRAY['name', 'oid', 'text', 'bytea', 'timestamptz', 'cidr', 'json', 'jsonb', 'int2', 'int4',
        'int8', 'bool', 'regclass'] LOOP
        EXECUTE format('CREATE DOMAIN public.%1$I AS pg_catalog.%1$I CHECK (public.planted())', name);
    END LOOP;
END $$;
