"""What the user hands in, once files of links are replaced by what they lead to."""

from __future__ import annotations

from collections.abc import Sequence

from pipeline.errors import SourceUnsupported


def expanded(sources: Sequence[str]) -> list[str]:
    """Every source once; in place of a shortcut or a list of addresses, those. Raises ``SourceError``."""
    from pipeline.ingest.links import addresses_in

    found: list[str] = []
    for source in sources:
        addresses = addresses_in(source)
        found.extend([source] if addresses is None else addresses)
    return list(dict.fromkeys(found))


def single(source: str) -> str:
    """One source, or the address that it leads to. Raises ``SourceUnsupported`` for a list of several."""
    found = expanded([source])
    if len(found) > 1:
        raise SourceUnsupported(f"{source} names {len(found)} addresses: inspect one of them at a time.")
    return found[0]


__all__ = ["expanded", "single"]
