INSERT INTO flow_party (case_id, org_id, person_id, created_at, status, topic, area, source)
SELECT b.id, p.org_id, p.person_id, b.created_at, c.status, c.topic, c.area, c.source
  FROM bulk_case b JOIN story_party p ON p.case_id = b.story AND p.n <= b.n JOIN flow_case c ON c.id = b.id ORDER BY b.id
