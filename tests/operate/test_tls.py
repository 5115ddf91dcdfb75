"""`./dev up --https`: an authority that can vouch for this machine alone, certificates renewed in time, a city's own one."""

import os
import socket
import ssl
import stat
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_interface
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from baoji.operate.errors import Trouble
from baoji.operate.tls import serving
from baoji.operate.tls.authority import Authority, may_name
from baoji.operate.tls.here import Here, look_around, names_of

NOW = datetime.now(UTC)
HOME = Here(
    ("localhost", "town", "town.local"),
    (ip_interface("127.0.0.1/8"), ip_interface("192.168.7.20/24"), ip_interface("198.41.5.9/20")),
)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    made = Authority(tmp_path / "tls")
    assert made.prepare(HOME, NOW) == ()
    return made


@contextmanager
def served(certificate: Path, key: Path) -> Iterator[int]:
    """A server on 127.0.0.1 that shakes hands and says goodbye; its port."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(20)

        def answer() -> None:
            while True:
                try:
                    plain, _peer = listening.accept()
                except OSError:
                    return
                try:
                    with context.wrap_socket(plain, server_side=True) as secure:
                        secure.sendall(b"ok")
                except OSError:
                    plain.close()

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
    thread.join(5)


def shakes_hands(authority: Path, port: int, name: str) -> bool:
    context = ssl.create_default_context(cafile=str(authority))
    with socket.create_connection(("127.0.0.1", port)) as plain:
        try:
            with context.wrap_socket(plain, server_hostname=name) as secure:
                return secure.recv(2) == b"ok"
        except ssl.SSLCertVerificationError:
            return False


@pytest.mark.slow
def test_who_trusts_the_authority_reaches_the_machine_by_each_of_its_names(authority: Authority) -> None:
    with served(authority.certificate, authority.key) as port:
        for name in ("localhost", "town", "town.local", "127.0.0.1", "192.168.7.20", "198.41.5.9"):
            assert shakes_hands(authority.ca, port, name), name
        for name in ("baoji.gov.cn", "192.168.7.21", "other.local"):
            assert not shakes_hands(authority.ca, port, name), name


@pytest.mark.slow
def test_the_authority_cannot_vouch_for_anybody_else(authority: Authority, tmp_path: Path) -> None:
    """Whoever steals its key makes a certificate for a bank; no client takes it."""
    key = ec.generate_private_key(ec.SECP256R1())
    signer = load_pem_private_key((authority.folder / "ca.key").read_bytes(), None)
    ca = x509.load_pem_x509_certificate(authority.ca.read_bytes())
    forged = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([]))
        .issuer_name(ca.subject)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=30))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("bank.example"), x509.DNSName("town")]), critical=True
        )
        .sign(signer, hashes.SHA256())  # type: ignore[arg-type]
    )
    (tmp_path / "forged.crt").write_bytes(forged.public_bytes(Encoding.PEM))
    (tmp_path / "forged.key").write_bytes(
        key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )
    with served(tmp_path / "forged.crt", tmp_path / "forged.key") as port:
        assert not shakes_hands(authority.ca, port, "bank.example")


def test_it_lives_ten_years_and_is_bound_to_the_networks_of_home(authority: Authority) -> None:
    ca = x509.load_pem_x509_certificate(authority.ca.read_bytes())
    assert timedelta(days=3651) < ca.not_valid_after_utc - NOW < timedelta(days=3653)
    extension = ca.extensions.get_extension_for_class(x509.NameConstraints)
    covered = may_name(ca)
    assert extension.critical
    assert {str(network) for network in covered.networks} == {
        "127.0.0.0/8",
        "192.168.7.0/24",
        "198.41.5.9/32",
    }
    assert covered.names == {"localhost", "town", "town.local"}


def test_keys_are_for_their_owner_alone(authority: Authority) -> None:
    for name in ("ca.key", "server.key"):
        assert stat.S_IMODE((authority.folder / name).stat().st_mode) == 0o600
    assert stat.S_IMODE(authority.folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("later", "here", "due"),
    [
        (timedelta(0), HOME, False),
        (timedelta(days=360), HOME, False),
        (timedelta(days=368), HOME, True),
        (timedelta(0), Here(HOME.names, (*HOME.interfaces, ip_interface("192.168.7.44/24"))), True),
        (timedelta(0), Here(HOME.names, HOME.interfaces[:1]), False),  # an address less is no reason
        (
            timedelta(0),
            Here(HOME.names, (*HOME.interfaces, ip_interface("10.9.8.7/8"))),
            False,
        ),  # never covered
    ],
)
def test_a_certificate_is_renewed_near_its_end_and_for_a_new_address(
    authority: Authority, later: timedelta, here: Here, due: bool
) -> None:
    before = authority.certificate.read_bytes(), authority.ca.read_bytes()
    assert authority.is_due(here, NOW + later) is due
    authority.prepare(here, NOW + later)
    assert (authority.certificate.read_bytes() != before[0]) is due
    assert authority.ca.read_bytes() == before[1], "devices need not trust anew"
    assert not authority.is_due(here, NOW + later)


def test_what_the_authority_may_not_name_is_said(authority: Authority) -> None:
    moved = Here(
        ("localhost", "village", "village.local"), (*HOME.interfaces[:1], ip_interface("10.9.8.7/8"))
    )
    assert authority.prepare(moved, NOW) == ("village", "village.local", "10.9.8.7")
    assert "10.9.8.7" in serving.how_to_trust(8000, ("10.9.8.7",))
    assert "Not covered" not in serving.how_to_trust(8000, ())


def test_an_authority_that_has_ended_is_one_sentence(authority: Authority) -> None:
    with pytest.raises(Trouble, match="has expired"):
        authority.prepare(HOME, NOW + timedelta(days=3650))


@pytest.mark.parametrize(
    ("host", "names"),
    [
        ("Town", ("localhost", "town", "town.local")),
        ("town.baoji.cn", ("localhost", "town.baoji.cn", "town.local")),
        ("bad_name", ("localhost",)),
        ("localhost", ("localhost",)),
        ("", ("localhost",)),
    ],
)
def test_names_of_a_machine(host: str, names: tuple[str, ...]) -> None:
    assert names_of(host) == names


def test_this_machine_knows_its_addresses() -> None:
    found = look_around()
    assert "localhost" in found.names and str(found.interfaces[0].ip) == "127.0.0.1"
    assert not [one for one in found.interfaces if one.ip.is_link_local]


# A certificate of the city's own ----------------------------------------------


@pytest.fixture
def given(authority: Authority, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> tuple[Path, Path]:
    certificate, key = tmp_path / "city.crt", tmp_path / "city.key"
    certificate.write_bytes(authority.certificate.read_bytes())
    key.write_bytes(authority.key.read_bytes())
    monkeypatch.setenv("BAOJI_TLS_CERT", str(certificate))
    monkeypatch.setenv("BAOJI_TLS_KEY", str(key))
    return certificate, key


def test_a_given_certificate_is_shown_as_it_is(given: tuple[Path, Path], tmp_path: Path) -> None:
    shown = serving.show(tmp_path / "none")
    assert (shown.certificate, shown.key, shown.local) == (*given, False)
    assert not (tmp_path / "none").exists()


def test_a_key_in_the_old_form_is_written_in_the_one_the_server_reads(
    given: tuple[Path, Path], tmp_path: Path
) -> None:
    key = load_pem_private_key(given[1].read_bytes(), None)
    given[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
    shown = serving.show(tmp_path / "copy")
    assert shown.key.read_bytes().startswith(serving.PKCS8)
    assert stat.S_IMODE(shown.key.stat().st_mode) == 0o600


def test_half_a_certificate_or_the_wrong_key_starts_nothing(
    given: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = ec.generate_private_key(ec.SECP256R1())
    given[1].write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    with pytest.raises(Trouble, match="is not the one of the certificate"):
        serving.show(tmp_path)
    given[1].write_text("nothing")
    with pytest.raises(Trouble, match="cannot be used"):
        serving.show(tmp_path)
    monkeypatch.delenv("BAOJI_TLS_KEY")
    with pytest.raises(Trouble, match="belong together"):
        serving.show(tmp_path)


def test_a_renewed_file_is_shown_within_a_minute(given: tuple[Path, Path], tmp_path: Path) -> None:
    shown: list[str] = []
    renewal = serving.Renewal(tmp_path, lambda: shown.append("again"), lambda line: None)
    renewal.next_look = 0
    renewal()
    assert shown == []
    later = time.time() + 60
    os.utime(given[0], (later, later))
    renewal()
    assert shown == [], "it looks once a minute"
    renewal.next_look = 0
    renewal()
    assert shown == ["again"]
