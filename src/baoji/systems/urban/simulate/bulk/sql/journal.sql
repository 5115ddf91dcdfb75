-- The set-based twin of audit_append: the same payload, and each hash follows from the one before it in its case.
INSERT INTO audit_entry (subject, subject_id, n, at, recorded_at, actor_id, verb, payload, hash, xid)
SELECT 'flow.case', case_id, n, at, now(), by_id, act, payload, pg_temp.chain(payload) OVER (PARTITION BY case_id ORDER BY n),
       pg_current_xact_id()::text::bigint
  FROM (
    SELECT case_id, n, at, by_id, act,
           to_at || at_us || ', "id": ' || case_id || to_due
           || CASE WHEN n = 1 THEN row_digest || '"bulk": true' || to_files || files || ', "number": "' || number || '", "record": '
              ELSE '"due": ' || coalesce(to_jsonb(due_at)::text, 'null') || row_digest || to_files || files || to_record END
           || record_id || coalesce(', "sha256": ' || hashes, '') || to_opinion
           || CASE WHEN opinion = '' THEN '' ELSE encode(sha256(convert_to(salt || E'\n' || opinion, 'UTF8')), 'hex') END || to_recorded
           || (SELECT (extract(epoch FROM now()) * 1000000)::bigint) || '}' AS payload
      FROM (
        SELECT k.case_id, k.n, k.record_id, l.at + b.shift AS at, l.at_us + b.shift_us AS at_us, l.by_id, l.act, k.due_at,
               CASE WHEN k.n = 1 AND b.was_address <> '' THEN replace(l.opinion, b.was_address, b.address) ELSE l.opinion END AS opinion,
               b.salt, b.number, l.to_at, l.to_due, l.to_files, l.to_record, l.to_opinion, l.to_recorded,
               CASE WHEN l.before IS NULL THEN '' ELSE
                   CASE WHEN k.n = 1 THEN '"row": "' ELSE ', "row": "' END
                   || encode(sha256(convert_to(b.salt || E'\n' || l.before
                       || CASE l.act WHEN 'file' THEN '"' || b.case_number || '"' WHEN 'merge' THEN '"' || b.into_number || '"' ELSE '' END || l.after
                       || pg_temp.moment(k.left_due_at AT TIME ZONE 'UTC') || ',' || k.overdue || ']', 'UTF8')), 'hex')
                   || CASE WHEN k.n = 1 THEN '", ' ELSE '"' END END AS row_digest,
               CASE WHEN b.is_open THEN coalesce((SELECT jsonb_agg(a.file_id ORDER BY a.id)::text FROM flow_attachment a
                                                   WHERE a.case_id = k.case_id AND a.record_id = k.record_id), '[]') ELSE '[]' END AS files,
               CASE WHEN b.is_open THEN (SELECT jsonb_agg(f.sha256 ORDER BY a.id)::text FROM flow_attachment a JOIN records_file f ON f.id = a.file_id
                                          WHERE a.case_id = k.case_id AND a.record_id = k.record_id) END AS hashes
          FROM bulk_record k JOIN bulk_case b ON b.id = k.case_id JOIN story_line l ON l.story = k.story AND l.n = k.n
         ORDER BY k.case_id, k.n OFFSET 0
      ) y
  ) x
 ORDER BY case_id, n
