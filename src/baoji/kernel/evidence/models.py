"""What phones sign and what the server answers: devices, tickets, envelopes, receipts, the server's public keys."""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models

from baoji.kernel.evidence.likeness.models import Finding, Pair, Print, PrintKey, Use
from baoji.kernel.evidence.verification.signed import ZEROS
from baoji.kernel.identity.models import Person

__all__ = [
    "Device",
    "Envelope",
    "Event",
    "Finding",
    "Pair",
    "Print",
    "PrintKey",
    "Receipt",
    "ServerKey",
    "Ticket",
    "Use",
]


class Device(models.Model):
    """A key made on somebody's phone. Only a second person makes it count.

    `head` is the greatest number known, `complete_seq` the number up to which none is missing.
    """

    kid = models.CharField(max_length=64, unique=True)  # SHA-256 of `spki`, hex
    spki = models.BinaryField()  # P-256 public key, DER
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    label = models.CharField(max_length=60, blank=True, default="")
    status = models.CharField(max_length=8, default="waiting")  # waiting, active, frozen, ended
    salt = models.CharField(max_length=32)
    enrolled_at = models.DateTimeField()
    approved_at = models.DateTimeField(null=True)
    approved_by = models.ForeignKey(
        Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    ended_at = models.DateTimeField(null=True)
    contact_at = models.DateTimeField(null=True)
    skew_ms = models.BigIntegerField(null=True)  # the phone's clock less the server's, at the last contact
    head_seq = models.BigIntegerField(default=0)
    head_hash = models.CharField(max_length=64, default=ZEROS)
    complete_seq = models.BigIntegerField(default=0)

    class Meta:
        db_table = "evidence_device"
        indexes = [models.Index(fields=["status", "-id"], name="evidence_device_status")]

    def __str__(self) -> str:
        return f"{self.kid[:12]} {self.status}"


class Event(models.Model):
    """What was decided about a device, with the reason in words; the journal has the reason as a salted hash."""

    device = models.ForeignKey(Device, on_delete=models.PROTECT, related_name="events")
    verb = models.CharField(max_length=10)  # enrol, approve, end, freeze, thaw
    at = models.DateTimeField()
    by = models.ForeignKey(Person, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    reason = models.CharField(max_length=200, blank=True, default="")
    facts = models.JSONField(default=dict)

    class Meta:
        db_table = "evidence_event"

    def __str__(self) -> str:
        return f"{self.device_id} {self.verb}"


class ServerKey(models.Model):
    """A public key that this city has signed with; receipts of former keys stay provable."""

    kid = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=10)  # server (tickets, receipts, statements), manifests
    spki = models.BinaryField()
    since = models.DateTimeField()

    class Meta:
        db_table = "evidence_server_key"

    def __str__(self) -> str:
        return f"{self.role} {self.kid[:12]}"


class Ticket(models.Model):
    """A contact of a device: what the server signed then, and how far the phone's clock was off."""

    device = models.ForeignKey(Device, on_delete=models.CASCADE, related_name="+", db_index=False)
    at = models.DateTimeField()
    skew_ms = models.BigIntegerField()
    head_seq = models.BigIntegerField()  # the head that the phone named

    class Meta:
        db_table = "evidence_ticket"
        indexes = [models.Index(fields=["device", "at"], name="evidence_ticket_contact")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.at}"


class Envelope(models.Model):
    """Bytes that came as an envelope, exactly. `device` stands where the key of that person's device signed them.

    `holds` says that hash, signature and ticket are genuine; what does not hold is kept apart from the device's chain.
    """

    hash = models.CharField(max_length=64)
    bytes = models.BinaryField()
    sig = models.BinaryField()
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="+")
    device = models.ForeignKey(Device, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    kid = models.CharField(max_length=64, blank=True, default="")
    kind = models.CharField(max_length=9, blank=True, default="")
    seq = models.BigIntegerField(null=True)
    prev = models.CharField(max_length=64, blank=True, default="")
    sha256 = models.CharField(max_length=64, blank=True, default="")  # of the content it speaks of
    report = models.CharField(max_length=40, blank=True, default="")
    source = models.CharField(max_length=10, blank=True, default="")
    at = models.DateTimeField(null=True)  # the device's word
    issued_at = models.DateTimeField(null=True)  # of its ticket: it was made after that
    skew_ms = models.BigIntegerField(null=True)
    received_at = models.DateTimeField()
    holds = models.BooleanField()
    marks = ArrayField(models.CharField(max_length=16), default=list)

    class Meta:
        db_table = "evidence_envelope"
        constraints = [
            models.UniqueConstraint(
                fields=["hash"], name="evidence_one_envelope", condition=models.Q(device__isnull=False)
            ),
            models.UniqueConstraint(
                fields=["hash", "sig", "person"],
                name="evidence_one_kept_apart",
                condition=models.Q(device__isnull=True),
            ),
            models.CheckConstraint(
                name="evidence_a_number_has_a_device",
                condition=models.Q(device__isnull=True) | models.Q(seq__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["device", "seq"], name="evidence_chain", condition=models.Q(device__isnull=False)
            ),
            models.Index(fields=["sha256"], name="evidence_of_content", condition=~models.Q(sha256="")),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.hash[:12]}"


class Receipt(models.Model):
    """What the server signed for having: these envelopes, at this time, for this report."""

    hash = models.CharField(max_length=64, unique=True)
    body = models.BinaryField()
    sig = models.BinaryField()
    kid = models.CharField(max_length=64, blank=True, default="")
    number = models.CharField(max_length=24, blank=True, default="")
    report = models.CharField(max_length=40, blank=True, default="")
    received_at = models.DateTimeField()
    envelopes = ArrayField(models.BigIntegerField(), default=list)

    class Meta:
        db_table = "evidence_receipt"
        indexes = [
            GinIndex(fields=["envelopes"], name="evidence_receipt_of"),
            models.Index(fields=["number"], name="evidence_receipt_case"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.report}"
