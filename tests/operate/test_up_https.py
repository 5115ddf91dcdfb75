"""`./dev up --https` as a phone meets it: one running city, asked with and without trust in its authority."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from tests.operate.test_up import dev, facts
from tests.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, int, str]]:
    data, port = tmp_path_factory.mktemp("https") / "var", free_port()
    done = dev("up", "--https", "--detach", "--empty", "--port", str(port), "--data", str(data))
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        yield data, port, done.stdout
    finally:
        dev("down", "--data", str(data))


def trusting(data: Path) -> httpx.Client:
    return httpx.Client(verify=ssl.create_default_context(cafile=str(data / "tls" / "ca.crt")), timeout=30)


def test_pages_and_live_updates_speak_tls(secure: tuple[Path, int, str]) -> None:
    data, port, _said = secure
    with trusting(data) as client:
        for name in ("localhost", "127.0.0.1"):
            assert client.get(f"https://{name}:{port}/readyz").json()["ready"] is True
            assert client.get(f"https://{name}:{port + 1}/livez").text == "ok"
    with pytest.raises(httpx.ConnectError), httpx.Client() as stranger:
        stranger.get(f"https://localhost:{port}/readyz")


def test_openssl_agrees(secure: tuple[Path, int, str]) -> None:
    data, port, _said = secure
    words = ["openssl", "s_client", "-connect", f"localhost:{port}", "-CAfile", str(data / "tls" / "ca.crt")]
    done = subprocess.run(
        [*words, "-verify_return_error", "-verify_hostname", "localhost", "-x509_strict"],
        input="",
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )
    assert done.returncode == 0 and "Verify return code: 0 (ok)" in done.stdout, done.stdout + done.stderr


def test_the_authority_is_offered_and_how_to_trust_it_is_said(secure: tuple[Path, int, str]) -> None:
    data, port, said = secure
    with trusting(data) as client:
        answer = client.get(f"https://localhost:{port}/ca.crt")
    assert answer.headers["content-type"] == "application/x-x509-ca-cert"
    assert answer.content == (data / "tls" / "ca.crt").read_bytes() and b"PRIVATE" not in answer.content
    assert f":{port}/ca.crt" in said and "Android" in said and "iPhone" in said and "Windows" in said


def test_cookies_are_for_tls_alone_and_no_browser_is_bound_for_ever(secure: tuple[Path, int, str]) -> None:
    data, port, _said = secure
    with trusting(data) as client:
        answer = client.get(f"https://localhost:{port}/sign-in/")
    cookies = answer.headers.get_list("set-cookie")
    assert cookies and all("Secure" in cookie for cookie in cookies)
    assert "strict-transport-security" not in answer.headers


def test_status_says_https(secure: tuple[Path, int, str]) -> None:
    data, port, _said = secure
    found = facts(data)
    assert (found["url"], found["ready"]) == (f"https://127.0.0.1:{port}", True)
