-- As 0002, and safe beside the night in which old rows go (`once.forget`): a row that is answered from stays until the caller's
-- transaction has ended, and one that went between the two looks is claimed anew.
CREATE OR REPLACE FUNCTION wire_claim(p_caller text, p_key text, p_hash text, p_status smallint DEFAULT NULL, p_answer jsonb DEFAULT NULL)
RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    v_row wire_inbox%ROWTYPE;
BEGIN
    LOOP
        INSERT INTO wire_inbox (caller, key, request_hash, at, status, answer)
        VALUES (p_caller, p_key, p_hash, clock_timestamp(), p_status, p_answer) ON CONFLICT (caller, key) DO NOTHING;
        IF FOUND THEN
            RETURN NULL;
        END IF;
        SELECT * INTO v_row FROM wire_inbox WHERE caller = p_caller AND key = p_key FOR KEY SHARE;
        IF FOUND THEN
            RETURN jsonb_build_object('status', v_row.status, 'answer', v_row.answer, 'hash', v_row.request_hash);
        END IF;
    END LOOP;
END $$;
