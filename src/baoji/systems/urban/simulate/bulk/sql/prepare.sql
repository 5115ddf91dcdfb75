-- Where bulk cases can lie, zone by zone: a case stays in the responsibility grid of its story, so that the collectors
-- asked, the territorial body and the flag for reports outside one's own grids stay right.
CREATE TEMP TABLE bulk_zone AS
SELECT DISTINCT ON (u) u AS unit_grid, g.id AS zone FROM urban_responsibility_grid g, unnest(g.unit_grids) u ORDER BY u, g.id;
CREATE UNIQUE INDEX ON bulk_zone (unit_grid);
CREATE TEMP TABLE bulk_thing AS
SELECT z.zone, c.class_code, row_number() OVER (PARTITION BY z.zone, c.class_code ORDER BY c.code) - 1 AS k, c.code,
       ST_X(c.place) AS lon, ST_Y(c.place) AS lat, c.address, c.unit_grid
  FROM urban_component c JOIN bulk_zone z USING (unit_grid);
CREATE UNIQUE INDEX ON bulk_thing (zone, class_code, k);
CREATE TEMP TABLE bulk_spot AS
SELECT z.zone, row_number() OVER (PARTITION BY z.zone ORDER BY a.id) - 1 AS k, a.lon, a.lat, a.name AS address, z.unit_grid
  FROM (SELECT x.id, ST_X(x.place) AS lon, ST_Y(x.place) AS lat, x.name, u.code
          FROM maps_address x JOIN maps_unit_grid u ON ST_Covers(u.place, x.place) AND u.valid_to IS NULL WHERE x.kind IN ('plate', 'poi')) a
  JOIN bulk_zone z ON z.unit_grid = a.code;
CREATE UNIQUE INDEX ON bulk_spot (zone, k);
-- Of each story: where it lay, when it was filed, how many places it may move to.
CREATE TEMP TABLE story_meta AS
SELECT s.id AS story, z.zone, r.kind, r.class_code, r.component, s.created_at, s.address,
       f.n AS filed_n, f.at AS filed_at,
       (SELECT count(*) FROM bulk_thing t WHERE r.component <> '' AND t.zone = z.zone AND t.class_code = r.class_code) AS things,
       (SELECT count(*) FROM bulk_spot p WHERE r.component = '' AND p.zone = z.zone) AS spots
  FROM story_state s
  JOIN story_report r ON r.case_id = s.id AND r.n = 1
  LEFT JOIN bulk_zone z ON z.unit_grid = s.area
  LEFT JOIN LATERAL (SELECT n, at FROM story_record f WHERE f.case_id = s.id AND f.act = 'file' ORDER BY n LIMIT 1) f ON true
 WHERE s.records = 1;
CREATE UNIQUE INDEX ON story_meta (story);
CREATE INDEX ON story_record (case_id, n);
CREATE INDEX ON story_file (record_id);
-- The text of each journal entry but for what differs from copy to copy, in the order in which jsonb writes its keys.
CREATE TEMP TABLE story_line AS
SELECT r.case_id AS story, r.n, r.at, (extract(epoch FROM r.at) * 1000000)::bigint AS at_us, r.by_id, r.act, r.opinion,
       format('{"n": %s, "at": ', r.n) AS to_at,
       format(', "verb": %s, "actor": %s, "facts": {"to": %s, ', to_jsonb(r.act), coalesce(r.by_id::text, 'null'), to_jsonb(r.to_step)) AS to_due,
       format(', "from": %s, "files": ', to_jsonb(r.from_step)) AS to_files,
       format(', "holder": %s, "record": ', coalesce(to_jsonb(nullif(s.holder_post, '')), to_jsonb(s.holder_org_id), to_jsonb(s.holder_person_id), 'null')) AS to_record,
       format(', "status": %s, "opinion": "', to_jsonb(s.status)) AS to_opinion,
       format('", "version": %s}, "subject": "flow.case", "recorded": ', r.n) AS to_recorded,
       d.before, d.after
  FROM story_record r JOIN story_state s ON s.id = r.case_id AND s.records = r.n
  LEFT JOIN story_digest d ON d.story = r.case_id AND d.n = r.n;
CREATE UNIQUE INDEX ON story_line (story, n);
-- Which story an ended row tells (each as often as it shall weigh), and which state an open one is in.
CREATE TEMP TABLE story_pick (k integer PRIMARY KEY, story bigint, n integer, ahead integer);
CREATE TEMP TABLE story_open (k integer PRIMARY KEY, story bigint, n integer, shift interval);
CREATE TEMP TABLE bulk_case (
    id bigint PRIMARY KEY, story bigint, n integer, is_open boolean, shift interval, shift_us bigint, created_at timestamptz, number text, case_number text,
    filed_at timestamptz, kind text, class_code text, component text, lon float8, lat float8, address text, was_address text, area text,
    salt text, phone text, query_code text, into_id bigint, into_number text
);
CREATE TEMP TABLE bulk_record (case_id bigint, story bigint, n integer, record_id bigint, left_due_at timestamptz, overdue boolean,
    due_at timestamptz, near_at timestamptz, clock_due_at timestamptz, clock_near_at timestamptz, used_s integer, credit_s integer, given_back_s integer,
    kept_s integer, PRIMARY KEY (case_id, n));
CREATE FUNCTION pg_temp.moved(j jsonb, by interval) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT coalesce(jsonb_object_agg(e.key, CASE
        WHEN jsonb_typeof(e.value) = 'object' THEN (SELECT coalesce(jsonb_object_agg(i.key, CASE
            WHEN i.value #>> '{}' ~ '^\d{4}-\d\d-\d\dT' THEN to_jsonb((i.value #>> '{}')::timestamptz + by) ELSE i.value END), '{}') FROM jsonb_each(e.value) i)
        WHEN e.value #>> '{}' ~ '^\d{4}-\d\d-\d\dT' THEN to_jsonb((e.value #>> '{}')::timestamptz + by)
        ELSE e.value END), '{}') FROM jsonb_each(j) e
$$;
-- A moment of UTC as the digests write it: microseconds only where there are any.
CREATE FUNCTION pg_temp.moment(at timestamp) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    IF at IS NULL THEN
        RETURN 'null';
    END IF;
    RETURN '"' || to_char(at, CASE WHEN at = date_trunc('second', at) THEN 'YYYY-MM-DD"T"HH24:MI:SS' ELSE 'YYYY-MM-DD"T"HH24:MI:SS.US' END)
        || '+00:00"';
END $$;
CREATE FUNCTION pg_temp.chain_step(before bytea, payload text) RETURNS bytea LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
    RETURN sha256(before || convert_to(payload, 'UTF8'));
END $$;
CREATE AGGREGATE pg_temp.chain (text) (SFUNC = pg_temp.chain_step, STYPE = bytea, INITCOND = '')
