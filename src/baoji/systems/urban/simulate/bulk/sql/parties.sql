INSERT INTO flow_party (case_id, org_id, person_id, created_at)
SELECT b.id, p.org_id, p.person_id, b.created_at FROM bulk_case b JOIN story_party p ON p.case_id = b.story AND p.n <= b.n ORDER BY b.id
