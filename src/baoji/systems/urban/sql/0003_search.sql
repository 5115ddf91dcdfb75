-- The distinct pairs of neighbouring characters of a text, lower-cased, without spaces.
CREATE OR REPLACE FUNCTION urban_pairs(p_text text) RETURNS varchar[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT coalesce(array_agg(DISTINCT substr(t, i, 2)), '{}')::varchar[]
      FROM (SELECT lower(regexp_replace(p_text, '\s+', '', 'g')) AS t) x, generate_series(1, length(t) - 1) AS i
$$;
