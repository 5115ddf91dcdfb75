-- `WorkCalendar.add` and `seconds_between`, over the city's calendar; moments are epoch seconds, or microseconds (`_us`).
CREATE FUNCTION pg_temp.worked(at bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE i integer := width_bucket(at, {opens});
BEGIN
    RETURN least(at - ({idle})[i], ({worked})[i]);
END $$;
CREATE FUNCTION pg_temp.ahead(base_us bigint, seconds bigint, is_work boolean) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE base bigint := base_us / 1000000; target bigint;
BEGIN
    IF seconds = 0 THEN
        RETURN 'epoch'::timestamptz + base_us * interval '1 microsecond';
    ELSIF is_work THEN
        target := width_bucket(base, {opens});
        target := least(base - ({idle})[target], ({worked})[target]) + seconds;
        RETURN to_timestamp(target + ({idle})[width_bucket(target - 1, {worked}) + 1]);
    END IF;
    RETURN to_timestamp(base + seconds);
END $$;
-- The office time of spans, which are four numbers each: base, seconds from there, whether these are of office time, end.
CREATE FUNCTION pg_temp.charged(spans bigint[], by bigint) RETURNS bigint LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE total bigint := 0;
BEGIN
    FOR i IN 1 .. cardinality(spans) BY 4 LOOP
        total := total + greatest(0, pg_temp.worked(spans[i + 3] + by) - pg_temp.worked(
            CASE WHEN spans[i + 1] = 0 THEN spans[i] + by
                 ELSE extract(epoch FROM pg_temp.ahead((spans[i] + by) * 1000000, spans[i + 1], spans[i + 2] = 1))::bigint END));
    END LOOP;
    RETURN total;
END $$
