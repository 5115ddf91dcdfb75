BEGIN;
SELECT version, step FROM bench_floor.report WHERE number = :number::text FOR UPDATE \gset
{before}
UPDATE bench_floor.report SET step = '{to}', version = version + 1, due_at = now() + interval '1 hour'{also} WHERE id = :id::bigint;
INSERT INTO bench_floor.record VALUES (:id::bigint, {n}, '{act}', now(), :client_id::bigint, :step::text, '{to}', 'bench');
{timer}
INSERT INTO bench_floor.journal SELECT :id::bigint, {n}, p, bench_floor.chained(h, p) FROM (SELECT jsonb_build_object('id', :id::bigint, 'n', {n}, 'verb', '{act}', 'at', now())::text AS p) x, (SELECT hash AS h FROM bench_floor.journal WHERE report = :id::bigint ORDER BY n DESC LIMIT 1) y;
SELECT * FROM bench_floor.report r JOIN bench_floor.record t ON t.report = r.id WHERE r.id = :id::bigint ORDER BY t.n;
COMMIT;
