"""What the city says of signing in, for the portal (`SystemManifest.passwords`)."""

from baoji.kernel.identity.passwords import Limits
from baoji.systems.urban.queries.book import policies

SHIPPED = Limits()


def password_limits() -> Limits:
    """Policy `sign_in`; what the city does not say is as shipped."""
    said = policies().get("sign_in", {})
    return Limits(
        failures=int(said.get("failures", SHIPPED.failures)),
        lock_minutes=int(said.get("lock_minutes", SHIPPED.lock_minutes)),
        address_failures=int(said.get("address_failures", SHIPPED.address_failures)),
        address_minutes=int(said.get("address_minutes", SHIPPED.address_minutes)),
    )
