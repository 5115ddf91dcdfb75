"""What is kept of cut tiles: never an old one under a newer edition of the city, and no bytes counted that are not there."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from threading import Barrier
from unittest.mock import patch

import pytest
from django.db import OperationalError

from baoji.kernel.base.snapshot import bump, committed
from baoji.kernel.maps import tiles, views
from baoji.kernel.maps.tiles import TOPICS, Shelf, Tile, cut

PATH = "/tiles/town/3/1/2"
VERSIONS = "baoji.kernel.maps.tiles.versions"


def tile(body: bytes = b"body") -> Tile:
    return Tile(body, b"", f'"{body.decode()}"')


@pytest.fixture
def shelf() -> Iterator[Shelf]:
    """An empty one in place of the process's own."""
    made = Shelf()
    with patch("baoji.kernel.maps.tiles.shelf", made):
        yield made


class Town:
    """A tile set whose tiles say how often the town was changed; `meanwhile` happens once, after a tile was read."""

    def __init__(self) -> None:
        self.changes = 0

    def change(self) -> None:
        self.changes += 1
        bump("components")

    def sources(self, meanwhile: Callable[[], None] | None = None) -> AbstractContextManager[object]:
        def read(z: int, x: int, y: int) -> bytes:
            found = b"%d" % self.changes
            if meanwhile is not None:
                meanwhile()
            return found

        return patch.object(tiles, "sources", lambda: {"town": (read,)})


@pytest.mark.django_db
def test_a_tile_is_kept_until_the_city_changes(shelf: Shelf) -> None:
    town = Town()
    assert shelf.get(PATH) is None
    with town.sources():
        cut("town", 3, 1, 2)
    assert shelf.get(PATH) == tile(b"0")._replace(tag=shelf.tiles[PATH].tag)
    town.change()
    assert shelf.get(PATH) is None and shelf.held == 0


@pytest.mark.django_db
@pytest.mark.parametrize("asked", [True, False])
def test_a_tile_cut_before_a_change_is_not_given_out_after_it(shelf: Shelf, asked: bool) -> None:
    """The change comes between reading and keeping; `asked`: somebody else has emptied the shelf for it already."""
    town = Town()
    shelf.get(PATH)

    def meanwhile() -> None:
        town.change()
        if asked:
            assert shelf.get(PATH) is None

    with town.sources(meanwhile):
        assert cut("town", 3, 1, 2).body == b"0"
    assert shelf.get(PATH) is None
    with town.sources():
        cut("town", 3, 1, 2)
    found = shelf.get(PATH)
    assert found is not None and found.body == b"1"


@pytest.mark.django_db
def test_what_only_another_thread_can_see_yet_is_no_edition_to_keep_under(shelf: Shelf) -> None:
    """A change that is not committed was noted by this process; what is cut meanwhile shows the town without it."""
    before = committed(*TOPICS)
    with patch(VERSIONS, return_value=(before[0], before[1] + 1)):
        assert shelf.get(PATH) is None
        with Town().sources():
            cut("town", 3, 1, 2)
        assert shelf.get(PATH) is None


def test_two_who_missed_the_same_tile_count_it_once() -> None:
    shelf, edition, ready = Shelf(most_bytes=10), (1, 1), Barrier(4)

    def bring(_n: int) -> None:
        ready.wait()
        shelf.put(PATH, tile(b"0123"), edition)

    with patch(VERSIONS, return_value=edition):
        shelf.get(PATH)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(bring, range(4)))
        assert (shelf.held, len(shelf.tiles)) == (4, 1)
        shelf.put("other", tile(b"0123"), edition)
        assert (shelf.held, len(shelf.tiles)) == (8, 2)


def test_what_was_used_last_stays_when_there_is_no_room() -> None:
    shelf, edition = Shelf(most_bytes=8), (1, 1)
    with patch(VERSIONS, return_value=edition):
        shelf.get("a")
        for path in ("a", "b"):
            shelf.put(path, tile(b"0123"), edition)
        shelf.get("a")
        shelf.put("c", tile(b"0123"), edition)
        assert [path for path in "abc" if shelf.get(path)] == ["a", "c"]
        shelf.put("d", tile(b"0123456789"), edition)  # more than there is room for at all
        assert (shelf.held, len(shelf.tiles)) == (0, 0)


def asked(path: str, **more: str) -> tuple[list[str], bytes] | None:
    """Status and body of what is answered before Django is asked; None where it is to be asked."""
    started: list[str] = []
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path} | more
    found = views.served(environ, lambda status, _headers: started.append(status))
    return None if found is None else (started, b"".join(found))


@pytest.mark.django_db
def test_a_tile_is_cut_before_django_is_asked(shelf: Shelf) -> None:
    """What is no tile, or cannot be had, is left to Django, which has a page for it."""
    town = Town()
    with (
        town.sources(),
        patch.object(views, "sources", lambda: tiles.sources()),
        patch.object(views, "shelf", shelf),
    ):
        assert asked(PATH) == (["200 OK"], b"0")
        assert asked(PATH, HTTP_IF_NONE_MATCH=shelf.tiles[PATH].tag) == (["304 Not Modified"], b"")
        for other in (
            "/tiles/village/3/1/2",
            "/tiles/town/3/9/2",
            "/tiles/town/3/1/-2",
            "/tiles/town/3/1/2/",
            "/tiles/town/3/1/二",
        ):
            assert asked(other) is None
        assert asked("/tiles/town/3/2/2", REQUEST_METHOD="POST") is None
        with patch.object(views, "cut", side_effect=OperationalError):
            assert asked("/tiles/town/3/3/3") is None
