"""Computes the fixed vectors of src/secrets and src/domain/encoding/tests/vectors.rs without any of the crate's code.

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
BRAND = "kw"
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


def id_check(drawn):
    """The last three characters of a credential id, under the key of ids 00 01 .. 0f."""
    value, digits = int.from_bytes(hmac.new(bytes(range(16)), drawn.encode(), "sha256").digest()[:4], "big"), ""
    for _ in range(3):
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits


def import_id(algorithm, name, part, foreign_hash):
    """The id of an imported credential, under the same key."""
    parts = b"".join(struct.pack(">I", len(part)) + part.encode() for part in (algorithm, name, part))
    code = hmac.new(bytes(range(16)), b"keyward/v1/import\0" + parts + foreign_hash, "sha256").digest()
    value, digits = int.from_bytes(code[:16], "big"), ""
    for _ in range(12):
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits


def subkey(label, length=32):
    return HKDF(SHA256(), length, salt=None, info=label.encode()).derive(KEY.encode())


def digest(kind):
    mac = hmac.new(subkey(f"keyward/v1/digest/{BRAND}/{kind}"), ID + SECRET, hashlib.sha256)
    return b"\x01" + key_id + mac.digest()


def seal():
    prefix = BRAND.encode().ljust(16, b"\0") + b"track".ljust(16, b"\0")
    place = b"\x01" + key_id + prefix + ID + struct.pack(">I", GENERATION) + WORKSPACE
    return b"\x01" + key_id + NONCE + xchacha_encrypt(SECRET, place, NONCE, subkey("keyward/v1/seal"))


def slow_hash(kind, memory, passes, lanes, salt):
    message = f"keyward/v1/slow/{BRAND}/{kind}/".encode() + ID + SECRET
    return hash_secret(message, salt, passes, memory, lanes, 32, Type.ID).decode()


def field(number, content):
    if isinstance(content, str):
        content = content.encode()
    return bytes([number]) + struct.pack(">I", len(content)) + content


def u32(number, value):
    return field(number, struct.pack(">I", value))


def u64(number, value):
    return field(number, struct.pack(">Q", value))


def time(number, second):
    return field(number, struct.pack(">q", second * 1_000_000))


def tag(record_type, fields, event=False, version=1):
    label, epoch = ("keyward/v1/event", 0) if event else ("keyward/v1/record/3", 3)
    mac = hmac.new(subkey(label), bytes([version, record_type]) + fields, hashlib.sha256)
    return (bytes([version]) + key_id + struct.pack(">I", epoch) + mac.digest()).hex()


def generation(number, sealed=True):
    digest, seal = bytes([1]) + bytes([number]) * 40, bytes([1]) + bytes([number]) * 91
    hashed = slow_hash("app", 8, 1, 1, SALT)
    fields = u32(1, number) + time(2, number) + field(3, hashed) + field(4, digest)
    return fields + (field(5, seal) if sealed else b"") + field(6, BRAND)


def account_fields():
    return field(1, "acme") + u64(2, 3) + time(3, 1) + field(4, "closed") + field(5, b"\x01" * 16)


def ruled_account_fields():
    rules = u32(1, 5) + u32(2, 1) + u32(3, 2) + u32(4, 3) + u32(5, 4)
    return account_fields() + field(6, rules) + field(7, b"\x01" * 16 + b"\x02" * 16)


def closed_account_fields():
    return account_fields() + field(8, "report") + time(9, 2)


def workspace_fields():
    connection = field(1, "custom:Export") + field(2, ID) + time(3, 3)
    entries = (field(1, "10.0.0.0/8") + time(2, 4), field(1, "2001:db8::/32") + time(2, 5))
    fields = field(1, "shop") + field(2, "acme") + field(3, "Shop") + time(4, 1) + time(5, 2)
    fields += u64(6, 4) + u32(7, 5) + u32(8, 1) + field(9, connection)
    fields += b"".join(field(10, entry) for entry in entries)
    return fields + field(11, b"\x02" * 16) + field(12, b"\x01" * 16)


def credential_fields(kind):
    track = kind == "track"
    fields = field(1, ID) + field(2, "acme") + field(3, "shop") + field(4, kind) + field(5, "primary") + time(6, 1)
    fields += field(7, field(1, "admin") + field(2, "ada")) + u64(8, 6) + field(9, generation(2, track))
    if track:
        fields += field(10, field(1, generation(1)) + time(2, 7))
        fields += field(11, time(1, 8) + time(2, 9)) + time(12, 10) + time(13, 11)
    return fields + field(14, b"\x02" * 16)


def granted_fields():
    """Two scopes, two networks, two labels and a member as the owner."""
    scopes = b"".join(field(1, field(1, name)) for name in ("read:people", "send:email"))
    networks = b"".join(field(2, field(1, network)) for network in ("10.0.0.0/8", "2001:db8::/32"))
    labels = b"".join(field(3, field(1, name) + field(2, value)) for name, value in (("env", "prod"), ("team", "")))
    return credential_fields("app") + field(15, field(1, scopes) + networks + labels + field(4, "bob"))


def outline_fields(subject):
    return field(1, b"\x01" * 16) + time(2, 1) + field(3, "acme") + field(4, subject)


def event_fields(subject, action):
    return outline_fields(subject) + field(5, field(1, "admin") + field(2, "ada")) + field(6, action)


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

for drawn in ("abcdefghi", "000000000", "zyxwvutsr"):
    print("credential id", drawn + id_check(drawn))

imported = b"acme_0123456789abcdef"
print("imported id", import_id("sha256", "", "", hashlib.sha256(imported).digest()))
print("imported id", import_id("sha512", "", "", hashlib.sha512(imported).digest()))
print("imported id", import_id("hmac-sha256", "", "", hmac.new(b"pepper", imported, "sha256").digest()))
print("imported id", import_id("sha256", "", "17", hashlib.sha256(imported).digest()))
print("imported id", import_id("custom", "own", "", b"\7" * 16))
print("imported id", import_id("salted", "own", "acme", b""))

workspace, credential = field(1, "shop"), field(1, "shop") + field(2, ID)
networks = b"".join(field(2, field(1, network)) for network in ("10.0.0.0/8", "2001:db8::/32"))
print("ACCOUNT", tag(1, account_fields()))
print("RULED_ACCOUNT", tag(1, ruled_account_fields(), version=2))
print("CLOSED_ACCOUNT", tag(1, closed_account_fields(), version=2))
print("WORKSPACE", tag(2, workspace_fields()))
print("CREDENTIAL", tag(3, credential_fields("track")))
print("APP_CREDENTIAL", tag(3, credential_fields("app")))
print("GRANTED", tag(3, granted_fields(), version=2))
print("NOTHING", tag(3, credential_fields("app") + field(15, field(1, b"")), version=2))
print("OUTLINE", tag(4, outline_fields(credential), event=True))
print("EVENT", tag(5, event_fields(credential, field(1, b"\x04")), event=True))
print("ALLOWED", tag(5, event_fields(workspace, field(1, b"\x11") + networks + u32(3, 2)), event=True))
