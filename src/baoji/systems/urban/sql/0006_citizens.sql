CREATE INDEX urban_public_case_place ON urban_public_case USING gist (place_web);

CREATE TRIGGER urban_erasure_only_grows BEFORE UPDATE OR DELETE ON urban_erasure
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

-- What a photo said about itself (EXIF) may be emptied when its time is over; nothing else of a kept file changes.
CREATE OR REPLACE FUNCTION records_only_blank_exif() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.exif IS NOT NULL OR to_jsonb(NEW) - 'exif' IS DISTINCT FROM to_jsonb(OLD) - 'exif' THEN
        RAISE EXCEPTION 'records_file is append-only' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER records_file_only_blanks BEFORE UPDATE ON records_file
    FOR EACH ROW EXECUTE FUNCTION records_only_blank_exif();
