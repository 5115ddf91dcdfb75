-- Takes a report in: number, case, report, first record, photos, timer, parties and journal in one round trip.
-- The number comes from a sequence, so intake never queues behind a lock; gaps are allowed.
-- `p` carries the columns by name; with `p.key` the caller's idempotency key is claimed first, with the answer it will have:
-- if anything fails, neither stands.
-- Returns {"number", "id"} or, for a key seen before, {"earlier": {status, answer, hash}}.
CREATE OR REPLACE FUNCTION urban_take_report(p jsonb) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_earlier jsonb;
    v_id bigint;
    v_record bigint;
    v_number text;
    v_at timestamptz := (p->>'at')::timestamptz;
    v_reporter bigint := (p->>'reporter')::bigint;
    v_answer jsonb;
    v_facts jsonb;
    v_entry integer;
BEGIN
    v_number := 'T' || to_char(v_at AT TIME ZONE 'Asia/Shanghai', 'YYMMDD') || '-'
                    || lpad(nextval('flow_task_number')::text, 7, '0');
    v_answer := p->'answer' || jsonb_build_object('number', v_number);
    IF p ? 'key' THEN
        v_earlier := wire_claim(p->>'caller', p->>'key', p->>'hash', 201::smallint, v_answer);
        IF v_earlier IS NOT NULL THEN
            RETURN jsonb_build_object('earlier', v_earlier);
        END IF;
    END IF;
    INSERT INTO flow_case (flow, number, title, topic, area, address, source, severity, place, stage, step, status, holder_post,
        asks, co_bodies, co_answered, reporter_id, people, created_at, recorded_at, step_since, due_at, near_at, rank, sort_at, limit_value, limit_unit,
        clock, clock_limit_s, clock_used_s, clock_credit_s, returns, rework, extensions, reopenings, reporter_reopenings,
        settled_body, deferred, appealed, exempt, scored, supervised, pending, notes, left_step, version, records, last_at, salt)
    VALUES ('urban', v_number, p->>'title', p->>'topic', p->>'area', p->>'address', p->>'source', p->>'severity',
        ST_SetSRID(ST_MakePoint((p->>'lon')::float8, (p->>'lat')::float8), 4490), 'collect', 'reported', 'open', 'acceptor',
        '{}', '{}', '{}', v_reporter, '{}', v_at, clock_timestamp(), v_at, (p->>'due_at')::timestamptz, (p->>'near_at')::timestamptz,
        (p->>'rank')::smallint, (p->>'sort_at')::timestamptz, (p->>'limit_value')::numeric, coalesce(p->>'limit_unit', ''), 'none', 0, 0, 0, 0, 0, 0, 0, 0,
        false, false, false, false, true, false, '{}', '{}', '', 1, 1, v_at, p->>'salt')
    RETURNING id INTO v_id;
    INSERT INTO urban_report (case_id, kind, class_code, condition_id, component, description, caller_name, caller_phone,
        found_at, self_disposed, query_code, off_grid, milestones, simulated)
    VALUES (v_id, p->>'kind', p->>'class', (p->>'condition')::bigint, p->>'component', p->>'description', p->>'caller_name',
        p->>'caller_phone', (p->>'found_at')::timestamptz, (p->>'self_disposed')::boolean, p->>'query_code',
        (p->>'off_grid')::boolean, '{}', (p->>'simulated')::boolean);
    INSERT INTO flow_record (case_id, n, act, at, recorded_at, by_id, post, side, org_id, from_step, to_step, receiver_post, opinion,
        facts, used_s, overdue)
    VALUES (v_id, 1, 'report', v_at, clock_timestamp(), v_reporter, p->>'post', '', (p->>'org')::bigint, '', 'collect/reported',
        'acceptor', p->>'description', p->'facts', 0, false)
    RETURNING id INTO v_record;
    v_facts := p->'journal' || jsonb_build_object(
        'record', v_record, 'from', '', 'to', 'collect/reported', 'version', 1, 'status', 'open', 'number', v_number);
    IF p ? 'files' THEN
        INSERT INTO flow_attachment (case_id, record_id, file_id, kind, stage, at, envelope_id)
        SELECT v_id, v_record, (f->>0)::bigint, f->>1, 'report', v_at, (f->>2)::bigint FROM jsonb_array_elements(p->'files') f;
        v_facts := v_facts || flow_hashes(p->'files');
    END IF;
    INSERT INTO flow_timer (case_id, kind, due_at)
    SELECT v_id, key, value::timestamptz
      FROM jsonb_each_text(jsonb_strip_nulls(jsonb_build_object('near', p->'near_at', 'due', p->'due_at')));
    IF v_reporter IS NOT NULL THEN
        INSERT INTO flow_party (case_id, person_id, created_at, status, topic, area, source)
        VALUES (v_id, v_reporter, v_at, 'open', p->>'topic', p->>'area', p->>'source');
    END IF;
    v_entry := audit_append('flow.case', v_id, v_at, v_reporter, 'report', v_facts, true);
    RETURN jsonb_build_object('number', v_number, 'id', v_id, 'answer', v_answer);
END $$;
