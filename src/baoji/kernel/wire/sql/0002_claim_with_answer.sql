-- Claims a key for its caller inside the running transaction, with the answer if it is known already. A twin that arrives
-- meanwhile waits here until the first one has committed or rolled back. NULL: go on, the key is yours. Otherwise the
-- earlier answer and its request hash.
DROP FUNCTION wire_claim(text, text, text);
CREATE FUNCTION wire_claim(p_caller text, p_key text, p_hash text, p_status smallint DEFAULT NULL, p_answer jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_row wire_inbox%ROWTYPE;
BEGIN
    INSERT INTO wire_inbox (caller, key, request_hash, at, status, answer)
    VALUES (p_caller, p_key, p_hash, clock_timestamp(), p_status, p_answer) ON CONFLICT (caller, key) DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT * INTO v_row FROM wire_inbox WHERE caller = p_caller AND key = p_key;
    RETURN jsonb_build_object('status', v_row.status, 'answer', v_row.answer, 'hash', v_row.request_hash);
END $$;
