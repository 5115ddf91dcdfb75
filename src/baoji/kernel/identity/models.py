"""People, the posts they hold, whom they stand in for, when they are on shift, and their keys."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from baoji.kernel.organisations.models import Post


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, username: str | None) -> "Person":
        return self.get(code=username)


class Person(AbstractBaseUser):
    """人员. `code` is what they sign in with and what other systems call them."""

    code = models.CharField(max_length=40, unique=True)
    name = models.CharField(max_length=40)
    phone = models.CharField(max_length=30, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    is_active = models.BooleanField(default=True)
    must_change_password = models.BooleanField(default=False)
    failed_sign_ins = models.PositiveSmallIntegerField(default=0)
    locked_until = models.DateTimeField(null=True, blank=True)
    language = models.CharField(max_length=10, blank=True, default="")
    source = models.CharField(max_length=60, blank=True, default="")

    USERNAME_FIELD = "code"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = PersonManager()

    class Meta:
        db_table = "identity_person"
        verbose_name = _("人员")

    def __str__(self) -> str:
        return self.name


class Holding(models.Model):
    """任职: a person at a post for a span of days. A deputy holds the same post, marked so."""

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="holdings")
    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="holdings")
    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)
    deputy = models.BooleanField(default=False)

    class Meta:
        db_table = "identity_holding"
        verbose_name = _("任职")
        constraints = [
            models.UniqueConstraint(fields=["person", "post"], name="one_holding_a_person_and_post")
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.post}"


class Delegation(models.Model):
    """代理: `deputy` acts for `principal` between two instants; what they do says on whose behalf."""

    principal = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="given_delegations")
    deputy = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="delegations")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        db_table = "identity_delegation"
        verbose_name = _("代理")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="delegation_ends_after_it_starts"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.deputy} → {self.principal}"


class Shift(models.Model):
    """班次: a weekly pattern in which a person is on duty. `weekdays` counts from Monday = 1."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="shifts")
    weekdays = ArrayField(models.PositiveSmallIntegerField())
    starts = models.TimeField()
    ends = models.TimeField()  # earlier than `starts`: ends on the next day
    valid_from = models.DateField(null=True, blank=True)
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "identity_shift"
        verbose_name = _("班次")

    def __str__(self) -> str:
        return f"{self.person} {self.starts}–{self.ends}"


class Token(models.Model):
    """A program's key: only its hash is kept."""

    digest = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="tokens")
    label = models.CharField(max_length=60, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        db_table = "identity_token"
        verbose_name = _("访问令牌")

    def __str__(self) -> str:
        return f"{self.person} {self.label}"
