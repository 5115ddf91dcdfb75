"""Questions about cases, each of which must have no answer, however the rows came about."""

import re

# Every query selects offenders; `bulk` rows and played ones alike.
OFFENDERS = {
    "the last record leads to where the case stands": """
        SELECT c.id FROM flow_case c JOIN LATERAL (SELECT to_step, at FROM flow_record r WHERE r.case_id = c.id ORDER BY n DESC LIMIT 1) r ON true
         WHERE r.to_step <> c.stage || '/' || c.step OR r.at <> c.last_at""",
    "records are numbered without a gap": """
        SELECT case_id FROM flow_record GROUP BY case_id HAVING min(n) <> 1 OR max(n) <> count(*)""",
    "a case knows how many records it has": """
        SELECT c.id FROM flow_case c WHERE c.records <> (SELECT count(*) FROM flow_record r WHERE r.case_id = c.id)""",
    "records follow each other in time and place": """
        SELECT a.case_id FROM flow_record a JOIN flow_record b ON b.case_id = a.case_id AND b.n = a.n + 1
         WHERE b.at < a.at OR b.from_step <> a.to_step""",
    "each case begins with its report": """
        SELECT c.id FROM flow_case c JOIN flow_record r ON r.case_id = c.id AND r.n = 1
         WHERE r.act <> 'report' OR r.at <> c.created_at""",
    "each case has a report": "SELECT c.id FROM flow_case c LEFT JOIN urban_report u ON u.case_id = c.id WHERE u.case_id IS NULL",
    "ended cases have no due time, no holder and an end": """
        SELECT id FROM flow_case WHERE status NOT IN ('open', 'suspended')
         AND (due_at IS NOT NULL OR closed_at IS NULL OR holder_post <> '' OR holder_org_id IS NOT NULL OR holder_person_id IS NOT NULL)""",
    "open cases have exactly one holder": """
        SELECT id FROM flow_case WHERE status IN ('open', 'suspended')
         AND (holder_post <> '')::int + (holder_org_id IS NOT NULL)::int + (holder_person_id IS NOT NULL)::int <> 1""",
    "worklists are ordered by the due time": """
        SELECT id FROM flow_case WHERE sort_at <> coalesce(due_at, '2199-01-01T00:00Z') OR rank <> (severity <> 'critical')::int""",
    "a running clock has a due time, and it is the step's": """
        SELECT id FROM flow_case WHERE status = 'open' AND clock = 'running'
         AND (clock_due_at IS NULL OR clock_since IS NULL OR (stage = 'handle' AND due_at IS DISTINCT FROM clock_due_at))""",
    "near comes before due": "SELECT id FROM flow_case WHERE near_at > due_at OR clock_near_at > clock_due_at",
    "whoever is late is said to be late": """
        SELECT r.id FROM flow_record r WHERE r.overdue AND (r.due_at IS NULL OR r.at <= r.due_at)""",
    "whoever left a step after its limit is late": """
        SELECT id FROM flow_record WHERE NOT overdue AND at > due_at AND from_step <> to_step""",
    "returns and rework are as the records say": """
        SELECT c.id FROM flow_case c WHERE c.returns <> (SELECT count(*) FROM flow_record r WHERE r.case_id = c.id AND act = 'return')
               AND NOT EXISTS (SELECT 1 FROM flow_record r WHERE r.case_id = c.id AND act IN ('reopen', 'recall', 'refer_back'))
            OR c.rework <> (SELECT count(*) FROM flow_record r WHERE r.case_id = c.id AND act = 'check_answer' AND to_step = 'handle/handling')""",
    "merged cases point at a case that lives or was closed": """
        SELECT c.id FROM flow_case c LEFT JOIN flow_case t ON t.id = c.merged_into_id
         WHERE (c.status = 'merged') <> (t.id IS NOT NULL) OR t.id = c.id""",
    "only filed cases have a case number": """
        SELECT c.id FROM flow_case c WHERE (c.case_number IS NULL) =
            EXISTS (SELECT 1 FROM flow_record r WHERE r.case_id = c.id AND act = 'file')""",
    "case numbers have no gap within a division and day": """
        SELECT left(case_number, 15) FROM flow_case WHERE case_number IS NOT NULL GROUP BY 1
        HAVING min(right(case_number, 5)::int) <> 1 OR max(right(case_number, 5)::int) <> count(*)""",
    "the counters stand at the last case number": """
        SELECT s.id FROM urban_serial s WHERE s.last <> (SELECT count(*) FROM flow_case
         WHERE case_number LIKE s.division || '-' || to_char(s.day, 'YYYYMMDD') || '-%')""",
    "a component's case lies near the component": """
        SELECT c.id FROM flow_case c JOIN urban_report u ON u.case_id = c.id JOIN urban_component k ON k.code = u.component
         WHERE NOT ST_DWithin(c.place::geography, k.place::geography, 201) OR k.class_code <> u.class_code""",
    "nothing lies in the future": """
        SELECT id FROM flow_case WHERE greatest(created_at, last_at, step_since) > clock_timestamp()""",
    "the reporter is a party": """
        SELECT c.id FROM flow_case c WHERE c.reporter_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM flow_party p WHERE p.case_id = c.id AND p.person_id = c.reporter_id)""",
    "the responsible body is a party": """
        SELECT c.id FROM flow_case c WHERE c.body_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM flow_party p WHERE p.case_id = c.id AND p.org_id = c.body_id)""",
    "a timer belongs to an open case, but for that of a reply or of the word on an appeal": """
        SELECT t.case_id FROM flow_timer t JOIN flow_case c ON c.id = t.case_id
         WHERE c.status NOT IN ('open', 'suspended') AND NOT (c.status = 'closed' AND (t.kind = 'reply' OR t.kind = 'appeal' AND c.pending ? 'appeal'))""",
    "an open case with a limit ahead has its timer": """
        SELECT c.id FROM flow_case c WHERE c.status = 'open' AND c.due_at > clock_timestamp()
         AND NOT EXISTS (SELECT 1 FROM flow_timer t WHERE t.case_id = c.id AND t.kind = 'due' AND t.due_at = c.due_at)""",
    "a reply is waited for only where it was demanded": """
        SELECT t.case_id FROM flow_timer t JOIN flow_case c ON c.id = t.case_id WHERE t.kind = 'reply' AND NOT c.pending ? 'supervise'""",
    "an ended case waits for nothing but the word on an appeal and, once closed, a reply": """
        SELECT id FROM flow_case WHERE status NOT IN ('open', 'suspended')
           AND pending - 'appeal' - CASE WHEN status = 'closed' THEN 'supervise' ELSE '' END <> '{}'""",
    "a suspended case has its wake time": """
        SELECT c.id FROM flow_case c WHERE c.status = 'suspended'
         AND NOT EXISTS (SELECT 1 FROM flow_timer t WHERE t.case_id = c.id AND t.kind = 'wake')""",
    "nobody acted on two sides of a case": """
        SELECT c.id FROM flow_case c, jsonb_each(c.people) a, jsonb_array_elements(a.value) x, jsonb_each(c.people) b, jsonb_array_elements(b.value) y
         WHERE a.key < b.key AND x.value = y.value""",
}


def offenders(query: str) -> list[object]:
    from baoji.kernel.base import sql

    return [row[0] for row in sql.tuples(re.sub(r"\s+", " ", query) + " LIMIT 5")]
