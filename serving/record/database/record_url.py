"""Show where a record is without showing its secrets, however its URL is mistyped."""

import re

from sqlalchemy import URL

PASSWORD = re.compile(r"(://[^:/@]*):.*@", re.DOTALL)
# A URL that lacks its slashes has a password all the same.
BARE_PASSWORD = re.compile(r"(^[^:]*):.*@", re.DOTALL)
SECRET = re.compile(r"([?&][\w.-]*(?:pass|pwd|secret|token|key)[\w.-]*=)[^&]*", re.IGNORECASE)


def without_secrets(url: str) -> str:
    """Return a database URL as it may be shown, however it is mistyped."""
    password = PASSWORD if "://" in url else BARE_PASSWORD
    return SECRET.sub(r"\1***", password.sub(r"\1:***@", url))


def shown(url: URL) -> str:
    """Return a URL that was read as it may be shown."""
    return without_secrets(url.render_as_string(hide_password=False))


def said_of(url: URL, error: BaseException) -> str:
    """Return what a driver says in one line, without the password that it may repeat."""
    said = " ".join(str(error).split())
    is_telling = url.password and len(str(url.password)) > 2
    return said.replace(str(url.password), "***") if is_telling else said
