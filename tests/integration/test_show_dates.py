"""When episodes are dated: in the order of their numbers, whichever is made first."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from itertools import permutations

import pytest

from pipeline.publish.podcast.show import Show
from pipeline.settings import ProductionSettings
from storage.catalog import Catalog
from storage.show_rows import EpisodeRow, EpisodeState, Making


@pytest.fixture
def catalog(catalog_url: str) -> Iterable[Catalog]:
    catalog = Catalog(catalog_url)
    catalog.add_show(Show("morning", "guid", "Morning"), "/morning", Making())
    yield catalog
    catalog.close()


def added(catalog: Catalog, *sources: str) -> list[EpisodeRow]:
    """Episodes that are being made."""
    return [
        catalog.take_episode("morning", catalog.open_production(source, "/out", ProductionSettings()))
        for source in sources
    ]


def publish(catalog: Catalog, *episodes: EpisodeRow) -> None:
    """Date them one after the other."""
    for one in episodes:
        catalog.date_episode(one.id)
        catalog.set_episode(one.id, state=EpisodeState.PUBLISHED)


def numbers(catalog: Catalog) -> list[int]:
    """As they follow each other in the feed, the oldest first; no two have a date together."""
    rows = catalog.episodes("morning", [EpisodeState.PUBLISHED])[::-1]
    assert len({row.published_at for row in rows}) == len(rows)
    return [row.number for row in rows]


def test_whichever_is_made_first(catalog: Catalog) -> None:
    before = 0
    for order in permutations(range(4)):
        episodes = added(catalog, *(f"/{''.join(map(str, order))}-{place}.html" for place in range(4)))
        publish(catalog, *(episodes[place] for place in order))
        before += len(order)
        assert numbers(catalog) == list(range(1, before + 1))


def test_one_that_failed_does_not_hold_up_the_others_and_is_new_when_it_comes(catalog: Catalog) -> None:
    first, second, third = added(catalog, "/a.html", "/b.html", "/c.html")
    catalog.set_episode(second.id, state=EpisodeState.FAILED)
    publish(catalog, first, third)
    two_days = timedelta(days=2)
    for one in (first, third):
        published = catalog.date_episode(one.id).published_at
        assert published is not None
        catalog.set_episode(one.id, published_at=published - two_days)
    publish(catalog, second)
    assert numbers(catalog) == [1, 3, 2]
