-- One index holds all that a look-up reads. The key's own row is never fetched.
CREATE TABLE evidence_print_key (
    k integer NOT NULL,
    file_id bigint NOT NULL,
    h bigint NOT NULL,
    PRIMARY KEY (k, file_id) INCLUDE (h)
);

-- A picture whose copies were made waits for its fingerprint: in the same transaction, so that none is forgotten.
CREATE FUNCTION evidence_print_wanted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO evidence_print (file_id, state)
    SELECT f.id, 'due' FROM records_file f WHERE f.id = NEW.file_id AND f.mime LIKE 'image/%'
    ON CONFLICT (file_id) DO NOTHING;
    RETURN NULL;
END $$;

CREATE TRIGGER evidence_print_wanted AFTER UPDATE OF copies_at ON records_media
    FOR EACH ROW WHEN (OLD.copies_at IS NULL AND NEW.copies_at IS NOT NULL) EXECUTE FUNCTION evidence_print_wanted();
