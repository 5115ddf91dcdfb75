-- Counts one post of a key, or says in how many seconds it may post again. Exact across all processes: the key's row is
-- locked for a moment. A lost count after a power cut does no harm, so nobody waits for the disk here.
CREATE FUNCTION urban_open311_take(p_key bigint, p_at timestamptz, p_minute integer, p_day integer)
RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    v_minute timestamptz := date_trunc('minute', p_at);
    v_day date := (p_at AT TIME ZONE 'Asia/Shanghai')::date;
    v_use urban_open311_use%ROWTYPE;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO urban_open311_use (key_id, minute, in_minute, day, in_day) VALUES (p_key, v_minute, 0, v_day, 0)
    ON CONFLICT (key_id) DO NOTHING;
    SELECT * INTO v_use FROM urban_open311_use WHERE key_id = p_key FOR UPDATE;
    IF v_use.day <> v_day THEN
        v_use.in_day := 0;
    END IF;
    IF v_use.minute <> v_minute THEN
        v_use.in_minute := 0;
    END IF;
    IF v_use.in_day >= p_day THEN
        RETURN greatest(1, ceil(extract(epoch FROM (v_day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai' - p_at)));
    END IF;
    IF v_use.in_minute >= p_minute THEN
        RETURN greatest(1, ceil(extract(epoch FROM v_minute + interval '1 minute' - p_at)));
    END IF;
    UPDATE urban_open311_use
       SET minute = v_minute, in_minute = v_use.in_minute + 1, day = v_day, in_day = v_use.in_day + 1
     WHERE key_id = p_key;
    RETURN 0;
END $$;
