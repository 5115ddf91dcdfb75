-- Task numbers, and the numbers that merged cases name.
WITH named AS (
    SELECT id, 'T' || to_char(created_at AT TIME ZONE 'Asia/Shanghai', 'YYMMDD') || '-' || lpad(nextval('flow_task_number')::text, 7, '0') AS number
      FROM (SELECT id, created_at FROM bulk_case ORDER BY id) c
), told AS (
    SELECT n.id, n.number, h.number AS into_number FROM named n JOIN bulk_case c USING (id) LEFT JOIN named h ON h.id = c.into_id
)
UPDATE bulk_case c
   SET number = t.number, into_number = t.into_number, shift_us = (extract(epoch FROM c.shift) * 1000000)::bigint
  FROM told t WHERE t.id = c.id
