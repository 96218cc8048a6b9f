"""Computes the fixed vectors of src/secrets/golden.rs without any of the crate's code.

    pip install argon2-cffi cryptography pynacl && python tests/golden.py
"""

import hashlib
import hmac
import string
import struct
import zlib

from argon2.low_level import Type, hash_secret
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from nacl.bindings import crypto_aead_xchacha20poly1305_ietf_encrypt as xchacha_encrypt

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
KEY = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefg"
SECRET = b"zyxwvutsrqponmlkjihgfedcbaZYXWVUTSRQPONMLKJ"
ID = b"abcdefghijkl"
WORKSPACE = b"workspace-1"
GENERATION = 7
NONCE = bytes(range(24))
SALT = bytes(range(16))


def checksum(text):
    value, digits = zlib.crc32(text.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits


def subkey(label, length=32):
    return HKDF(SHA256(), length, salt=None, info=label.encode()).derive(KEY.encode())


def digest(kind):
    mac = hmac.new(subkey(f"keyward/v1/digest/{kind}"), ID + SECRET, hashlib.sha256)
    return b"\x01" + key_id + mac.digest()


def seal():
    place = b"\x01" + key_id + b"\x01" + ID + struct.pack(">I", GENERATION) + WORKSPACE
    return b"\x01" + key_id + NONCE + xchacha_encrypt(SECRET, place, NONCE, subkey("keyward/v1/seal/track"))


def slow_hash(kind, memory, passes, lanes, salt):
    message = f"keyward/v1/{kind}".encode() + ID + SECRET
    return hash_secret(message, salt, passes, memory, lanes, 32, Type.ID).decode()


text = "keyward_master_" + KEY
key_id = subkey("keyward/v1/id", 8)
print("master key", text + checksum(text))
print("master key id", key_id.hex())
print("digest app", digest("app").hex())
print("digest track", digest("track").hex())
print("seal", seal().hex())
print("slow hash app", slow_hash("app", 8, 1, 1, SALT))
print("slow hash track", slow_hash("track", 8, 1, 1, SALT))
print("slow hash app, other work", slow_hash("app", 64, 3, 4, bytes(range(32))))
