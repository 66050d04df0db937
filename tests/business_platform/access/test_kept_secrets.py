"""What of secrets lies in the database."""

from __future__ import annotations

from xinglin.foundation.database import Database

from .conftest import House
from .programs import TOKEN, registered_app


async def test_tokens_and_codes_are_kept_as_hashes(house: House, database: Database) -> None:
    app = await registered_app(house)
    code = (await app.answered(await house.signed_in("physician")))["code"]
    body = (await app.exchange(code)).body
    kept = ""
    async with database.connection() as connection:
        for table in ("access_code", "access_token", "access_session", "access_signing_key"):
            rows = await connection.fetch(f"SELECT t::text AS row FROM {table} t")
            kept += "".join(row["row"] for row in rows)
    assert not any(secret in kept for secret in (code, body["access_token"], body["refresh_token"]))
    assert TOKEN and '"d"' not in kept
