"""What the operators' side says when it cannot go on."""


class Trouble(Exception):
    """Something the person at the keyboard can put right; the text is one whole sentence."""


class Stopped(Exception):
    """Somebody asked us to end (Ctrl-C, SIGTERM, ./dev down)."""
