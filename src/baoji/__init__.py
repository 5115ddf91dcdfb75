"""Digital Baoji: the platform a prefecture-level city runs on."""

__version__ = "0.1.0"
