-- One report as the API takes it: idempotency key, grid of the point, number from a sequence, report, record, timer, journal.
\set lon :west + random(0, 1000000) * :wide / 1000000
\set lat :south + random(0, 1000000) * :high / 1000000
\set key random(1, 9000000000000000)
BEGIN;
INSERT INTO bench_floor.inbox (caller, key, hash) VALUES ('p' || :client_id::text, :key::text, md5(:key::text));
SELECT coalesce(max(code), '') AS grid FROM maps_unit_grid WHERE valid_to IS NULL AND ST_Covers(place, ST_SetSRID(ST_MakePoint(:lon::float8, :lat::float8), 4490)) \gset
INSERT INTO bench_floor.report (number, class, condition, unit_grid, place, description, source, reporter, step, due_at, version, created_at) VALUES ('T' || nextval('bench_floor.number'), '0101', 1, :grid::text, ST_SetSRID(ST_MakePoint(:lon::float8, :lat::float8), 4490), 'bench', 'officer', :client_id::bigint, 'collect/reported', now() + interval '30 minutes', 1, now()) RETURNING id, number \gset
INSERT INTO bench_floor.record VALUES (:id::bigint, 1, 'report', now(), :client_id::bigint, '', 'collect/reported', 'bench');
INSERT INTO bench_floor.timer VALUES (:id::bigint, 'due', now() + interval '30 minutes');
INSERT INTO bench_floor.journal SELECT :id::bigint, 1, p, bench_floor.chained(NULL, p) FROM (SELECT jsonb_build_object('id', :id::bigint, 'n', 1, 'verb', 'report', 'at', now())::text AS p) x;
UPDATE bench_floor.inbox SET status = 201, answer = jsonb_build_object('number', :number::text) WHERE caller = 'p' || :client_id::text AND key = :key::text;
COMMIT;
