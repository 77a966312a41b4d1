"""The database and its roles, made before the first process needs them."""

from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

import psycopg
from psycopg import sql

from vaultpay.launch.refusals import LaunchRefused

APP: Final = "vaultpay_app"
"""What web, worker and relay are in the database: they own nothing, and see no ciphertext."""
SAFE: Final = "vaultpay_safe"
"""What the safe is in the database: it sees the vault's tables and little else."""


def make_database(server_url: str, name: str) -> None:
    """`server_url` leads to another database of the same server."""
    with psycopg.connect(server_url, autocommit=True) as owner:
        if owner.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            owner.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def make_role(owner_url: str, role: str, password: str) -> str:
    """Make the role, or give it this password; returns the URL with which it signs in."""
    try:
        with psycopg.connect(owner_url, autocommit=True, connect_timeout=5) as owner:
            known = owner.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role]).fetchone()
            words = "ALTER ROLE {} LOGIN PASSWORD {}" if known else "CREATE ROLE {} LOGIN PASSWORD {}"
            owner.execute(sql.SQL(words).format(sql.Identifier(role), sql.Literal(password)))
    except psycopg.errors.InsufficientPrivilege:
        raise LaunchRefused(
            f"The role in DATABASE_URL may not make the role {role}: make it by hand, and name it in "
            f"VAULTPAY_{role.removeprefix('vaultpay_').upper()}_DATABASE_URL."
        ) from None
    except psycopg.OperationalError as error:
        raise LaunchRefused(f"The database cannot be reached: {str(error).strip().splitlines()[0]}") from None
    return as_role(owner_url, role, password)


def as_role(url: str, role: str, password: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{role}:{quote(password, safe='')}@{host}"))
