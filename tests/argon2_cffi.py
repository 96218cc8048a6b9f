"""Argon2id by another implementation: Python's argon2-cffi, which is the reference implementation in C.

    pip install -r .ci/requirements.txt
    python tests/argon2_cffi.py         verifies what Keyward made, and what `make` made
    python tests/argon2_cffi.py make    prints the rows of phc_by_argon2_cffi.tsv
"""

import pathlib
import random
import string
import sys

from argon2 import PasswordHasher, Type
from argon2.exceptions import VerifyMismatchError
from argon2.low_level import hash_secret

VECTORS = pathlib.Path(__file__).parent / "vectors"
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def message(brand, kind, credential, secret):
    return f"keyward/v1/slow/{brand}/{kind}/{credential}{secret}".encode()


def made():
    """The same rows each time: other memory, passes, lanes, and lengths of salt."""
    rng = random.Random(9106)
    for number in range(24):
        brand, kind = (("kw", "app"), ("kw", "track"), ("acme", "live"))[number % 3]
        credential, secret = ("".join(rng.choices(DIGITS, k=length)) for length in (12, 43))
        passes, lanes = rng.randint(1, 4), rng.randint(1, 4)
        memory = 8 * lanes + rng.randint(0, 200)
        salt = rng.randbytes(rng.randint(8, 32))
        phc = hash_secret(message(brand, kind, credential, secret), salt, passes, memory, lanes, 32, Type.ID).decode()
        yield "\t".join([brand, kind, credential, secret, phc])


def verifies(phc, text):
    try:
        return PasswordHasher().verify(phc, text)
    except VerifyMismatchError:
        return False


def check(file):
    rows = (VECTORS / file).read_text().splitlines()
    for row in rows:
        brand, kind, credential, secret, phc = row.split("\t")
        other = "track" if kind == "app" else "app"
        wrong = [
            message(brand, other, credential, secret),
            message(brand + "x", kind, credential, secret),
            message(brand, kind, credential[::-1], secret),
            message(brand, kind, credential, secret[:-1] + DIGITS[(DIGITS.index(secret[-1]) + 1) % 62]),
        ]
        if not verifies(phc, message(brand, kind, credential, secret)) or any(verifies(phc, text) for text in wrong):
            sys.exit(f"FAILED: {file}: {row}")
    return rows


if sys.argv[1:] == ["make"]:
    print("\n".join(made()))
else:
    ours, theirs = check("phc_by_keyward.tsv"), check("phc_by_argon2_cffi.tsv")
    if len(ours) < 24 or theirs != list(made()):
        sys.exit("FAILED: the rows are not those that are made")
    print(f"ok: argon2-cffi verifies {len(ours)} slow hashes of Keyward's and {len(theirs)} of its own")
