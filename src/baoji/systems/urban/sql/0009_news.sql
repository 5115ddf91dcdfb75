-- What is public already has been told up to when each letter went.
UPDATE urban_public_case p SET news = x.n
  FROM (SELECT case_id, row_number() OVER (ORDER BY changed_at, case_id) AS n FROM urban_public_case) x WHERE x.case_id = p.case_id;
SELECT setval('urban_public_news', max(news)) FROM urban_public_case HAVING max(news) IS NOT NULL;
ALTER TABLE urban_public_case ALTER COLUMN news SET DEFAULT nextval('urban_public_news');
UPDATE urban_subscription s SET told_news = (SELECT coalesce(max(p.news), 0) FROM urban_public_case p WHERE p.changed_at < s.told_until)
 WHERE told_until IS NOT NULL;
