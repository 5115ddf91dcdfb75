-- Writes down an act in one round trip: record, timers, parties, attachments, journal. The caller holds the case's row.
-- `p` carries the record's columns by name under `record`; `clear`: kinds of timers to take away, null for all of them;
-- `timers`: kind → when; `orgs`, `people`: new parties; `files`: [id, kind, envelope] of kept files. Returns the record's id.
CREATE OR REPLACE FUNCTION flow_write_act(p jsonb) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
    v flow_record := jsonb_populate_record(NULL::flow_record, p->'record');
    v_clear jsonb := p->'clear';
    v_timers jsonb := p->'timers';
    v_record bigint;
    v_facts jsonb;
    v_entry integer;
BEGIN
    INSERT INTO flow_record (case_id, n, act, at, recorded_at, by_id, on_behalf_of_id, post, side, org_id, from_step, to_step,
        receiver_post, receiver_org_id, receiver_person_id, opinion, facts, used_s, due_at, overdue)
    VALUES (v.case_id, v.n, v.act, v.at, clock_timestamp(), v.by_id, v.on_behalf_of_id, v.post, v.side, v.org_id, v.from_step, v.to_step,
        v.receiver_post, v.receiver_org_id, v.receiver_person_id, v.opinion, v.facts, v.used_s, v.due_at, v.overdue)
    RETURNING id INTO v_record;
    v_facts := p->'journal' || jsonb_build_object('record', v_record);
    IF jsonb_typeof(v_clear) = 'null' THEN
        DELETE FROM flow_timer WHERE case_id = v.case_id;
    ELSIF v_clear <> '[]' THEN
        DELETE FROM flow_timer WHERE case_id = v.case_id AND v_clear ? kind AND NOT v_timers ? kind;
    END IF;
    IF v_timers <> '{}' THEN
        INSERT INTO flow_timer (case_id, kind, due_at) SELECT v.case_id, key, value::timestamptz FROM jsonb_each_text(v_timers)
        ON CONFLICT (case_id, kind) DO UPDATE SET due_at = excluded.due_at;
    END IF;
    IF p->'orgs' <> '[]' THEN
        INSERT INTO flow_party (case_id, org_id, created_at, status, topic, area, source)
        SELECT c.id, value::bigint, c.created_at, c.status, c.topic, c.area, c.source
          FROM flow_case c, jsonb_array_elements_text(p->'orgs') WHERE c.id = v.case_id ON CONFLICT DO NOTHING;
    END IF;
    IF p->'people' <> '[]' THEN
        INSERT INTO flow_party (case_id, person_id, created_at, status, topic, area, source)
        SELECT c.id, value::bigint, c.created_at, c.status, c.topic, c.area, c.source
          FROM flow_case c, jsonb_array_elements_text(p->'people') WHERE c.id = v.case_id ON CONFLICT DO NOTHING;
    END IF;
    IF p->'files' <> '[]' THEN
        INSERT INTO flow_attachment (case_id, record_id, file_id, kind, stage, at, envelope_id)
        SELECT v.case_id, v_record, (f->>0)::bigint, f->>1, p->>'stage', v.at, (f->>2)::bigint FROM jsonb_array_elements(p->'files') f;
        v_facts := v_facts || flow_hashes(p->'files');
    END IF;
    v_entry := audit_append('flow.case', v.case_id, v.at, v.by_id, v.act, v_facts);
    RETURN v_record;
END $$;

-- The hashes of an act's files, so that the journal binds their bytes.
CREATE OR REPLACE FUNCTION flow_hashes(p_files jsonb) RETURNS jsonb LANGUAGE sql STABLE AS $$
    SELECT jsonb_build_object('sha256', jsonb_agg(r.sha256 ORDER BY f.at))
      FROM jsonb_array_elements(p_files) WITH ORDINALITY f(file, at) JOIN records_file r ON r.id = (f.file->>0)::bigint
$$;
