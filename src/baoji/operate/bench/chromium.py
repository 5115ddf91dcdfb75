"""Which browser this machine has for benches and tests, and how it is started where there is no graphics card."""

import shutil

# The first is Debian's without windows and menus, which cost more than the page where nobody sees them; no phone has them.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
DRAWING = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-gl=swiftshader",
    "--enable-webgl",
    "--ignore-gpu-blocklist",
)


def find_chromium() -> str | None:
    """Its path, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)
