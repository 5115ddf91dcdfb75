from baoji.kernel.worktime.bench import bench_calendar


def test_both_ways_agree_at_tiny_size() -> None:
    result = bench_calendar(500)
    assert result["errors"] == 0
    assert set(result["ours"]) == {"minutes", "days", "60 days", "lowest"}
    assert all(result["ratio"][band] > 0 for band in result["floor"])
