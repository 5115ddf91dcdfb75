-- Of each state of a story: from where its step and its body's clock run, by which time (work: office time, else day and night),
-- and how many seconds there are to yellow, to red and to twice as late; then what the clock was charged. See deadlines.py.
CREATE TEMP TABLE story_clock (
    story bigint, n integer, at timestamptz,
    step_base_us bigint, step_work boolean, step_s bigint, step_near_s bigint, step_twice_s bigint,
    clock_base_us bigint, clock_work boolean, clock_s bigint, clock_near_s bigint, clock_twice_s bigint,
    is_clocks boolean, used bigint[], before bigint[], settled bigint[], given bigint[], kept bigint[],
    left_base_us bigint, left_work boolean, left_s bigint, may_be_late boolean,
    PRIMARY KEY (story, n)
);
CREATE TEMP TABLE story_wait (story bigint, n integer, kind text, base bigint, seconds bigint, PRIMARY KEY (story, n, kind));
CREATE TEMP TABLE story_odd (story bigint PRIMARY KEY)
