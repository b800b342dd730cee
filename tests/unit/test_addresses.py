"""Passwords put into addresses, and addresses shown without them."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.addresses import broker_address, is_secret, shown, with_password
from storage.settings import describe_settings


@pytest.mark.parametrize(
    ("url", "whole"),
    [
        ("redis://broker:6379/0", "redis://:a%2Fb%40c@broker:6379/0"),
        ("redis://me@broker", "redis://me:a%2Fb%40c@broker"),
        ("redis://me:own@broker/1", "redis://me:own@broker/1"),
        ("redis://:own@broker/1", "redis://:own@broker/1"),
        ("redis+socket:///run/x.sock?virtual_host=0", "redis+socket:///run/x.sock?virtual_host=0"),
        ("postgresql://me@db/v?sslmode=require", "postgresql://me:a%2Fb%40c@db/v?sslmode=require"),
        ("postgresql+psycopg://me@/v?host=/tmp", "postgresql+psycopg://me:a%2Fb%40c@/v?host=/tmp"),
        ("sqlite:////home/me/catalog.db", "sqlite:////home/me/catalog.db"),
        ("", ""),
    ],
)
def test_a_password_goes_where_there_is_none(url: str, whole: str) -> None:
    assert with_password(url, "a/b@c") == whole
    assert with_password(whole, "another") == whole
    assert with_password(url, "") == url


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("redis://h/0", "redis://h/0"),
        ("rediss://h", "rediss://h?ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_ca_certs=/a/b.pem", "rediss://h/0?ssl_ca_certs=/a/b.pem&ssl_cert_reqs=required"),
        ("rediss://h/0?ssl_cert_reqs=CERT_NONE", "rediss://h/0?ssl_cert_reqs=none"),
        ("rediss://h/0?ssl_cert_reqs=optional", "rediss://h/0?ssl_cert_reqs=optional"),
    ],
)
def test_tls_proves_who_the_server_is_unless_told_otherwise(given: str, understood: str) -> None:
    assert broker_address(given, "") == understood
    assert broker_address(understood, "") == understood


@given(st.text(min_size=4, max_size=40), st.sampled_from(["", "me"]))
def test_whatever_the_password_is_it_arrives_and_is_not_shown(password: str, user: str) -> None:
    password = password.encode("utf-8", "ignore").decode()
    secret = f"{password}-s3cr3t"
    url = with_password(f"redis://{user}{'@' if user else ''}host:6379/0", secret)
    assert unquote(urlsplit(url).password or "") == secret
    assert urlsplit(url).hostname == "host"
    assert "s3cr3t" not in shown(f"It is at {url}, and nowhere else.")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("redis://:p@ss:w0rd@h:6379/0", "redis://:***@h:6379/0"),
        ("see http://h:80/path and https://me:x@h2/", "see http://h:80/path and https://me:***@h2/"),
        (
            "postgresql://h/db?user=me&password=x&sslmode=require",
            "postgresql://h/db?user=me&password=***&sslmode=require",
        ),
        ("https://h/?X-Token=abc", "https://h/?X-Token=***"),
        ("/home/me/books:@x", "/home/me/books:@x"),
    ],
)
def test_what_is_shown_has_no_secret(text: str, said: str) -> None:
    assert shown(text) == said


def test_secret_settings_are_known_by_their_names() -> None:
    secret = {info.key for info in describe_settings() if is_secret(info.key)}
    assert {"broker_password", "catalog_password", "blob_password", "reading.password"} <= secret
    assert all("password" in key or "token" in key or "secret" in key for key in secret)
    assert not any(is_secret(key) for key in ("broker_url", "blob_user", "flower_user"))
