INSERT INTO bulk_record
SELECT x.id, x.story, x.i, nextval('flow_record_id_seq')
  FROM (SELECT b.id, b.story, i FROM bulk_case b, generate_series(1, b.n) i ORDER BY b.created_at, b.id, i) x
