-- Adds one line to a subject's chain (see 0001_journal.sql) and returns its number. `p_first`: the subject was made in this transaction and has no line
-- yet, so none is looked for; were there one, its number would be taken and the line refused.
DROP FUNCTION audit_append(text, bigint, timestamptz, bigint, text, jsonb);
CREATE FUNCTION audit_append(
    p_subject text, p_subject_id bigint, p_at timestamptz, p_actor bigint, p_verb text, p_facts jsonb,
    p_first boolean DEFAULT false
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_n integer;
    v_hash bytea;
    v_now timestamptz := clock_timestamp();
    v_payload text;
BEGIN
    IF NOT p_first THEN
        SELECT n, hash INTO v_n, v_hash FROM audit_entry
         WHERE subject = p_subject AND subject_id = p_subject_id ORDER BY n DESC LIMIT 1;
    END IF;
    v_n := coalesce(v_n, 0) + 1;
    v_payload := jsonb_build_object(
        'subject', p_subject, 'id', p_subject_id, 'n', v_n, 'actor', p_actor, 'verb', p_verb,
        'at', (extract(epoch FROM p_at) * 1000000)::bigint, 'recorded', (extract(epoch FROM v_now) * 1000000)::bigint,
        'facts', p_facts)::text;
    INSERT INTO audit_entry (subject, subject_id, n, at, recorded_at, actor_id, verb, payload, hash, xid)
    VALUES (p_subject, p_subject_id, v_n, p_at, v_now, p_actor, p_verb, v_payload,
            sha256(coalesce(v_hash, ''::bytea) || convert_to(v_payload, 'UTF8')), pg_current_xact_id()::text::bigint);
    RETURN v_n;
END $$;
