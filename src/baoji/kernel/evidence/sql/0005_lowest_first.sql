-- The lowest wave of a part was the lowest bit of its key and is the highest now: keys changed in their weak bits, which are those of
-- high waves, lie side by side. Written anew in the order of the index, so that it is as small as one just made.
CREATE TEMPORARY TABLE evidence_part_turned ON COMMIT DROP AS
SELECT reverse(k::bit(32)::text)::bit(32)::integer AS k, h, file_id FROM evidence_part_key;
TRUNCATE evidence_part_key;
INSERT INTO evidence_part_key (k, h, file_id) SELECT k, h, file_id FROM evidence_part_turned ORDER BY k, h, file_id;
