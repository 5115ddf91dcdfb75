"""抽查: which checks are looked at a second time. The lot lies in the case's secret, so nobody knows it before."""

from hashlib import blake2b


def is_sampled(salt: str, answers: int, per_mille: int) -> bool:
    """Whether the check is sampled; `answers` is the number of the record that answered it, so that each has its own lot."""
    lot = int.from_bytes(blake2b(f"{salt}:sample:{answers}".encode(), digest_size=8).digest(), "big")
    return lot % 1000 < per_mille
