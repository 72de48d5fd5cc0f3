"""Sign what is sent as Standard Webhooks 1.0 has it, so that a receiver knows that it is ours and whole."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
# What the specification allows, in bytes.
LEAST_BYTES, MOST_BYTES = 24, 64


class InvalidSecret(ValueError):
    """A text is no secret to sign with; the message never holds it."""


def read_secret(text: str) -> bytes:
    """Return the key in a text such as whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw; raises InvalidSecret."""
    try:
        key = base64.b64decode(text.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not text.startswith(PREFIX) or not LEAST_BYTES <= len(key) <= MOST_BYTES:
        raise InvalidSecret(
            f"a secret is {PREFIX} and the base64 of {LEAST_BYTES} to {MOST_BYTES} random bytes; "
            f"make one with echo {PREFIX}$(head -c 32 /dev/urandom | base64)"
        )
    return key


def signed_headers(message_id: str, at_s: int, body: bytes, keys: Sequence[bytes]) -> Mapping[str, str]:
    """Return the headers of one message, signed with each key, so that keys can be changed one by one."""
    content = f"{message_id}.{at_s}.".encode() + body
    signatures = (base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(at_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
