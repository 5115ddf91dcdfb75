INSERT INTO flow_record (id, case_id, n, act, at, recorded_at, by_id, on_behalf_of_id, post, side, org_id, from_step, to_step,
    receiver_post, receiver_org_id, receiver_person_id, opinion, facts, used_s, due_at, overdue)
SELECT k.record_id, b.id, k.n, r.act, r.at + b.shift, now(), r.by_id, r.on_behalf_of_id, r.post, r.side, r.org_id,
       r.from_step, r.to_step, r.receiver_post, r.receiver_org_id, r.receiver_person_id,
       CASE WHEN k.n = 1 AND b.was_address <> '' THEN replace(r.opinion, b.was_address, b.address) ELSE r.opinion END,
       CASE r.act
           WHEN 'file' THEN r.facts || jsonb_build_object('case_number', b.case_number)
           WHEN 'merge' THEN r.facts || jsonb_build_object('into', b.into_number)
           WHEN 'supervise' THEN pg_temp.moved(r.facts, b.shift)
           WHEN 'suspend_decide' THEN pg_temp.moved(r.facts, b.shift)
           WHEN 'correct' THEN jsonb_set(jsonb_set(r.facts, '{before,address}', to_jsonb(b.address)), '{before,location}', jsonb_build_array(b.lon, b.lat))
           ELSE r.facts END,
       r.used_s, k.left_due_at, k.overdue
  FROM bulk_record k JOIN bulk_case b ON b.id = k.case_id JOIN story_record r ON r.case_id = k.story AND r.n = k.n
 ORDER BY k.record_id
