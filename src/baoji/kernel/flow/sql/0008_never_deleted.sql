-- Cases, people and bodies are never deleted: people and bodies are retired, cases end. So the rows that name them need no foreign
-- key, whose check would lock the same person's and body's row for each of their acts (docs/adr/0016).
CREATE FUNCTION flow_refuse_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are retired, never deleted', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER flow_case_is_never_deleted BEFORE DELETE ON flow_case
    FOR EACH ROW EXECUTE FUNCTION flow_refuse_deletion();
CREATE TRIGGER person_is_never_deleted BEFORE DELETE ON identity_person
    FOR EACH ROW EXECUTE FUNCTION flow_refuse_deletion();
CREATE TRIGGER organisation_is_never_deleted BEFORE DELETE ON organisations_organisation
    FOR EACH ROW EXECUTE FUNCTION flow_refuse_deletion();
