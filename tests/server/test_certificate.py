"""HTTPS from the node's own authority: a device that trusts it connects, no other does."""

from __future__ import annotations

import asyncio
import ssl
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509

from xinglin.server.certificate import ensure_certificate, qr_text

NAMES = ["127.0.0.1", "localhost", "node.hospital.example"]


async def shake_hands(folder: Path, trusted: Path | None, name: str) -> str:
    """What a client that trusts ``trusted`` reads from a server with the folder's certificate."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(folder / "server.pem", folder / "server.key")

    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write("杏林".encode())
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=serving)
    async with server:
        client = ssl.create_default_context(cafile=trusted)
        client.verify_flags |= ssl.VERIFY_X509_STRICT
        reader, writer = await asyncio.open_connection(
            *server.sockets[0].getsockname(), ssl=client, server_hostname=name
        )
        text = (await reader.read()).decode()
        writer.close()
        return text


def read(file: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate(file.read_bytes())


@pytest.mark.parametrize("name", NAMES)
async def test_a_device_that_trusts_the_authority_connects_by_each_name(tmp_path: Path, name: str) -> None:
    ensure_certificate(tmp_path, NAMES)
    assert await shake_hands(tmp_path, tmp_path / "ca.pem", name) == "杏林"


async def test_a_device_that_does_not_trust_the_authority_refuses(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(tmp_path, None, "localhost")


async def test_a_device_refuses_the_certificate_under_another_name(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES)
    with pytest.raises(ssl.SSLCertVerificationError):
        await shake_hands(tmp_path, tmp_path / "ca.pem", "other.example")


def test_keys_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    ensure_certificate(tmp_path / "certificate", NAMES)
    for key in ("ca.key", "server.key"):
        assert stat.S_IMODE((tmp_path / "certificate" / key).stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "certificate").stat().st_mode) == 0o700


def test_browsers_accept_how_long_it_is_valid(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES)
    leaf = read(tmp_path / "server.pem")
    assert leaf.not_valid_after_utc - leaf.not_valid_before_utc <= timedelta(days=398)


def test_a_second_start_keeps_everything(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES)
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    ensure_certificate(tmp_path, NAMES[:1])
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before


async def test_near_its_end_it_is_renewed_by_the_same_authority(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, NAMES, now=datetime.now(UTC) - timedelta(days=380))
    authority, old = (tmp_path / "ca.pem").read_bytes(), read(tmp_path / "server.pem")
    ensure_certificate(tmp_path, NAMES)
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert read(tmp_path / "server.pem").not_valid_after_utc > old.not_valid_after_utc + timedelta(days=300)
    assert await shake_hands(tmp_path, tmp_path / "ca.pem", "localhost") == "杏林"


async def test_a_new_address_gets_a_new_certificate_from_the_same_authority(tmp_path: Path) -> None:
    ensure_certificate(tmp_path, ["localhost"])
    authority = (tmp_path / "ca.pem").read_bytes()
    ensure_certificate(tmp_path, ["localhost", "127.0.0.2"])
    assert (tmp_path / "ca.pem").read_bytes() == authority
    assert await shake_hands(tmp_path, tmp_path / "ca.pem", "127.0.0.2") == "杏林"


def test_the_qr_code_is_drawn_for_a_terminal() -> None:
    url = "https://192.0.2.7:8642/sign-in#abcdefghijklmnopqrstuvwxyz"
    assert len(qr_text(url).splitlines()) > 15
    assert qr_text(url) != qr_text(f"{url}0")
