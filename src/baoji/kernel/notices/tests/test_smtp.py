"""Mail over a real socket: what the server gets, which refusals are tried again."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.utils import parseaddr
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from baoji.kernel.notices.senders import Message, smtp

MESSAGE = Message(
    "abc123",
    "mail",
    "crew@example.org",
    "处置任务：井盖",
    "打开链接：https://c.example/crew/x",
    datetime(2026, 3, 17, 2, tzinfo=UTC),
)


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    mails: list[bytes]
    says: dict[str, str]
    asked: list[str]
    secret: ssl.SSLContext | None = None  # offered by STARTTLS


class Talk(socketserver.StreamRequestHandler):
    server: Server

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def handle(self) -> None:
        self.say("220 hello")
        self._talk()

    def _talk(self) -> None:
        for raw in self.rfile:
            verb = raw.decode().split()[0].upper() if raw.strip() else ""
            line = verb + raw.decode().strip()[len(verb) :]
            if verb == "QUIT":
                return self.say("221 bye")
            if verb == "STARTTLS":
                return self._talk_in_secret()
            if verb in {"RCPT", "AUTH"}:
                self.server.asked.append(line)
            if verb == "DATA":
                self._data()
            else:
                self.say(self.server.says.get(line) or self.server.says.get(verb, "250 ok"))
        return None

    def _talk_in_secret(self) -> None:
        assert self.server.secret is not None
        self.say("220 go on")
        with suppress(OSError):  # whoever does not trust us goes
            secure = self.server.secret.wrap_socket(self.connection, server_side=True)
            self.rfile, self.wfile = secure.makefile("rb"), secure.makefile("wb", 0)
            self._talk()

    def _data(self) -> None:
        self.say("354 go on")
        lines = []
        for raw in self.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw)
        self.server.mails.append(b"".join(lines))
        self.say(self.server.says.get("DATA", "250 queued"))


@pytest.fixture
def mailbox(settings: Any) -> Iterator[Server]:
    with Server(("127.0.0.1", 0), Talk) as server:
        server.mails, server.says, server.asked = [], {}, []
        settings.SMTP_URL, settings.MAIL_FROM = (
            f"smtp://127.0.0.1:{server.server_address[1]}",
            "baoji@city.example",
        )
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield server
        server.shutdown()


def test_a_mail_has_a_stable_id_and_its_words(mailbox: Server) -> None:
    assert smtp.send(MESSAGE).accepted and smtp.send(MESSAGE).accepted
    mails = [message_from_bytes(text, policy=policy.default) for text in mailbox.mails]
    assert {mail["Message-ID"] for mail in mails} == {"<abc123@city.example>"}
    mail: Any = mails[0]
    assert (mail["From"], mail["To"], mail["Subject"]) == (
        "baoji@city.example",
        "crew@example.org",
        "处置任务：井盖",
    )
    assert mail.get_content().strip() == MESSAGE.text and mail["Auto-Submitted"] == "auto-generated"


def read(header: str) -> str:
    """By RFC 2047. The parser of `policy.default` puts blanks of its own between the parts of a long name."""
    return str(make_header(decode_header("".join(header.splitlines()))))


def person(header: str) -> tuple[str, str]:
    name, address = parseaddr("".join(header.splitlines()))
    return read(name), address


@pytest.mark.parametrize(
    "words",
    [
        "道路破损· 路面破损",
        "道路破损·" + " 路面破损" * 9,
        "宝 。道 宝b道aab道·道。道a路宝 b。鸡市。路鸡·b b。道路路",
        "610302-20261124-00012 已办结：道路破损· 路面破损 (paved) 在经二路 7 号门前",
        "ab ，宝a道 。市·b。·鸡a。b鸡市b ·a宝a宝路，，， 。市市b道",
        "井" * 200,
        "plain words of a long subject " * 5 + "end",
    ],
)
def test_every_blank_arrives(mailbox: Server, settings: Any, words: str) -> None:
    settings.MAIL_FROM = "数字宝鸡 指挥中心 · 受理台（请勿直接回复这封邮件） <baoji@city.example>"
    assert smtp.send(replace(MESSAGE, subject=words, name=words[:40].strip())).accepted
    mail = message_from_bytes(mailbox.mails[0])
    assert read(mail["Subject"]) == words
    assert person(mail["To"]) == (words[:40].strip(), MESSAGE.to)
    assert person(mail["From"]) == parseaddr(settings.MAIL_FROM)
    assert max(len(line) for line in mailbox.mails[0].splitlines()) <= 78


@pytest.mark.parametrize(
    ("says", "again"),
    [
        ({"RCPT": "550 no such user"}, False),
        ({"RCPT": "450 greylisted"}, True),
        ({"DATA": "554 spam"}, False),
        ({"DATA": "451 try later"}, True),
        ({"MAIL": "421 busy"}, True),
        ({"MAIL": "550 no such sender"}, True),  # for the operator to put right
    ],
)
def test_refusals_for_now_and_for_ever(mailbox: Server, says: dict[str, str], again: bool) -> None:
    mailbox.says = says
    outcome = smtp.send(MESSAGE)
    assert (outcome.accepted, outcome.again) == (False, again)
    assert next(iter(says.values())).split()[0] in outcome.said


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("张三, 主任", "催办"),
        ("李四;王五", "催办"),
        ('老"六"', "催办"),
        ("赵七 <x@example.org>", "催办"),
        ("李\n四", "催办：请看\r\nBcc: x@example.org"),
        ("", "催办"),
    ],
)
def test_a_mail_goes_to_one_address_whatever_the_name(mailbox: Server, name: str, subject: str) -> None:
    assert smtp.send(replace(MESSAGE, name=name, subject=subject)).accepted
    [mail] = [message_from_bytes(text, policy=policy.default) for text in mailbox.mails]
    [to] = mail["To"].addresses
    assert (to.display_name, to.addr_spec) == (" ".join(name.split()), "crew@example.org")
    assert mail["Subject"] == " ".join(subject.split()) and mail["Bcc"] is None
    assert mailbox.asked == ["RCPT TO:<crew@example.org>"]


@pytest.mark.parametrize("to", ["crew\n@example.org", "crew@exam\nple.org"])
def test_an_address_that_no_mail_can_have_is_refused_for_ever(mailbox: Server, to: str) -> None:
    outcome = smtp.send(replace(MESSAGE, to=to))
    assert (outcome.accepted, outcome.again, mailbox.mails) == (False, False, [])


@pytest.mark.parametrize("to", ["crew", "a b@example.org", "a@example.org, b@example.org", "a@b@example.org"])
def test_an_address_is_asked_for_as_it_stands(mailbox: Server, to: str) -> None:
    mailbox.says = {"RCPT": "553 bad address"}
    outcome = smtp.send(replace(MESSAGE, to=to))
    assert (outcome.accepted, outcome.again, len(mailbox.asked)) == (False, False, 1)


def test_a_server_that_is_away_is_asked_again(settings: Any) -> None:
    settings.SMTP_URL = "smtp://127.0.0.1:9"
    outcome = smtp.send(MESSAGE)
    assert (outcome.accepted, outcome.again) == (False, True)


OFFERS = "250-hello\r\n250-AUTH PLAIN\r\n250 STARTTLS"


def _certificate(folder: Path) -> Path:
    """One that 127.0.0.1 made for itself, and its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mail")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    kept = folder / "mail.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    kept.write_bytes(made.public_bytes(Encoding.PEM) + secret)
    return kept


