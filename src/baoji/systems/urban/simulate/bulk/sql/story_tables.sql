-- What the play of the stories leaves behind: every state that each case went through, and its records.
CREATE TEMP TABLE story_state AS SELECT c.* FROM flow_case c WITH NO DATA;
CREATE TEMP TABLE story_report AS SELECT 0 AS n, r.* FROM urban_report r WITH NO DATA;
CREATE TEMP TABLE story_party AS SELECT 0 AS n, p.* FROM flow_party p WITH NO DATA;
CREATE TEMP TABLE story_timer AS SELECT 0 AS n, t.* FROM flow_timer t WITH NO DATA;
CREATE TEMP TABLE story_record AS SELECT r.* FROM flow_record r WITH NO DATA;
CREATE TEMP TABLE story_file AS SELECT a.* FROM flow_attachment a WITH NO DATA;
CREATE UNIQUE INDEX story_state_key ON story_state (id, records);
CREATE UNIQUE INDEX story_report_key ON story_report (case_id, n);
CREATE INDEX story_party_key ON story_party (case_id);
CREATE INDEX story_timer_key ON story_timer (case_id, n);
