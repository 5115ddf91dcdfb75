-- The set-based twin of audit_append: the same payload, and each hash follows from the one before it in its case.
INSERT INTO audit_entry (subject, subject_id, n, at, recorded_at, actor_id, verb, payload, hash, xid)
SELECT 'flow.case', case_id, n, at, recorded, actor, verb, payload, pg_temp.chain(payload) OVER (PARTITION BY case_id ORDER BY n),
       pg_current_xact_id()::text::bigint
  FROM (
    SELECT k.case_id, k.n, w.at, w.recorded_at AS recorded, w.by_id AS actor, w.act AS verb, jsonb_build_object(
        'subject', 'flow.case', 'id', k.case_id, 'n', k.n, 'actor', w.by_id, 'verb', w.act,
        'at', (extract(epoch FROM w.at) * 1000000)::bigint, 'recorded', (extract(epoch FROM w.recorded_at) * 1000000)::bigint,
        'facts', CASE WHEN k.n = 1 THEN jsonb_build_object(
            'record', k.record_id, 'from', '', 'to', w.to_step, 'version', 1, 'status', 'open', 'number', b.number, 'bulk', true,
            'caller', CASE WHEN b.phone = '' THEN '' ELSE encode(sha256(convert_to(b.salt || E'\n' || b.phone, 'UTF8')), 'hex') END,
            'opinion', CASE WHEN w.opinion = '' THEN '' ELSE encode(sha256(convert_to(b.salt || E'\n' || w.opinion, 'UTF8')), 'hex') END,
            'files', coalesce(f.ids, '[]'::jsonb))
          ELSE jsonb_build_object(
            'record', k.record_id, 'from', w.from_step, 'to', w.to_step, 'version', k.n, 'status', s.status,
            'holder', coalesce(to_jsonb(nullif(s.holder_post, '')), to_jsonb(s.holder_org_id), to_jsonb(s.holder_person_id), 'null'::jsonb),
            'due', to_jsonb(s.due_at + b.shift),
            'opinion', CASE WHEN w.opinion = '' THEN '' ELSE encode(sha256(convert_to(b.salt || E'\n' || w.opinion, 'UTF8')), 'hex') END,
            'files', coalesce(f.ids, '[]'::jsonb)) END)::text AS payload
      FROM bulk_record k
      JOIN bulk_case b ON b.id = k.case_id
      JOIN flow_record w ON w.id = k.record_id
      JOIN story_state s ON s.id = k.story AND s.records = k.n
      LEFT JOIN LATERAL (SELECT jsonb_agg(a.file_id ORDER BY a.id) AS ids FROM flow_attachment a
                          WHERE b.is_open AND a.case_id = k.case_id AND a.record_id = k.record_id) f ON b.is_open
     ORDER BY k.case_id, k.n
  ) x
 ORDER BY case_id, n
