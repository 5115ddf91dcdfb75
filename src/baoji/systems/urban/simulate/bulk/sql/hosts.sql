-- A merged case lies where the case lies that it was merged into, and was reported within hours of it.
WITH host AS (
    SELECT c.*, row_number() OVER (PARTITION BY c.kind, c.class_code ORDER BY c.id) - 1 AS k, count(*) OVER (PARTITION BY c.kind, c.class_code) AS hosts
      FROM bulk_case c JOIN story_state s ON s.id = c.story AND s.records = c.n
     WHERE s.status = 'closed' AND c.n >= 8 AND c.created_at < %(now)s - interval '2 days'
), lone AS (
    SELECT c.id, c.kind, c.class_code, s.created_at, s.last_at, row_number() OVER (PARTITION BY c.kind, c.class_code ORDER BY c.id) AS k
      FROM bulk_case c JOIN story_state s ON s.id = c.story AND s.records = c.n WHERE s.status = 'merged'
)
UPDATE bulk_case c
   SET into_id = h.id, component = h.component, lon = h.lon, lat = h.lat, address = h.address, area = h.area,
       created_at = h.created_at + make_interval(secs => 600 + l.k * 7919 %% 36000),
       shift = h.created_at + make_interval(secs => 600 + l.k * 7919 %% 36000) - l.created_at,
       filed_at = c.filed_at - c.shift + (h.created_at + make_interval(secs => 600 + l.k * 7919 %% 36000) - l.created_at)
  FROM lone l JOIN host h ON h.kind = l.kind AND h.class_code = l.class_code AND h.k = l.k %% h.hosts
 WHERE c.id = l.id AND l.last_at - l.created_at + h.created_at + interval '11 hours' < %(now)s
