"""What the settings read from the environment."""

import pytest

from baoji.config import env


def test_networks_stand_with_commas_and_anything_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BAOJI_TRUSTED_PROXIES", " 127.0.0.1, 10.1.0.0/16,2001:db8::/32 ")
    assert [str(network) for network in env.networks("BAOJI_TRUSTED_PROXIES")] == [
        "127.0.0.1/32",
        "10.1.0.0/16",
        "2001:db8::/32",
    ]
    monkeypatch.setenv("BAOJI_TRUSTED_PROXIES", "")
    assert env.networks("BAOJI_TRUSTED_PROXIES") == []
    for wrong in ("proxy.example", "10.1.0.7/16", "10.0.0.0/40"):
        monkeypatch.setenv("BAOJI_TRUSTED_PROXIES", wrong)
        with pytest.raises(ValueError, match=wrong.split("/")[0]):
            env.networks("BAOJI_TRUSTED_PROXIES")
