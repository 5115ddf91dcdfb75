-- Keeps the state in which an act has left a case; a state that is known already stays as it is.
WITH s AS (
    INSERT INTO story_state OVERRIDING USER VALUE
    SELECT c.* FROM flow_case c WHERE c.id = %(id)s ON CONFLICT DO NOTHING RETURNING id, records
), r AS (
    INSERT INTO story_report SELECT s.records, u.* FROM s JOIN urban_report u ON u.case_id = s.id
), t AS (
    INSERT INTO story_timer SELECT s.records, f.* FROM s JOIN flow_timer f ON f.case_id = s.id
)
INSERT INTO story_party
SELECT s.records, p.*
  FROM s, LATERAL (
    -- two halves, because each has its own index
    SELECT x.* FROM flow_party x WHERE x.case_id = s.id AND x.org_id IS NOT NULL
    UNION ALL SELECT x.* FROM flow_party x WHERE x.case_id = s.id AND x.person_id IS NOT NULL
  ) p
 WHERE NOT EXISTS (SELECT 1 FROM story_party x WHERE x.case_id = s.id AND x.id = p.id)
