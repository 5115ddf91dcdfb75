-- A merged case lies where the case lies that it was merged into, and was reported within hours of it.
WITH host AS (
    SELECT c.*, row_number() OVER (PARTITION BY c.kind, c.class_code ORDER BY c.id) - 1 AS k, count(*) OVER (PARTITION BY c.kind, c.class_code) AS hosts
      FROM bulk_case c JOIN story_state s ON s.id = c.story AND s.records = c.n
     WHERE s.status = 'closed' AND c.n >= 8 AND c.created_at < %(now)s - interval '2 days'
), lone AS (
    SELECT c.id, c.kind, c.class_code, s.created_at, s.last_at, row_number() OVER (PARTITION BY c.kind, c.class_code ORDER BY c.id) AS k
      FROM bulk_case c JOIN story_state s ON s.id = c.story AND s.records = c.n WHERE s.status = 'merged'
), moved AS (
    SELECT l.id, l.created_at, l.last_at, h.id AS into_id, h.component, h.lon, h.lat, h.address, h.area, h.created_at AS host_at,
           date_trunc('second', h.created_at - l.created_at + make_interval(secs => 600 + l.k * 7919 %% 36000)) AS shift
      FROM lone l JOIN host h ON h.kind = l.kind AND h.class_code = l.class_code AND h.k = l.k %% h.hosts
)
UPDATE bulk_case c
   SET into_id = m.into_id, component = m.component, lon = m.lon, lat = m.lat, address = m.address, area = m.area,
       created_at = m.created_at + m.shift, shift = m.shift, filed_at = c.filed_at - c.shift + m.shift
  FROM moved m
 WHERE c.id = m.id AND m.last_at - m.created_at + m.host_at + interval '11 hours' < %(now)s
