"""Which certificate the servers show: the city's own by two settings, else one of this machine's authority."""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from baoji.operate.errors import Trouble
from baoji.operate.tls.authority import Authority
from baoji.operate.tls.here import look_around, outward
from baoji.operate.whole import write_whole

LOOK_EVERY = 60.0
PKCS8 = b"-----BEGIN PRIVATE KEY-----"


@dataclass(frozen=True)
class Shown:
    """The files the servers are started with; `local` says that the certificate is of our own making."""

    certificate: Path
    key: Path
    local: bool
    left_out: tuple[str, ...] = ()


def given_files() -> tuple[Path, Path] | None:
    """BAOJI_TLS_CERT and BAOJI_TLS_KEY: PEM files of a certificate (with its chain) and its key. Both or neither."""
    names = "BAOJI_TLS_CERT", "BAOJI_TLS_KEY"
    certificate, key = (os.environ.get(name, "") for name in names)
    if bool(certificate) is not bool(key):
        raise Trouble(f"{names[0]} and {names[1]} belong together; only one of them is set.")
    return (Path(certificate), Path(key)) if certificate else None


def show(folder: Path) -> Shown:
    """The certificate to show now; makes or renews our own when none is given."""
    given = given_files()
    if given is not None:
        return _given(folder, *given)
    authority = Authority(folder)
    left_out = authority.prepare(look_around(), datetime.now(UTC))
    return Shown(authority.certificate, authority.key, local=True, left_out=left_out)


def _given(folder: Path, certificate: Path, key: Path) -> Shown:
    try:
        shown = x509.load_pem_x509_certificates(certificate.read_bytes())[0]
        secret = key.read_bytes()
        loaded = load_pem_private_key(secret, None)
    except (OSError, ValueError, TypeError) as error:
        raise Trouble(f"The certificate in BAOJI_TLS_CERT or its key cannot be used: {error}") from error
    raw = Encoding.DER, PublicFormat.SubjectPublicKeyInfo
    if loaded.public_key().public_bytes(*raw) != shown.public_key().public_bytes(*raw):
        raise Trouble("The key in BAOJI_TLS_KEY is not the one of the certificate in BAOJI_TLS_CERT.")
    if shown.not_valid_after_utc <= datetime.now(UTC):
        raise Trouble(f"The certificate in BAOJI_TLS_CERT ended on {shown.not_valid_after_utc:%Y-%m-%d}.")
    if PKCS8 not in secret:  # the only form in which the servers read a key
        folder.mkdir(mode=0o700, exist_ok=True)
        key = folder / "given.key"
        write_whole(key, loaded.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), secret=True)
    return Shown(certificate, key, local=False)


def address(port: int) -> str:
    """Where phones on this network reach the city."""
    return f"https://{outward() or 'localhost'}:{port}"


@dataclass
class Renewal:
    """A supervisor's guard: looks once a minute whether another certificate must be shown, and has it shown."""

    folder: Path
    show_it: Callable[[], None]
    tell: Callable[[str], None]
    next_look: float = field(default_factory=lambda: time.monotonic() + LOOK_EVERY)
    seen: float = 0.0

    def __post_init__(self) -> None:
        self.seen = self._written()

    def __call__(self) -> None:
        if time.monotonic() < self.next_look:
            return
        self.next_look = time.monotonic() + LOOK_EVERY
        try:
            if self._is_new():
                show(self.folder)
                self.show_it()
                self.tell(
                    "Another certificate is shown: the old one was near its end, or this machine has a new address."
                )
        except Trouble as trouble:  # the old one is better than none; said once a minute
            self.tell(f"The certificate was not renewed: {trouble}")

    def _is_new(self) -> bool:
        if given_files() is None:
            return Authority(self.folder).is_due(look_around(), datetime.now(UTC))
        written, self.seen = self.seen, self._written()
        return written != self.seen

    def _written(self) -> float:
        """When the given files were last written."""
        given = given_files()
        with suppress(OSError):
            return max(path.stat().st_mtime for path in given) if given else 0.0
        return self.seen


def how_to_trust(port: int, left_out: tuple[str, ...]) -> str:
    """What a person does once on each phone and computer."""
    where = address(port)
    lines = [
        f"Phones on this network open {where}/field/",
        "A browser trusts this machine once it knows its authority. Once on each device:",
        f"  1. Open {where}/ca.crt and go on past the warning; the file ca.crt is downloaded.",
        "  2. Android: Settings > Security > Encryption & credentials > Install a certificate > CA certificate, choose ca.crt.",
        "     iPhone: Settings > Profile Downloaded > Install; then Settings > General > About > Certificate Trust Settings, switch it on.",
        "     Windows: open ca.crt > Install Certificate > Local Machine > Trusted Root Certification Authorities.",
        "     macOS: open ca.crt in Keychain Access > System, double-click it > Trust > Always Trust.",
        "     Linux: sudo cp ca.crt /usr/local/share/ca-certificates/baoji.crt && sudo update-ca-certificates; in Firefox and",
        "     Chromium: Settings > Certificates > Authorities > Import.",
        "  3. Close the browser, open the address again: the warning is gone.",
        "The authority can vouch for this machine's names and network only. See docs/operate/https.md.",
    ]
    if left_out:
        lines.append(
            f"Not covered, because the authority was made when this machine was called or connected otherwise: {', '.join(left_out)}."
            " To cover it, delete the folder tls in the data directory and let devices trust the new authority."
        )
    return "\n".join(lines)
