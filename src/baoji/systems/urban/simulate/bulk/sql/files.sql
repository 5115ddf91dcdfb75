-- Photos hang on open cases only: a million ended ones would need twenty million.
INSERT INTO flow_attachment (case_id, record_id, file_id, kind, stage, at)
SELECT b.id, k.record_id, f.file_id, f.kind, f.stage, f.at + b.shift
  FROM bulk_case b JOIN bulk_record k ON k.case_id = b.id JOIN story_record r ON r.case_id = b.story AND r.n = k.n
  JOIN story_file f ON f.record_id = r.id
 WHERE b.is_open ORDER BY k.record_id
