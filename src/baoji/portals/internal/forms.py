"""Signing in, and another password."""

from typing import Any

from django import forms
from django.contrib.auth import authenticate, password_validation
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.kernel.base.errors import TooMany
from baoji.kernel.identity.models import Person
from baoji.kernel.identity.passwords import limits
from baoji.portals.internal import guesses


class SignIn(forms.Form):
    """Valid means that `person` is whose code and password these are. A locked account is told as a wrong password.

    `wait` is in seconds, and 0 unless too many wrong passwords came from the same address; then nothing is looked at.
    """

    code = forms.CharField(
        label=gettext_lazy("人员代码"),
        max_length=40,
        strip=True,
        widget=forms.TextInput(
            attrs={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"}
        ),
    )
    password = forms.CharField(
        label=gettext_lazy("密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def __init__(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request
        self.person: Person | None = None
        self.wait = 0

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if self.errors:
            return given
        try:
            guesses.require_room(self.request, given["code"])
        except TooMany as full:
            self.wait = full.retry_after
            raise ValidationError(full.message) from full
        self.person = authenticate(self.request, username=given["code"], password=given["password"])
        if self.person is None:
            guesses.count(self.request, given["code"])
            rules = limits()
            raise ValidationError(
                _("没有登录：人员代码或密码不对。连续输错 %(n)d 次，要等 %(m)d 分钟再试")
                % {"n": rules.failures, "m": rules.lock_minutes}
            )
        return given


class NewPassword(forms.Form):
    """For whoever knows the present one; the new one has passed the validators when this is valid."""

    old = forms.CharField(
        label=gettext_lazy("现在的密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    new = forms.CharField(
        label=gettext_lazy("新密码"),
        max_length=200,
        strip=False,
        help_text=gettext_lazy("至少 10 个字符，不能全是数字，不能像自己的代码或姓名，不能是常用密码"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label=gettext_lazy("再写一遍新密码"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, person: Person, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self.person.check_password(old):
            raise ValidationError(_("现在的密码不对"))
        return old

    def clean_new(self) -> str:
        new: str = self.cleaned_data["new"]
        password_validation.validate_password(new, self.person)
        return new

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if "new" in given and given["new"] != given.get("again"):
            self.add_error("again", _("两遍新密码不一样"))
        if "new" in given and given["new"] == given.get("old"):
            self.add_error("new", _("新密码和现在的一样"))
        return given
