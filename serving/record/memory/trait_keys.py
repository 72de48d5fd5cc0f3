"""Write traits as keyed hashes: what is looked up by holds no name, and is another in each record."""

import hashlib
import hmac
import secrets
from collections.abc import Iterable

from sqlalchemy import Connection, insert, select
from sqlalchemy.exc import IntegrityError

from serving.memory.trait import Trait
from serving.record.database.database import Database
from serving.record.tables import MEMORY_SECRETS

# The one row; its name is what two workers that draw a secret at once clash on.
_NAME, _SECRET_BYTES, _KEY_BYTES = "traits", 32, 8


class TraitKeys:
    """The secret of one record, by which its traits are hashed; drawn when the first decision is kept."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def key_of(self, trait: Trait) -> int:
        """Return what stands for a trait: 64 bits, as much as a column of whole numbers holds."""
        told = f"{trait.kind.value}\n{trait.text}".encode("utf-8", "surrogatepass")
        digest = hmac.digest(self._secret, told, hashlib.sha256)
        return int.from_bytes(digest[:_KEY_BYTES], signed=True)

    def keys_of(self, traits: Iterable[Trait]) -> list[int]:
        """Return the keys of some traits, each once."""
        return list(dict.fromkeys(map(self.key_of, traits)))


def read_keys(connection: Connection) -> TraitKeys | None:
    """Return how the traits of a record are hashed; None where none was kept yet."""
    secret = connection.execute(select(MEMORY_SECRETS.c.secret)).scalar_one_or_none()
    return TraitKeys(bytes.fromhex(secret)) if secret else None


def draw_keys(connection: Connection) -> TraitKeys:
    """Draw the secret of a record that has none."""
    secret = secrets.token_bytes(_SECRET_BYTES)
    connection.execute(insert(MEMORY_SECRETS), {"name": _NAME, "secret": secret.hex()})
    return TraitKeys(secret)


def ensure_keys(database: Database) -> TraitKeys:
    """Return how the traits of a record are hashed, and draw the secret where there is none."""
    with database.connect() as connection:
        keys = read_keys(connection)
    if keys is not None:
        return keys
    try:
        with database.begin() as connection:
            return draw_keys(connection)
    except IntegrityError:
        # Another worker was faster.
        return ensure_keys(database)
