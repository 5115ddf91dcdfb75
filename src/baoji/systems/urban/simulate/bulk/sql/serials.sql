-- Case numbers: each division and day goes on where it stood; its row is held until the chunk is committed.
WITH wanted AS (
    SELECT left(area, 6) AS division, (filed_at AT TIME ZONE 'Asia/Shanghai')::date AS day, count(*)::int AS n
      FROM bulk_case WHERE filed_at IS NOT NULL GROUP BY 1, 2 ORDER BY 1, 2
), taken AS (
    INSERT INTO urban_serial (division, day, last) SELECT division, day, n FROM wanted ORDER BY 1, 2
    ON CONFLICT (division, day) DO UPDATE SET last = urban_serial.last + excluded.last RETURNING division, day, last
), numbered AS (
    SELECT c.id, t.division, t.day, t.last - w.n + row_number() OVER (PARTITION BY t.division, t.day ORDER BY c.filed_at, c.id) AS serial
      FROM bulk_case c
      JOIN taken t ON t.division = left(c.area, 6) AND t.day = (c.filed_at AT TIME ZONE 'Asia/Shanghai')::date
      JOIN wanted w ON w.division = t.division AND w.day = t.day
)
UPDATE bulk_case c SET case_number = n.division || '-' || to_char(n.day, 'YYYYMMDD') || '-' || lpad(n.serial::text, 5, '0')
  FROM numbered n WHERE n.id = c.id
