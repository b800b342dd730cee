"""Ways in between a client and a server: shut for a while, or through TLS."""

from __future__ import annotations

import datetime
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec


@dataclass
class Door:
    """A port that leads to another one while it is open; who comes while it is shut is sent away."""

    port: int
    opened: threading.Event = field(default_factory=threading.Event)


@contextmanager
def door(to: int, tls: ssl.SSLContext | None = None) -> Iterator[Door]:
    """A door to a port of this host, shut at first; with ``tls`` it speaks TLS to those who come."""
    listener = socket.create_server(("127.0.0.1", 0))
    made = Door(listener.getsockname()[1])
    threads: list[threading.Thread] = []
    sockets: list[socket.socket] = []

    def pump(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
        for end in (source, target):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def let_in(client: socket.socket) -> None:
        try:
            inside = tls.wrap_socket(client, server_side=True) if tls else client
        except (ssl.SSLError, OSError):
            client.close()
            return
        server = socket.create_connection(("127.0.0.1", to))
        sockets.extend((inside, server))
        back = threading.Thread(target=pump, args=(server, inside))
        threads.append(back)
        back.start()
        pump(inside, server)

    def serve() -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            if not made.opened.is_set():
                client.close()
                continue
            thread = threading.Thread(target=let_in, args=(client,))
            threads.append(thread)
            thread.start()

    main = threading.Thread(target=serve)
    main.start()
    try:
        yield made
    finally:
        with closing(listener):
            listener.shutdown(socket.SHUT_RDWR)
        main.join()
        for end in sockets:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        for thread in threads:
            thread.join()
        for end in sockets:
            end.close()


def certificate(folder: Path, name: str = "localhost") -> tuple[Path, ssl.SSLContext]:
    """A new authority's certificate, as a file, and a server of ``name`` that it vouches for."""
    now = datetime.datetime.now(datetime.UTC)
    keys = [ec.generate_private_key(ec.SECP256R1()) for _ in range(2)]
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "an authority")])

    def build(subject: x509.Name, key: ec.EllipticCurvePrivateKey, *, is_authority: bool) -> x509.Certificate:
        names = [x509.DNSName(name), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(issuer)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - datetime.timedelta(days=1))
            .not_valid_after(now + datetime.timedelta(days=1))
            .add_extension(x509.BasicConstraints(ca=is_authority, path_length=None), critical=True)
            .add_extension(x509.SubjectAlternativeName(names), critical=False)
            .sign(keys[0], hashes.SHA256())
        )

    pem = serialization.Encoding.PEM
    authority, own = folder / "authority.pem", folder / "server.pem"
    authority.write_bytes(build(issuer, keys[0], is_authority=True).public_bytes(pem))
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    private = keys[1].private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    own.write_bytes(private + build(subject, keys[1], is_authority=False).public_bytes(pem))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(own)
    return authority, context
