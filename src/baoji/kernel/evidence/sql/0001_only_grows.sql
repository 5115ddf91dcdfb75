-- What phones sent and what the server answered only grows; even the owner has to say so loudly to change it.
CREATE TRIGGER evidence_envelope_only_grows BEFORE UPDATE OR DELETE ON evidence_envelope
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER evidence_receipt_only_grows BEFORE UPDATE OR DELETE ON evidence_receipt
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER evidence_event_only_grows BEFORE UPDATE OR DELETE ON evidence_event
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
CREATE TRIGGER evidence_server_key_only_grows BEFORE UPDATE OR DELETE ON evidence_server_key
    FOR EACH ROW EXECUTE FUNCTION audit_refuse_change();
