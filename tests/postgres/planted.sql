-- The objects that the intruder plants in `public`: everything that a statement can name, with types as close as possible.
-- A planted object that runs fails the statement. `{schema}` is the one with Keyward's tables.

CREATE OR REPLACE FUNCTION public.planted() RETURNS boolean LANGUAGE plpgsql
    AS $$ BEGIN RAISE EXCEPTION 'what was planted has run'; END $$;

-- Returns the name of a type.
CREATE FUNCTION pg_temp.name_of(type oid) RETURNS text LANGUAGE sql AS $$
    SELECT format('%I.%I', n.nspname, t.typname) FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.oid = $1 $$;

-- The types that can replace a type among arguments, including the domain of Keyward's times once it exists.
CREATE FUNCTION pg_temp.near(type oid) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT pg_temp.name_of($1)
    UNION SELECT pg_temp.name_of(t.oid) FROM pg_type t
    JOIN pg_namespace n ON n.oid = t.typnamespace
    WHERE $1 = 'timestamptz'::regtype AND n.nspname = '{schema}' AND t.typname = 'keyward_time' $$;

-- Creates a function, unless it exists or cannot be created.
CREATE FUNCTION pg_temp.plant(name text, arguments text, result text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('CREATE FUNCTION public.%I(%s) RETURNS %s LANGUAGE plpgsql AS %L', name, arguments, result,
        'BEGIN RAISE EXCEPTION ''what was planted has run''; END');
EXCEPTION WHEN duplicate_function OR invalid_function_definition OR feature_not_supported
    OR syntax_error OR undefined_object OR datatype_mismatch THEN NULL;
END $$;

DO $$
DECLARE
    found record;
BEGIN
    -- Every function of one, two or three arguments.
    FOR found IN
        SELECT p.proname, n.name_1, n.name_2, n.name_3,
            CASE WHEN p.proretset THEN 'SETOF ' ELSE '' END || pg_temp.name_of(p.prorettype) AS result
        FROM pg_proc p CROSS JOIN LATERAL (
            SELECT one.name AS name_1, two.name AS name_2, three.name AS name_3
            FROM pg_temp.near(p.proargtypes[0]) AS one (name)
            LEFT JOIN pg_temp.near(p.proargtypes[1]) AS two (name) ON TRUE
            LEFT JOIN pg_temp.near(p.proargtypes[2]) AS three (name) ON TRUE
        ) n
        WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND p.pronargs BETWEEN 1 AND 3
        AND NOT EXISTS (
            SELECT FROM pg_type t WHERE t.typtype = 'p' AND t.oid = ANY (p.prorettype || p.proargtypes::oid[])
        )
        -- The second time, only the variants with the domain.
        AND ('{schema}' = '' OR 'timestamptz'::regtype = ANY (p.proargtypes::oid[]))
    LOOP
        PERFORM pg_temp.plant(found.proname, concat_ws(', ', found.name_1, found.name_2, found.name_3), found.result);
    END LOOP;

    -- Every operator.
    FOR found IN
        SELECT o.oprname, o.oprresult, l.name AS l, r.name AS r
        FROM pg_operator o
        LEFT JOIN pg_temp.near(o.oprleft) AS l (name) ON TRUE
        JOIN pg_temp.near(o.oprright) AS r (name) ON TRUE
        WHERE o.oprnamespace = 'pg_catalog'::regnamespace
        AND NOT EXISTS (SELECT FROM pg_type t WHERE t.typtype = 'p' AND t.oid IN (o.oprleft, o.oprright, o.oprresult))
        AND ('{schema}' = '' OR 'timestamptz'::regtype IN (o.oprleft, o.oprright))
    LOOP
        PERFORM pg_temp.plant('planted_' || found.oprresult, concat_ws(', ', found.l, found.r),
            pg_temp.name_of(found.oprresult));
        BEGIN
            EXECUTE format('CREATE OPERATOR public.%s (%s RIGHTARG = %s, FUNCTION = public.%I)', found.oprname,
                'LEFTARG = ' || found.l || ',', found.r, 'planted_' || found.oprresult);
        EXCEPTION WHEN duplicate_function THEN NULL;
        END;
    END LOOP;
END $$;
