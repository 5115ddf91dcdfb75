-- What the worker has yet to look at. What was due before now has been seen to: a late step waits to be late twice over.
INSERT INTO flow_timer (case_id, kind, due_at)
WITH held AS (
    SELECT c.id, c.due_at, c.near_at, b.story, b.n, b.shift, b.shift_us, t.is_clocks, t.clock_base_us, t.clock_twice_s, t.clock_work,
           t.step_twice_s, t.step_work, pg_temp.charged(t.settled || t.given, b.shift_us / 1000000) - pg_temp.charged(t.before, b.shift_us / 1000000) AS more
      FROM bulk_case b JOIN flow_case c ON c.id = b.id JOIN story_clock t ON t.story = b.story AND t.n = b.n
     WHERE b.is_open
)
SELECT id, kind, at FROM (
    SELECT id, 'near' AS kind, near_at AS at FROM held
    UNION ALL SELECT id, 'due', due_at FROM held
    UNION ALL
    SELECT id, 'twice', CASE WHEN is_clocks THEN pg_temp.ahead(clock_base_us + shift_us, clock_twice_s + more, clock_work)
                             ELSE pg_temp.ahead((extract(epoch FROM due_at) * 1000000)::bigint, step_twice_s, step_work) END
      FROM held WHERE due_at <= %(now)s
    UNION ALL
    SELECT h.id, t.kind, CASE WHEN w.story IS NOT NULL THEN pg_temp.ahead(w.base * 1000000 + h.shift_us, w.seconds, true) ELSE t.due_at + h.shift END
      FROM held h JOIN story_timer t ON t.case_id = h.story AND t.n = h.n AND t.kind NOT IN ('near', 'due', 'twice')
      LEFT JOIN story_wait w ON w.story = h.story AND w.n = h.n AND w.kind = t.kind
  ) x
 WHERE at > %(now)s
