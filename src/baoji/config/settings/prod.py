"""What `./dev up` and a city's server run: base, with a secret from a file."""

from baoji.config.settings.base import *  # noqa: F403
from baoji.config.settings.base import SECRET_KEY

if not SECRET_KEY:
    raise RuntimeError("BAOJI_SECRET_KEY_FILE names no secret; ./dev up makes one")
