"""A certificate authority for one machine: what it may vouch for is written into it, so that trusting it risks little."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from baoji.operate.errors import Trouble
from baoji.operate.tls.here import Here, Interface
from baoji.operate.whole import write_whole

YEARS = 10
# Apple's limit for certificates under an authority that somebody added by hand is 825 days; others follow with less.
SERVER_DAYS = 397
RENEW_DAYS = 30
SKEW = timedelta(days=1)  # phones whose clock is a little behind
Network = IPv4Network | IPv6Network


@dataclass(frozen=True)
class Covered:
    """What a certificate names, or may name."""

    names: frozenset[str]
    networks: frozenset[Network]

    def names_in(self, here: Here) -> tuple[str, ...]:
        return tuple(name for name in here.names if name in self.names)

    def interfaces_in(self, here: Here) -> tuple[Interface, ...]:
        return tuple(one for one in here.interfaces if any(one.ip in network for network in self.networks))

    def left_out_of(self, here: Here) -> tuple[str, ...]:
        inside = {*self.names_in(here), *self.interfaces_in(here)}
        return tuple(
            str(getattr(one, "ip", one)) for one in (*here.names, *here.interfaces) if one not in inside
        )


@dataclass(frozen=True)
class Authority:
    """Keeps its files in `folder`: `ca.crt` and `ca.key`, `server.crt` (with the authority's behind it) and `server.key`."""

    folder: Path

    @property
    def ca(self) -> Path:
        return self.folder / "ca.crt"

    @property
    def certificate(self) -> Path:
        return self.folder / "server.crt"

    @property
    def key(self) -> Path:
        return self.folder / "server.key"

    def prepare(self, here: Here, now: datetime) -> tuple[str, ...]:
        """Makes what is missing, old or too narrow; the names and addresses that it may not vouch for."""
        self.folder.mkdir(mode=0o700, exist_ok=True)
        if not self.ca.exists():
            self._make_authority(here, now)
        authority = _certificate(self.ca)
        if authority.not_valid_after_utc <= now + timedelta(days=RENEW_DAYS):
            raise Trouble(
                f"The authority in {self.folder} has expired; delete that folder and let phones trust the next one."
            )
        if self.is_due(here, now):
            self._make_server(authority, here, now)
        return may_name(authority).left_out_of(here)

    def is_due(self, here: Here, now: datetime) -> bool:
        """Whether the server needs another certificate: none yet, near its end, or the machine has a new name or address."""
        if not (self.certificate.exists() and self.key.exists()):
            return True
        authority, server = _certificate(self.ca), _certificate(self.certificate)
        if server.issuer != authority.subject or server.not_valid_after_utc <= now + timedelta(
            days=RENEW_DAYS
        ):
            return True
        allowed = may_name(authority)
        named = _named(server)
        return bool(
            set(allowed.names_in(here)) - named.names
            or {ip_network(one.ip) for one in allowed.interfaces_in(here)} - named.networks
        )

    def _make_authority(self, here: Here, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = _name(
            f"Digital Baoji on {here.names[1] if len(here.names) > 1 else 'this machine'} ({now:%Y-%m-%d})"
        )
        builder = (
            _builder(name, name, key.public_key(), now, timedelta(days=round(365.25 * YEARS)))
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(signs_certificates=True), critical=True)
            .add_extension(x509.NameConstraints(_subtrees(here), None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        )
        made = builder.sign(key, hashes.SHA256())
        write_whole(self.folder / "ca.key", _pem(key), secret=True)
        write_whole(self.ca, made.public_bytes(Encoding.PEM))

    def _make_server(self, authority: x509.Certificate, here: Here, now: datetime) -> None:
        signer = load_pem_private_key((self.folder / "ca.key").read_bytes(), None)
        assert isinstance(signer, ec.EllipticCurvePrivateKey)
        key, allowed = ec.generate_private_key(ec.SECP256R1()), may_name(authority)
        names = [x509.DNSName(name) for name in allowed.names_in(here)]
        addresses = [x509.IPAddress(one.ip) for one in allowed.interfaces_in(here)]
        until = min(timedelta(days=SERVER_DAYS), authority.not_valid_after_utc - now)
        builder = (
            _builder(_name("Digital Baoji"), authority.subject, key.public_key(), now, until)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
            )
        )
        made = builder.sign(signer, hashes.SHA256())
        write_whole(self.key, _pem(key), secret=True)
        write_whole(self.certificate, made.public_bytes(Encoding.PEM) + authority.public_bytes(Encoding.PEM))


def may_name(authority: x509.Certificate) -> Covered:
    """What the authority's name constraints (RFC 5280, 4.2.1.10) let it vouch for."""
    found = authority.extensions.get_extension_for_class(x509.NameConstraints).value
    return _sorted(found.permitted_subtrees or [])


def _named(server: x509.Certificate) -> Covered:
    found = server.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return _sorted(found)


def _sorted(given: Iterable[x509.GeneralName]) -> Covered:
    names, networks = set[str](), set[Network]()
    for one in given:
        if isinstance(one, x509.DNSName):
            names.add(one.value)
        elif isinstance(one, x509.IPAddress):
            networks.add(ip_network(str(one.value)))
    return Covered(frozenset(names), frozenset(networks))


def _subtrees(here: Here) -> Sequence[x509.GeneralName]:
    """The machine's names and addresses; of private ones their network: a router may give it another one tomorrow."""
    networks = dict.fromkeys(
        one.network if one.ip.is_private else ip_network(one.ip) for one in here.interfaces
    )
    return [*map(x509.DNSName, here.names), *map(x509.IPAddress, networks)]


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, lives: timedelta
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + lives)
    )


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common[:64])])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(path.read_bytes())
    except (OSError, ValueError) as error:
        raise Trouble(f"{path} cannot be read as a certificate: {error}") from error
