-- The records of the chunk and, by the city's calendar at their own times, the deadlines that each act left behind and set.
INSERT INTO bulk_record (case_id, story, n, record_id, left_due_at, overdue, due_at, near_at, clock_due_at, clock_near_at, used_s, credit_s, given_back_s, kept_s)
SELECT id, story, i, nextval('flow_record_id_seq'), left_due_at, may_be_late AND coalesce(at > left_due_at, false),
       due_at, near_at, clock_due_at, clock_near_at, CASE WHEN has_work THEN pg_temp.charged(used, by) - pg_temp.charged(settled, by) END,
       CASE WHEN has_work THEN pg_temp.charged(given, by) END, CASE WHEN has_work THEN pg_temp.charged(settled, by) END,
       CASE WHEN has_work THEN pg_temp.charged(kept, by) END
  FROM (
    SELECT y.*, coalesce(own_due_at, lag(due_at) OVER (PARTITION BY id ORDER BY i)) AS left_due_at
      FROM (
        SELECT b.id, b.story, t.n AS i, b.created_at, t.at + b.shift AS at, t.may_be_late,
               CASE WHEN t.left_base_us IS NOT NULL THEN pg_temp.ahead(t.left_base_us + b.shift_us, t.left_s, t.left_work) END AS own_due_at,
               CASE WHEN t.is_clocks THEN pg_temp.ahead(t.clock_base_us + b.shift_us, t.clock_s + m.more, t.clock_work)
                    WHEN t.step_base_us IS NOT NULL THEN pg_temp.ahead(t.step_base_us + b.shift_us, t.step_s, t.step_work) END AS due_at,
               CASE WHEN t.n < b.n THEN NULL
                    WHEN t.is_clocks THEN pg_temp.ahead(t.clock_base_us + b.shift_us, t.clock_near_s + m.more, t.clock_work)
                    WHEN t.step_base_us IS NOT NULL THEN pg_temp.ahead(t.step_base_us + b.shift_us, t.step_near_s, t.step_work) END AS near_at,
               CASE WHEN t.n = b.n AND t.clock_base_us IS NOT NULL
                    THEN pg_temp.ahead(t.clock_base_us + b.shift_us, t.clock_s + m.more, t.clock_work) END AS clock_due_at,
               CASE WHEN t.n = b.n AND t.clock_base_us IS NOT NULL
                    THEN pg_temp.ahead(t.clock_base_us + b.shift_us, t.clock_near_s + m.more, t.clock_work) END AS clock_near_at,
               t.n = b.n AND t.clock_base_us IS NOT NULL AND t.clock_work AS has_work, t.used, t.settled, t.given, t.kept, b.by
          FROM (SELECT x.*, x.shift_us / 1000000 AS by FROM bulk_case x) b
          JOIN story_clock t ON t.story = b.story AND t.n <= b.n,
               LATERAL (SELECT CASE WHEN t.before = '{}' THEN 0
                             ELSE pg_temp.charged(t.settled || t.given, b.by) - pg_temp.charged(t.before, b.by) END AS more OFFSET 0) m
      ) y
  ) z
 ORDER BY created_at, id, i