@pytest.fixture
def vouched(mailbox: Server, tmp_path: Path) -> Path:
    """The mailbox offers TLS under a certificate of its own making, which is what is answered."""
    made = _certificate(tmp_path)
    mailbox.secret = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    mailbox.secret.load_cert_chain(made)
    mailbox.says = {"EHLO": OFFERS, "AUTH": "235 in"}
    return made


def test_a_server_that_nobody_vouches_for_gets_nothing(
    mailbox: Server, vouched: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if it stood elsewhere: the machine's own one needs nobody's word."""
    monkeypatch.setattr(smtp, "HERE", set())
    settings.SMTP_URL = settings.SMTP_URL.replace("//", "//baoji:secret@")
    outcome = smtp.send(MESSAGE)
    assert (outcome.accepted, outcome.again, mailbox.mails, mailbox.asked) == (False, True, [], [])
    assert "CERTIFICATE_VERIFY_FAILED" in outcome.said
    monkeypatch.undo()
    assert smtp.send(MESSAGE).accepted


def test_a_server_that_the_operator_vouches_for_gets_the_password_in_secret(
    mailbox: Server, vouched: Path, settings: Any
) -> None:
    settings.SMTP_URL = settings.SMTP_URL.replace("//", "//baoji:secret@") + f"?ca={vouched}"
    assert smtp.send(MESSAGE).accepted
    assert [asked.split()[0] for asked in mailbox.asked] == ["AUTH", "RCPT"] and len(mailbox.mails) == 1


@pytest.mark.parametrize(("asked", "goes"), [("", False), ("?tls=off", True), ("?tls=on", False)])
def test_a_password_goes_in_clear_only_where_the_operator_says_so(
    mailbox: Server, settings: Any, monkeypatch: pytest.MonkeyPatch, asked: str, goes: bool
) -> None:
    """As if the server stood elsewhere."""
    monkeypatch.setattr(smtp, "HERE", set())
    mailbox.says = {"EHLO": "250-hello\r\n250 AUTH PLAIN", "AUTH": "235 in"}
    settings.SMTP_URL = settings.SMTP_URL.replace("//", "//baoji:secret@") + asked
    outcome = smtp.send(MESSAGE)
    assert (outcome.accepted, any("AUTH" in line for line in mailbox.asked)) == (goes, goes)
    assert goes or (outcome.again and "no TLS" in outcome.said)


def test_an_address_may_come_with_a_name(mailbox: Server, settings: Any) -> None:
    settings.MAIL_FROM = "数字宝鸡 <baoji@city.example>"
    assert smtp.send(MESSAGE).accepted
    [mail] = [message_from_bytes(text, policy=policy.default) for text in mailbox.mails]
    assert (mail["Message-ID"], mail["From"].addresses[0].addr_spec) == (
        "<abc123@city.example>",
        "baoji@city.example",
    )
