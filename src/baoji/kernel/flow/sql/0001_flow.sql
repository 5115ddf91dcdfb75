CREATE SEQUENCE flow_task_number MINVALUE 1 MAXVALUE 9999999 CYCLE;

CREATE TRIGGER flow_record_only_grows BEFORE UPDATE OR DELETE ON flow_record
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();

CREATE INDEX flow_case_live_place ON flow_case USING gist (place_web) WHERE status IN ('open', 'suspended');
