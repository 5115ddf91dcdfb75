-- The least tables that keep what intake and acts promise; dropped when the bench ends.
DROP SCHEMA IF EXISTS bench_floor CASCADE;
CREATE SCHEMA bench_floor;
CREATE SEQUENCE bench_floor.number;
CREATE TABLE bench_floor.report (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number text UNIQUE NOT NULL, case_number text UNIQUE, class text NOT NULL,
    condition int NOT NULL, unit_grid text, place geometry(Point, 4490) NOT NULL, description text NOT NULL, source text NOT NULL,
    reporter bigint NOT NULL, body bigint, step text NOT NULL, due_at timestamptz, version int NOT NULL, created_at timestamptz NOT NULL);
CREATE TABLE bench_floor.record (
    report bigint NOT NULL, n int NOT NULL, act text NOT NULL, at timestamptz NOT NULL, by bigint NOT NULL, from_step text NOT NULL,
    to_step text NOT NULL, opinion text NOT NULL, PRIMARY KEY (report, n));
CREATE TABLE bench_floor.journal (
    report bigint NOT NULL, n int NOT NULL, payload text NOT NULL, hash bytea NOT NULL, PRIMARY KEY (report, n));
CREATE TABLE bench_floor.timer (report bigint NOT NULL, kind text NOT NULL, due_at timestamptz NOT NULL, PRIMARY KEY (report, kind));
CREATE INDEX ON bench_floor.timer (due_at);
CREATE TABLE bench_floor.inbox (
    caller text NOT NULL, key text NOT NULL, hash text NOT NULL, status int, answer jsonb, PRIMARY KEY (caller, key));
CREATE TABLE bench_floor.serial (division text NOT NULL, day date NOT NULL, last int NOT NULL, PRIMARY KEY (division, day));
-- A photo that is acknowledged is kept, all of it; photos do not compress.
CREATE TABLE bench_floor.photo (report bigint NOT NULL, n int NOT NULL, sha256 text NOT NULL, data bytea NOT NULL, PRIMARY KEY (sha256));
ALTER TABLE bench_floor.photo ALTER COLUMN data SET STORAGE EXTERNAL;
-- sha256 over the hash of the last line and this payload.
CREATE FUNCTION bench_floor.chained(last bytea, payload text) RETURNS bytea LANGUAGE sql IMMUTABLE AS
    $$ SELECT sha256(coalesce(last, ''::bytea) || convert_to(payload, 'UTF8')) $$;
