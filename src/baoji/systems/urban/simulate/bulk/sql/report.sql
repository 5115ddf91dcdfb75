INSERT INTO urban_report (case_id, kind, class_code, condition_id, component, description, caller_name, caller_phone, found_at,
    self_disposed, query_code, verified_found, off_grid, milestones, simulated)
SELECT b.id, r.kind, r.class_code, r.condition_id, b.component,
       CASE WHEN b.was_address = '' THEN r.description ELSE replace(r.description, b.was_address, b.address) END,
       r.caller_name, b.phone, r.found_at + b.shift, r.self_disposed, b.query_code, r.verified_found, r.off_grid,
       CASE WHEN r.milestones = '{}' THEN r.milestones ELSE pg_temp.moved(r.milestones, b.shift) END, true
  FROM bulk_case b JOIN story_report r ON r.case_id = b.story AND r.n = b.n ORDER BY b.id
