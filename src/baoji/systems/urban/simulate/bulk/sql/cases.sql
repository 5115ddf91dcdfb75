-- Draws the rows of a chunk: which story, when, where; in the order of time, with numbers as intake would give them.
INSERT INTO bulk_case
WITH draw AS MATERIALIZED (
    SELECT random() < %(open_share)s AS is_open, random() AS pick, random() AS week, random() AS place, floor(random() * 60) AS jitter,
           md5(random()::text || j) AS hex
      FROM generate_series(1, %(count)s) j
), chosen AS MATERIALIZED (
    SELECT d.*, coalesce(o.story, p.story) AS story, coalesce(o.n, p.n) AS n,
           coalesce(o.shift, make_interval(weeks => p.ahead - floor(%(weeks)s * (1 - (%(chunk)s + d.week) / %(chunks)s))::int))
           - make_interval(secs => d.jitter) AS shift
      FROM draw d
      LEFT JOIN story_open o ON d.is_open AND o.k = floor(d.pick * %(opens)s)::int
      LEFT JOIN story_pick p ON NOT d.is_open AND p.k = floor(d.pick * %(picks)s)::int
), placed AS (
    SELECT c.*, m.created_at + c.shift AS at, CASE WHEN c.n >= m.filed_n THEN m.filed_at + c.shift END AS filed_at, r.kind, r.class_code,
           coalesce(t.code, '') AS component, coalesce(t.lon, s.lon) AS lon, coalesce(t.lat, s.lat) AS lat,
           coalesce(t.address, s.address) AS address, m.address AS was_address, coalesce(t.unit_grid, s.unit_grid) AS area,
           r.caller_phone <> '' AS has_phone, r.query_code <> '' AS has_code
      FROM chosen c
      JOIN story_meta m USING (story)
      JOIN story_report r ON r.case_id = c.story AND r.n = c.n
      LEFT JOIN bulk_thing t ON m.component <> '' AND t.zone = m.zone AND t.class_code = m.class_code AND t.k = floor(c.place * m.things)::int
      LEFT JOIN bulk_spot s ON m.component = '' AND s.zone = m.zone AND s.k = floor(c.place * m.spots)::int
     ORDER BY at
)
SELECT nextval('flow_case_id_seq'), story, n, is_open, shift, NULL, at, '', NULL, filed_at, kind, class_code, component, lon, lat, address,
       was_address, area, left(hex, 16), CASE WHEN has_phone THEN '0917-00' || lpad((('x' || left(hex, 7))::bit(28)::int %% 100000)::text, 5, '0') ELSE '' END,
       CASE WHEN has_code THEN translate(upper(right(hex, 10)), '01', 'XY') ELSE '' END
  FROM placed
