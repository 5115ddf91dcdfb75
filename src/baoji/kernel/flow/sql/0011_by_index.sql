-- Both look up a few files by their ids. A long-lived connection plans them once, maybe when the city has hardly a photo; read
-- through as a whole then, the table of files would be read through for each act until somebody counts it anew.
ALTER FUNCTION flow_told(bigint) SET enable_seqscan = off;
ALTER FUNCTION flow_told(bigint) SET enable_hashjoin = off;
ALTER FUNCTION flow_told(bigint) SET enable_mergejoin = off;
ALTER FUNCTION flow_hashes(jsonb) SET enable_seqscan = off;
ALTER FUNCTION flow_hashes(jsonb) SET enable_hashjoin = off;
ALTER FUNCTION flow_hashes(jsonb) SET enable_mergejoin = off;
