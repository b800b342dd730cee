"""Which addresses are fetched."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from time import monotonic

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import AddressRefused, FetchError
from pipeline.ingest.fetch_address import is_public, parse, permitted, redirected, system_resolver

PUBLIC = "93.184.216.34"


def answering(*addresses: str):
    def resolve(_host: str, _port: int) -> Sequence[str]:
        return addresses

    return resolve


def check(url: str, *addresses: str, allow: tuple[str, ...] = ()) -> list[str]:
    return [ip.compressed for ip in permitted(parse(url), allow, answering(*addresses), monotonic() + 5)]


@pytest.mark.parametrize(
    "address",
    [
        "0.0.0.0",
        "10.1.2.3",
        "100.64.0.1",
        "127.0.0.1",
        "127.8.8.8",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.1",
        "192.0.2.1",
        "192.88.99.1",
        "192.168.1.1",
        "198.18.0.1",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a00:1",
        "64:ff9b:1::1",
        "2001:db8::1",
        "2001::1",
        "2002:7f00:1::",
        "fc00::1",
        "fd12:3456::1",
        "fe80::1",
        "fec0::1",
        "ff02::1",
    ],
)
def test_private_and_reserved_addresses_are_refused(address: str) -> None:
    assert not is_public(ipaddress.ip_address(address))
    with pytest.raises(AddressRefused):
        check("http://public.example/", address)


@pytest.mark.parametrize(
    "address", [PUBLIC, "1.1.1.1", "2606:4700:4700::1111", "::ffff:101:101", "64:ff9b::101:101"]
)
def test_public_addresses_are_permitted(address: str) -> None:
    assert check("http://public.example/", address) == [address]


def test_of_several_addresses_only_the_public_ones_are_left() -> None:
    assert check("http://mixed.example/", "10.0.0.1", PUBLIC, "::1") == [PUBLIC]


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0177.0.0.1/",
        "http://127.1/",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[::ffff:7f00:1]/",
        "http://0/",
        "http://localhost/",
    ],
)
def test_loopback_is_found_in_every_writing(url: str) -> None:
    with pytest.raises(FetchError):
        permitted(parse(url), (), system_resolver, monotonic() + 5)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://public.example/",
        "file:///etc/passwd",
        "gopher://public.example/",
        "http://",
        "http:///path",
        "http://user:secret@public.example/",
        "http://public.example/ path",
        "http://public.example/\r\nX-Injected: 1",
        "http://public.example:99999/",
        "http://exa mple/",
        "http://a\u0000b/",
        "http://[::1",
        "http://" + "a" * 9000,
        "http://" + "ä" * 200 + ".example/",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(AddressRefused):
        parse(url)


def test_a_password_in_an_address_is_not_repeated() -> None:
    with pytest.raises(AddressRefused) as raised:
        parse("http://user:secret@public.example/")
    assert "secret" not in str(raised.value)


def test_ports_of_other_services_are_refused() -> None:
    with pytest.raises(AddressRefused, match="25"):
        check("http://public.example:25/", PUBLIC)
    assert check("http://public.example:8080/", PUBLIC) == [PUBLIC]


@pytest.mark.parametrize(
    ("allow", "url", "address"),
    [
        (("127.0.0.0/8",), "http://one.example:81/", "127.0.0.1"),
        (("127.0.0.1",), "http://one.example/", "::ffff:7f00:1"),
        (("wiki.home",), "http://WIKI.home/", "10.0.0.5"),
        (("fd00::/8",), "http://one.example/", "fd00::5"),
    ],
)
def test_what_the_operator_allows_is_permitted(allow: tuple[str, ...], url: str, address: str) -> None:
    assert check(url, address, allow=allow) == [address]


@pytest.mark.parametrize(
    ("allow", "url", "address"),
    [
        (("wiki.home",), "http://wiki.home.evil.example/", "10.0.0.5"),
        (("wiki.home",), "http://other.home/", "10.0.0.5"),
        (("10.0.0.0/24",), "http://one.example/", "10.0.1.5"),
    ],
)
def test_and_nothing_else(allow: tuple[str, ...], url: str, address: str) -> None:
    with pytest.raises(AddressRefused):
        check(url, address, allow=allow)


def test_redirects_are_followed_to_web_addresses_only() -> None:
    here = parse("https://one.example/a/b?c#d")
    assert here.url == "https://one.example/a/b?c"
    assert redirected(here, "../x y/ä").url == "https://one.example/x%20y/%C3%A4"
    assert redirected(here, "//two.example:444/").host_header == "two.example:444"
    with pytest.raises(AddressRefused):
        redirected(here, "file:///etc/passwd")


def test_names_beyond_ascii_are_encoded() -> None:
    assert parse("https://bücher.example/straße").url == "https://xn--bcher-kva.example/stra%C3%9Fe"


def test_a_name_without_an_address_is_told() -> None:
    def resolve(host: str, port: int) -> Sequence[str]:
        raise OSError("no such name")

    with pytest.raises(FetchError, match=r"no host nowhere\.example"):
        permitted(parse("http://nowhere.example/"), (), resolve, monotonic() + 5)


@given(st.integers(0, 2**32 - 1))
def test_an_address_is_not_made_public_by_writing_it_as_ipv6(number: int) -> None:
    plain = ipaddress.IPv4Address(number)
    mapped = ipaddress.IPv6Address(f"::ffff:{plain}")
    translated = ipaddress.IPv6Address(int(ipaddress.IPv6Address("64:ff9b::")) + number)
    assert is_public(mapped) == is_public(translated) == is_public(plain)
    assert not is_public(plain) or plain.is_global
