"""The door with TLS: the same words, sealed; plain text gets no answer."""

from __future__ import annotations

import asyncio
import datetime
import ssl
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from tests.gateways.conftest import Gateway
from tests.gateways.hl7v2.wire import FS_CR, PID, VT, Wire, message, msh

from xinglin.gateways.hl7v2.settings import Hl7v2Settings


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "door")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    (folder / "door.pem").write_bytes(made.public_bytes(pem))
    (folder / "door.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return folder / "door.pem", folder / "door.key"


@pytest.fixture
async def gateway_settings(certificate: tuple[Path, Path]) -> Hl7v2Settings:
    return Hl7v2Settings(port=0, tls_certificate=str(certificate[0]), tls_key=str(certificate[1]), idle_seconds=5)


async def test_a_message_over_tls_is_acknowledged_and_plain_text_is_not(
    gateway: Gateway, certificate: tuple[Path, Path]
) -> None:
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    sealed = Wire(*await asyncio.open_connection("127.0.0.1", gateway.port, ssl=trusted))
    assert (await sealed.ask(message(msh("ADT^A08", "t1"), PID))).code == "AA"
    plain = await gateway.wire()
    await plain.say(VT + message(msh("ADT^A08", "t2"), PID) + FS_CR)
    with pytest.raises((asyncio.IncompleteReadError, ConnectionError, TimeoutError)):
        await plain.hear(10)
    assert (await sealed.ask(message(msh("ADT^A08", "t3"), PID))).code == "AA"
    rows = await gateway.rows("SELECT control_id FROM hl7_message ORDER BY id")
    assert [row["control_id"] for row in rows] == ["t1", "t3"]
