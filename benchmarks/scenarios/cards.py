"""Sealing and opening a card record, beside the same cryptography called in a loop."""

import os
from collections.abc import Callable, Iterator

from benchmarks.bench import Bench
from benchmarks.measure import Figure, Round
from benchmarks.scenarios.books import for_a_while

NAME = "cards"
PLAIN = b'{"n":"4242424242424242","m":12,"y":2031}'


def figures(bench: Bench) -> Iterator[Figure]:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM
    from cryptography.hazmat.primitives.hashes import SHA512
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    from common.secrets import Secret
    from vault.safe.envelope import facts, seal, unseal

    key, about = Secret(os.urandom(32)), facts("a record", "of nobody")
    record = seal(PLAIN, key=key, about=about)

    def bare_seal() -> None:
        salt, nonce = os.urandom(32), os.urandom(12)
        both = HKDF(algorithm=SHA512(), length=64, salt=salt, info=b"bare").derive(key.reveal())
        AESGCM(both[:32]).encrypt(nonce, PLAIN.ljust(64), about)

    salt, nonce = os.urandom(32), os.urandom(12)
    both = HKDF(algorithm=SHA512(), length=64, salt=salt, info=b"bare").derive(key.reveal())
    sealed = AESGCM(both[:32]).encrypt(nonce, PLAIN.ljust(64), about)

    def bare_open() -> None:
        both = HKDF(algorithm=SHA512(), length=64, salt=salt, info=b"bare").derive(key.reveal())
        AESGCM(both[:32]).decrypt(nonce, sealed, about)

    works: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("seal a card", lambda: seal(PLAIN, key=key, about=about), bare_seal),
        ("open a card", lambda: unseal(record, key=key, about=about), bare_open),
    ]
    for name, ours, bare in works:

        def a_while(once: Callable[[], object]) -> Callable[[], Round]:
            return lambda: for_a_while(once, seconds=bench.seconds / 4)

        yield bench.alternate(Figure(name, "cards/s", goal="≥ 50 %"), a_while(ours), a_while(bare))
