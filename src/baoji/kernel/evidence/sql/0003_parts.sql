-- Of each picture up to sixteen parts: its index holds all that a look-up reads.
CREATE TABLE evidence_part_key (
    k integer NOT NULL,
    h integer NOT NULL,
    file_id bigint NOT NULL,
    PRIMARY KEY (k, h, file_id)
);
