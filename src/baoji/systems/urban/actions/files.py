"""The files that come with a report or an act."""

from collections.abc import Sequence

from baoji.kernel.flow.run import File


def each_once(files: Sequence[File] | None) -> Sequence[File]:
    """The same bytes sent twice are one photo: they show no place before and after, nor from two sides."""
    if not files or len(files) == 1:
        return files or []
    found: dict[int, File] = {}
    for file in files:
        found.setdefault(file[0], file)
    return [*found.values()]
