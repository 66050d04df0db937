"""The node's own certificate authority, the certificate it serves HTTPS with, and the QR code of its address."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

_AUTHORITY_DAYS = 3650
_LEAF_DAYS = 397  # browsers refuse 398 and more (CA/Browser Forum Baseline Requirements 6.3.2)
_RENEW_DAYS = 30
_CLOCK_SLACK = timedelta(hours=1)


def ensure_certificate(folder: Path, names: Sequence[str], now: datetime | None = None) -> None:
    """A valid ``server.pem`` and ``server.key`` for ``names`` in ``folder``, signed by its ``ca.pem``.

    ``names`` are host names and IP addresses. What is there is kept while it covers them and has a month to
    go; the authority is kept as long as it can sign, since devices trust it. Keys are readable by their owner
    alone. Raises ``OSError`` when the folder cannot be written.
    """
    from cryptography import x509

    now = now or datetime.now(UTC)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    authority, key = _authority(folder, now)
    file = folder / "server.pem"
    if file.is_file() and (folder / "server.key").is_file():
        leaf = x509.load_pem_x509_certificate(file.read_bytes())
        fresh = leaf.not_valid_after_utc - now > timedelta(days=_RENEW_DAYS)
        if fresh and leaf.issuer == authority.subject and set(names) <= _names_of(leaf) and _signed(leaf, authority):
            return
    leaf_key, leaf = _make_leaf(authority, key, names, now)
    _write_key(folder / "server.key", leaf_key)
    _write(file, _pem(leaf) + _pem(authority), 0o644)


def qr_text(url: str) -> str:
    """``url`` as a QR code made of characters, for a terminal."""
    import segno

    drawn = StringIO()
    segno.make(url, error="m").terminal(drawn, compact=True)
    return drawn.getvalue()


def _authority(folder: Path, now: datetime) -> tuple[x509.Certificate, EllipticCurvePrivateKey]:
    from cryptography import x509
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    certificate_file, key_file = folder / "ca.pem", folder / "ca.key"
    if certificate_file.is_file() and key_file.is_file():
        certificate = x509.load_pem_x509_certificate(certificate_file.read_bytes())
        if certificate.not_valid_after_utc - now > timedelta(days=_LEAF_DAYS):
            kept = load_pem_private_key(key_file.read_bytes(), None)
            assert isinstance(kept, ec.EllipticCurvePrivateKey)
            return certificate, kept
    key, certificate = _make_authority(now)
    _write_key(key_file, key)
    _write(certificate_file, _pem(certificate), 0o644)
    return certificate, key


def _make_authority(now: datetime) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    key = ec.generate_private_key(ec.SECP256R1())
    serial = x509.random_serial_number()
    name = _subject(f"Xinglin node {serial:040x}"[:26])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), serial)
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + timedelta(days=_AUTHORITY_DAYS))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs_certificates=True), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return key, certificate


def _make_leaf(
    authority: x509.Certificate, authority_key: EllipticCurvePrivateKey, names: Sequence[str], now: datetime
) -> tuple[EllipticCurvePrivateKey, x509.Certificate]:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import ExtendedKeyUsageOID

    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        x509.CertificateBuilder(authority.subject, _subject(names[0]), key.public_key(), x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SLACK)
        .not_valid_after(now + timedelta(days=_LEAF_DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.SubjectAlternativeName([_general_name(name) for name in names]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()), critical=False)
        .sign(authority_key, hashes.SHA256())
    )
    return key, certificate


def _signed(leaf: x509.Certificate, authority: x509.Certificate) -> bool:
    try:
        leaf.verify_directly_issued_by(authority)
    except Exception:  # a signature that does not fit is told by one of several exceptions
        return False
    return True


def _usage(*, signs_certificates: bool) -> x509.KeyUsage:
    from cryptography import x509

    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _subject(name: str) -> x509.Name:
    from cryptography import x509

    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name[:64])])


def _general_name(name: str) -> x509.GeneralName:
    from cryptography import x509

    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _names_of(certificate: x509.Certificate) -> set[str]:
    from cryptography import x509

    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    addresses = names.get_values_for_type(x509.IPAddress)
    return {*names.get_values_for_type(x509.DNSName), *(str(address) for address in addresses)}


def _pem(certificate: x509.Certificate) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding

    return certificate.public_bytes(Encoding.PEM)


def _write_key(file: Path, key: EllipticCurvePrivateKey) -> None:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    _write(file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), 0o600)


def _write(file: Path, content: bytes, mode: int) -> None:
    fresh = file.with_name(f"{file.name}.new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(content)
        handle.flush()
        os.fsync(handle.fileno())
    fresh.replace(file)
