"""``index.html``: the page of a show, with a player that follows the transcripts, and a search through all of them.

The page needs no server code and no network: any web server serves the folder, and it opens from disk, too. It
holds what is told of each episode; what is said in it lies in ``STEM.words.js`` and is loaded when somebody listens
to it, and which words are said where lies in ``search-N.js``, for some episodes each, and is loaded when somebody
searches.

These are scripts because a page that was opened from disk may load nothing else. All they do is to call one
function with data. The page's policy admits only its own script, named by its hash, and what that one loads
(``strict-dynamic``, Content Security Policy Level 3), and that one has a way to load nothing but files of these names
beside the page (Trusted Types). The page asks for each by its name and the key in its first line, so that nothing
that a browser kept is taken for what is there now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path

from pipeline.publish.podcast.page.document import show_document
from pipeline.publish.podcast.page.files import kept_key, key_of, keyed_script, shard_name, words_name
from pipeline.publish.podcast.page.vocabulary import vocabulary_of
from pipeline.publish.podcast.page.words import episode_words, read_words
from pipeline.publish.podcast.show import PAGE, Episode, Show
from pipeline.publish.transcript import TimedSegment

SHARD = 20
"""Episodes whose words lie in one file of the search."""


def episode_page_files(
    show: Show, episode: Episode, said: Iterable[TimedSegment]
) -> Iterator[tuple[str, bytes]]:
    """The files that the page loads for one episode; they depend on nothing but the episode.

    ``said`` is what the edition's transcript has, in the audio file's own time.
    """
    yield words_name(episode.stem), keyed_script(episode.stem, episode_words(episode, said))


def page_files(show: Show, episodes: Sequence[Episode], folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the page that have to be written, by name, the page itself last.

    ``folder`` is the show's, and has the files of each episode already; an episode without them has no text there.
    """
    keys = {episode.stem: kept_key(folder / words_name(episode.stem)) for episode in episodes}
    shards: dict[str, list[str]] = {}
    for episode in episodes:
        if keys[episode.stem]:
            shards.setdefault(shard_name((episode.number - 1) // SHARD), []).append(episode.stem)
    for path in sorted(folder.glob(shard_name("[0-9]*"))):
        shards.setdefault(path.name, [])  # nothing of an episode that was removed may stay
    wanted = {}
    for name, stems in shards.items():
        key = key_of("".join(f"{stem} {keys[stem]}\n" for stem in stems).encode())
        if stems:
            wanted[name] = key
        if kept_key(folder / name) != key:
            said = [[stem, _vocabulary(folder / words_name(stem), keys[stem])] for stem in stems]
            yield name, keyed_script(name, said, key)
    yield PAGE, show_document(show, episodes, keys, wanted).encode()


@lru_cache(maxsize=SHARD)
def _vocabulary(path: Path, _key: str) -> str:
    """The words in a file with that key: of twenty episodes that come one after the other, each is read once."""
    return vocabulary_of(read_words(path))


__all__ = ["SHARD", "episode_page_files", "page_files"]
