"""The categories that directories of podcasts know: those of Apple Podcasts, which the others took over."""

from __future__ import annotations

import difflib

from pipeline.errors import SettingsError

DEFAULT = ("Education", "")

CATEGORIES: dict[str, tuple[str, ...]] = {
    "Arts": ("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"),
    "Business": ("Careers", "Entrepreneurship", "Investing", "Management", "Marketing", "Non-Profit"),
    "Comedy": ("Comedy Interviews", "Improv", "Stand-Up"),
    "Education": ("Courses", "How To", "Language Learning", "Self-Improvement"),
    "Fiction": ("Comedy Fiction", "Drama", "Science Fiction"),
    "Government": (),
    "Health & Fitness": (
        "Alternative Health",
        "Fitness",
        "Medicine",
        "Mental Health",
        "Nutrition",
        "Sexuality",
    ),
    "History": (),
    "Kids & Family": ("Education for Kids", "Parenting", "Pets & Animals", "Stories for Kids"),
    "Leisure": (
        "Animation & Manga",
        "Automotive",
        "Aviation",
        "Crafts",
        "Games",
        "Hobbies",
        "Home & Garden",
        "Video Games",
    ),
    "Music": ("Music Commentary", "Music History", "Music Interviews"),
    "News": (
        "Business News",
        "Daily News",
        "Entertainment News",
        "News Commentary",
        "Politics",
        "Sports News",
        "Tech News",
    ),
    "Religion & Spirituality": (
        "Buddhism",
        "Christianity",
        "Hinduism",
        "Islam",
        "Judaism",
        "Religion",
        "Spirituality",
    ),
    "Science": (
        "Astronomy",
        "Chemistry",
        "Earth Sciences",
        "Life Sciences",
        "Mathematics",
        "Natural Sciences",
        "Nature",
        "Physics",
        "Social Sciences",
    ),
    "Society & Culture": (
        "Documentary",
        "Personal Journals",
        "Philosophy",
        "Places & Travel",
        "Relationships",
    ),
    "Sports": (
        "Baseball",
        "Basketball",
        "Cricket",
        "Fantasy Sports",
        "Football",
        "Golf",
        "Hockey",
        "Rugby",
        "Running",
        "Soccer",
        "Swimming",
        "Tennis",
        "Volleyball",
        "Wilderness",
        "Wrestling",
    ),
    "Technology": (),
    "True Crime": (),
    "TV & Film": ("After Shows", "Film History", "Film Interviews", "Film Reviews", "TV Reviews"),
}
"""Apple Podcasts for Creators, "Apple Podcasts categories"."""


def parse_category(text: str) -> tuple[str, str]:
    """``Category`` or ``Category > Subcategory`` as the two names, in Apple's spelling; the second may be empty.

    A subcategory alone is found, too. Raises ``SettingsError`` at one that is not in the list.
    """
    if not text.strip():
        return DEFAULT
    first, _, second = (part.strip() for part in text.partition(">"))
    known = {name.casefold(): (name, "") for name in CATEGORIES}
    below = {sub.casefold(): (name, sub) for name, subs in CATEGORIES.items() for sub in subs}
    if not second:
        if found := known.get(first.casefold()) or below.get(first.casefold()):
            return found
        raise _unknown(text, [*CATEGORIES, *(sub for _, sub in below.values())])
    main = known.get(first.casefold())
    if main is None:
        raise _unknown(text, list(CATEGORIES))
    if (found := below.get(second.casefold())) and found[0] == main[0]:
        return found
    raise _unknown(text, [f"{main[0]} > {sub}" for sub in CATEGORIES[main[0]]] or [main[0]])


def _unknown(text: str, choices: list[str]) -> SettingsError:
    folded = {choice.casefold(): choice for choice in choices}
    near = difflib.get_close_matches(text.strip().casefold(), folded, n=3, cutoff=0.3)
    named = ", ".join(f"'{folded[choice]}'" for choice in near) or ", ".join(choices[:4])
    return SettingsError(f"'{text.strip()}' is not a category of Apple Podcasts: choose for example {named}.")
