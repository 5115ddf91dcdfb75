"""What the gallery shows, page by page. Invented cases; the sentences are samples, not the product's."""

from datetime import datetime

from baoji.kernel.ui.gallery_samples.acts import BODIES, offers
from baoji.kernel.ui.gallery_samples.case import case
from baoji.kernel.ui.gallery_samples.desk import desk
from baoji.kernel.ui.gallery_samples.parts import parts
from baoji.kernel.ui.gallery_samples.people import field, public
from baoji.kernel.ui.gallery_samples.score import score
from baoji.kernel.ui.gallery_samples.shells import inner_shell, outer_shell
from baoji.kernel.ui.gallery_samples.words import Sample, clock

__all__ = ["BODIES", "clock", "context_of", "inner_shell", "offers", "outer_shell"]


def context_of(page: str, now: datetime) -> Sample:
    makers = {
        "parts": parts,
        "desk": desk,
        "case": case,
        "public": public,
        "field": field,
        "print": case,
        "score": score,
    }
    return makers[page](now)
