-- What a case tells (see 0005_told.sql), naming people by their ids: what these are called is known (`kernel.identity.names`).
CREATE OR REPLACE FUNCTION flow_told(p_case bigint) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
    RETURN json_build_object(
        'records', (SELECT json_agg(x) FROM (
            SELECT t.n, t.act, t.on_behalf_of_id AS behalf_id, t.by_id, t.post, t.side, t.org_id, t.at, t.recorded_at, t.from_step,
                   t.to_step, t.receiver_post, t.receiver_org_id, t.receiver_person_id, t.opinion, t.facts, t.used_s, t.overdue, t.id
              FROM flow_record t WHERE t.case_id = p_case ORDER BY t.n) x),
        'files', (SELECT json_agg(x) FROM (
            SELECT a.id, a.record_id, a.stage, a.kind, t.act, a.at, a.envelope_id, c.number, f.sha256, f.mime, f.size, f.width,
                   f.height, m.duration_ms
              FROM flow_attachment a JOIN records_file f ON f.id = a.file_id JOIN flow_case c ON c.id = a.case_id
              LEFT JOIN flow_record t ON t.id = a.record_id LEFT JOIN records_media m ON m.file_id = f.id
             WHERE a.case_id = p_case ORDER BY a.id) x))::text;
END $$;
