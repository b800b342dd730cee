"""Addresses of servers: with the password that is kept elsewhere, and as they may be shown to anybody."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, quote, urlencode

_PARTS = re.compile(
    r"(?P<scheme>[A-Za-z][\w+.-]*)://(?P<place>[^/?#]*)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?"
)
_PASSWORD = re.compile(r"(://[^/?#@\s:]*:)\S+@")
_SECRET_OPTION = re.compile(r"(?i)([?&][\w.-]*(?:password|secret|token)[\w.-]*=)[^&\s]+")
HIDDEN = "***"
"""What stands where a secret is."""
_SECRET_NAMES = ("password", "secret", "token")
_TLS = "ssl_cert_reqs"
"""Option of a ``rediss://`` address. Without it Celery refuses the address, and kombu believes anybody's
certificate."""


def shown(text: str) -> str:
    """The address, or a text with addresses in it, without what is secret."""
    return _SECRET_OPTION.sub(rf"\1{HIDDEN}", _PASSWORD.sub(rf"\1{HIDDEN}@", text))


def is_secret(key: str) -> bool:
    """Whether the value of the setting of that dotted key may be shown to nobody: its name says so."""
    return key.endswith(_SECRET_NAMES)


def with_password(url: str, password: str) -> str:
    """``url`` with that password; one that it has already stays, and a socket's needs none.

    >>> with_password("redis://broker:6379/0", "a/b")
    'redis://:a%2Fb@broker:6379/0'
    """
    match = _PARTS.match(url)
    if not password or match is None or not match["place"]:
        return url
    user, _, host = match["place"].rpartition("@")
    if ":" in user:
        return url
    start = match.start("place")
    return f"{url[:start]}{user}:{quote(password, safe='')}@{host}{url[match.end('place') :]}"


def broker_address(url: str, password: str) -> str:
    """A Redis address as Celery, kombu and redis-py all understand it; TLS proves who the server is."""
    url = with_password(url, password)
    match = _PARTS.match(url)
    if match is None or match["scheme"] != "rediss":
        return url
    options = dict(parse_qsl(match["query"] or ""))
    given = options.get(_TLS, "required")
    options[_TLS] = given.lower().removeprefix("cert_")  # redis-py knows the short names only
    return f"{match['scheme']}://{match['place']}{match['path']}?{urlencode(options, safe='/')}"


__all__ = ["HIDDEN", "broker_address", "is_secret", "shown", "with_password"]
