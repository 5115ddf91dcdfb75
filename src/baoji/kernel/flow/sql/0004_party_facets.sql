-- Parties carry what their readers' lists narrow by; this keeps it as the case has it.
UPDATE flow_party p SET status = c.status, topic = c.topic, area = c.area, source = c.source FROM flow_case c WHERE c.id = p.case_id;

CREATE OR REPLACE FUNCTION flow_tell_parties() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE flow_party SET status = NEW.status, topic = NEW.topic, area = NEW.area, source = NEW.source WHERE case_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER flow_case_tells_parties AFTER UPDATE OF status, topic, area, source ON flow_case FOR EACH ROW
    WHEN ((OLD.status, OLD.topic, OLD.area, OLD.source) IS DISTINCT FROM (NEW.status, NEW.topic, NEW.area, NEW.source))
    EXECUTE FUNCTION flow_tell_parties();
