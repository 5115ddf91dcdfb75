-- A timer is named by its case and its kind alone: one index fewer to write for each that an act sets.
ALTER TABLE flow_timer DROP CONSTRAINT one_timer_a_case_and_kind, DROP COLUMN id, ADD CONSTRAINT flow_timer_pkey PRIMARY KEY (case_id, kind);

-- The hashes of an act's files, so that the journal binds their bytes. In plpgsql, which keeps its plan.
CREATE OR REPLACE FUNCTION flow_hashes(p_files jsonb) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
BEGIN
    RETURN jsonb_build_object('sha256', (
        SELECT jsonb_agg(r.sha256 ORDER BY f.at)
          FROM jsonb_array_elements(p_files) WITH ORDINALITY f(file, at) JOIN records_file r ON r.id = (f.file->>0)::bigint));
END $$;
