-- Each of the two indexes by case holds one sort of party only: asked without saying which, neither can be used.
CREATE OR REPLACE FUNCTION flow_tell_parties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE flow_party SET status = NEW.status, topic = NEW.topic, area = NEW.area, source = NEW.source
     WHERE case_id = NEW.id AND org_id IS NOT NULL;
    UPDATE flow_party SET status = NEW.status, topic = NEW.topic, area = NEW.area, source = NEW.source
     WHERE case_id = NEW.id AND person_id IS NOT NULL;
    RETURN NULL;
END $$;
