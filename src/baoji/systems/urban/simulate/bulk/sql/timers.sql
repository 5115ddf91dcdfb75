-- What the worker has yet to look at. What was due before now has been seen to: a late step waits to be late twice over.
INSERT INTO flow_timer (case_id, kind, due_at)
SELECT id, CASE WHEN kind = 'due' AND due_at <= %(now)s THEN 'twice' ELSE kind END,
       CASE WHEN kind = 'due' AND due_at <= %(now)s THEN due_at + greatest(due_at - step_since, interval '1 minute') ELSE due_at END
  FROM (
    SELECT b.id, t.kind, t.due_at + b.shift AS due_at, s.step_since + b.shift AS step_since
      FROM bulk_case b
      JOIN story_timer t ON t.case_id = b.story AND t.n = b.n
      JOIN story_state s ON s.id = b.story AND s.records = b.n
     WHERE b.is_open
  ) x
 WHERE due_at > %(now)s OR (kind = 'due' AND due_at + greatest(due_at - step_since, interval '1 minute') > %(now)s)
