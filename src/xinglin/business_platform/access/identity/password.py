"""Passwords by argon2id, taking the same time for a name that nobody has."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from xinglin.foundation.errors import Category, XinglinError

SHORTEST_CHARACTERS = 12
_LONGEST_CHARACTERS = 256
_FEWEST_DIFFERENT = 5
_AT_A_TIME = 2


class Passwords:
    """argon2id with RFC 9106's second recommendation (64 MiB, 3 passes); two at a time in a process, so that guessers
    fill neither memory nor cores."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._turn = asyncio.Semaphore(_AT_A_TIME)
        self._nobodys: str | None = None

    async def hashed(self, password: str, login: str | None) -> str:
        """What is kept of a new password. Raises INVALID for one that is soon guessed (NIST SP 800-63B-4 §3.1.1)."""
        simple = len(set(password)) < _FEWEST_DIFFERENT or (login is not None and login in password.lower())
        if not SHORTEST_CHARACTERS <= len(password) <= _LONGEST_CHARACTERS or simple:
            raise XinglinError(
                Category.INVALID,
                f"A password needs {SHORTEST_CHARACTERS} characters or more, 5 different ones, and not the sign-in"
                " name in it; a sentence is good.",
                f"密码至少 {SHORTEST_CHARACTERS} 个字符，其中不同字符不少于 5 个，且不含登录名；建议使用一句话",
                expression="password",
            )
        async with self._turn:
            return await asyncio.to_thread(self._hasher.hash, password)

    async def right(self, hash_: str | None, password: str) -> bool:
        """Whether ``password`` is the one; as slow, and False, where there is none."""
        async with self._turn:
            if self._nobodys is None:
                self._nobodys = await asyncio.to_thread(self._hasher.hash, secrets.token_urlsafe())
            matches = await asyncio.to_thread(self._matches, hash_ or self._nobodys, password[:_LONGEST_CHARACTERS])
        return matches and hash_ is not None

    def _matches(self, hash_: str, password: str) -> bool:
        try:
            return self._hasher.verify(hash_, password)
        except (VerifyMismatchError, InvalidHashError):
            return False
