-- Adds one line to a subject's chain. The caller holds the subject's row, so two lines never race for one number.
-- hash = sha256(previous hash || payload in UTF-8); the payload is the text that anyone can hash again.
CREATE OR REPLACE FUNCTION audit_append(
    p_subject text, p_subject_id bigint, p_at timestamptz, p_actor bigint, p_verb text, p_facts jsonb
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_n integer;
    v_hash bytea;
    v_now timestamptz := clock_timestamp();
    v_payload text;
BEGIN
    SELECT n, hash INTO v_n, v_hash FROM audit_entry
     WHERE subject = p_subject AND subject_id = p_subject_id ORDER BY n DESC LIMIT 1;
    v_n := coalesce(v_n, 0) + 1;
    v_payload := jsonb_build_object(
        'subject', p_subject, 'id', p_subject_id, 'n', v_n, 'actor', p_actor, 'verb', p_verb,
        'at', (extract(epoch FROM p_at) * 1000000)::bigint, 'recorded', (extract(epoch FROM v_now) * 1000000)::bigint,
        'facts', p_facts)::text;
    INSERT INTO audit_entry (subject, subject_id, n, at, recorded_at, actor_id, verb, payload, hash, xid)
    VALUES (p_subject, p_subject_id, v_n, p_at, v_now, p_actor, p_verb, v_payload,
            sha256(coalesce(v_hash, ''::bytea) || convert_to(v_payload, 'UTF8')), pg_current_xact_id()::text::bigint);
END $$;

-- Adds one link over the entries of the transactions p_from <= xid < p_to with ids above p_floor; how many they were.
-- hash = sha256(fold || summary): the fold starts from the last link's hash and takes in one entry's hash after the
-- other, sha256(fold || hash), by xid and id; the summary is what the row of the link itself says.
CREATE OR REPLACE FUNCTION audit_link(
    p_floor bigint, p_from bigint, p_to bigint, p_even_empty boolean
) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_fold bytea;
    v_last_id bigint;
    v_count integer := 0;
    v_now timestamptz := clock_timestamp();
    v_entry record;
BEGIN
    SELECT hash, last_id INTO v_fold, v_last_id FROM audit_seal ORDER BY id DESC LIMIT 1;
    v_fold := coalesce(v_fold, ''::bytea);
    v_last_id := coalesce(v_last_id, 0);
    FOR v_entry IN
        SELECT id, hash FROM audit_entry WHERE xid >= p_from AND xid < p_to AND id > p_floor ORDER BY xid, id
    LOOP
        v_fold := sha256(v_fold || v_entry.hash);
        v_last_id := greatest(v_last_id, v_entry.id);
        v_count := v_count + 1;
    END LOOP;
    IF v_count > 0 OR p_even_empty THEN
        INSERT INTO audit_seal (floor_id, xid_from, xid_to, entries, last_id, sealed_at, hash)
        VALUES (p_floor, p_from, p_to, v_count, v_last_id, v_now, sha256(v_fold || convert_to(concat_ws(' ',
            p_floor, p_from, p_to, v_count, v_last_id, (extract(epoch FROM v_now) * 1000000)::bigint), 'UTF8')));
    END IF;
    RETURN v_count;
END $$;

-- After a restore the transaction counter starts anew: closes the old count over everything it left unsealed
-- (its last window ends at the greatest bigint) and opens a new one for the ids that follow.
CREATE OR REPLACE FUNCTION audit_seal_restored() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_last audit_seal%ROWTYPE;
    v_taken integer;
BEGIN
    PERFORM pg_advisory_xact_lock(7105001);
    SELECT * INTO v_last FROM audit_seal ORDER BY id DESC LIMIT 1;
    v_taken := audit_link(coalesce(v_last.floor_id, 0), coalesce(v_last.xid_to, 0), 9223372036854775807, true);
    SELECT * INTO v_last FROM audit_seal ORDER BY id DESC LIMIT 1;
    RETURN v_taken + audit_link(v_last.last_id, 0, pg_snapshot_xmin(pg_current_snapshot())::text::bigint, true);
END $$;

-- Adds one link over all entries of finished transactions that no link covers yet; returns how many entries it took.
-- Every transaction below pg_snapshot_xmin has ended, so nothing can appear behind the link later. The snapshot is
-- taken after the lock; call it in a READ COMMITTED transaction of its own.
CREATE OR REPLACE FUNCTION audit_seal_finished() RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_last audit_seal%ROWTYPE;
    v_to bigint;
BEGIN
    PERFORM pg_advisory_xact_lock(7105001);
    v_to := pg_snapshot_xmin(pg_current_snapshot())::text::bigint;
    SELECT * INTO v_last FROM audit_seal ORDER BY id DESC LIMIT 1;
    IF NOT FOUND THEN
        RETURN audit_link(0, 0, v_to, false);
    ELSIF v_to < v_last.xid_to THEN
        RETURN audit_seal_restored();
    END IF;
    RETURN audit_link(v_last.floor_id, v_last.xid_to, v_to, false);
END $$;

-- The journal and the flow records only grow; even the owner has to say so loudly to change them.
CREATE OR REPLACE FUNCTION audit_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER audit_entry_only_grows BEFORE UPDATE OR DELETE ON audit_entry
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER audit_seal_only_grows BEFORE UPDATE OR DELETE ON audit_seal
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
