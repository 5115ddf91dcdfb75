"""What a body that ends still holds: the dispatchers hear how much it is, and dispatch it anew."""

from datetime import datetime

from django.utils.translation import gettext_noop as _

from baoji.kernel.base import sql
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.kernel.organisations.models import Organisation

OPEN_CASES = """
SELECT count(*) FROM flow_party p JOIN flow_case c ON c.id = p.case_id
 WHERE p.org_id = %s AND p.status IN ('open', 'suspended') AND c.body_id = p.org_id
"""
ENDS = _("%(body)s从 %(day)s 起停用，还有 %(n)s 件案卷没有办结，请撤回派遣后改派")


def tell_dispatchers(body: Organisation, now: datetime) -> None:
    """Once for each last day that the body is given."""
    n = sql.value(OPEN_CASES, [body.pk])
    if n:
        notify(
            f"ended:{body.pk}:{body.valid_to}",
            post="dispatcher",
            kind="ended",
            title=Words(ENDS, {"body": {"org": body.pk}, "day": str(body.valid_to), "n": n}),
            link=f"/cases/?responsible={body.code}&status=open",
            at=now,
        )
