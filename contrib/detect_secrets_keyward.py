"""A plugin for detect-secrets that finds the keys of a service that uses Keyward, and Keyward's master keys.

    detect-secrets scan -p contrib/detect_secrets_keyward.py

The checksum in each key is compared, so that what is found is a key, and no placeholder or mistyped one. What is
written in base64, as in a Basic header or a Kubernetes secret, is looked into.
"""

import base64
import re
import string
import zlib

from detect_secrets.plugins.base import RegexBasedDetector

# Change this word if your service has its own brand.
BRAND = "kw"

DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase
CHECKSUM_LENGTH = 6

# Id, secret and checksum. In a look-ahead, so that matches can overlap: the checksum decides where a key ends.
KEY = re.compile(rf"(?=({BRAND}_(?:app|track)_[0-9A-Za-z]{{61}}))")
MASTER_KEY = re.compile(r"(?=(keyward_master_[0-9A-Za-z]{49}))")
# Long enough for the shortest key, in either alphabet of base64.
BASE64 = re.compile(r"[0-9A-Za-z+/_-]{80,}")


def checksum(body):
    """CRC-32 in base62, padded to six digits: what ends each text."""
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECKSUM_LENGTH):
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits


def is_genuine(text):
    return text.endswith(checksum(text[:-CHECKSUM_LENGTH]))


def plain(text, form):
    return filter(is_genuine, form.findall(text))


def encoded(text, form):
    """The runs of base64 with a text of this form in them. Where a run begins to mean something is not known."""
    for run in BASE64.findall(text):
        standard = run.replace("-", "+").replace("_", "/")
        for skipped in range(4):
            whole = standard[skipped:]
            decoded = base64.b64decode(whole[: len(whole) // 4 * 4] + tail(whole)).decode("latin-1")
            if any(plain(decoded, form)):
                yield run
                break


def tail(text):
    """The characters after the last full group of four, with their padding. A single one means nothing."""
    rest = text[len(text) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


class KeywardKeyDetector(RegexBasedDetector):
    """App tokens and Track API keys."""

    secret_type = "Keyward key"
    denylist = (KEY,)

    def analyze_string(self, string):
        yield from plain(string, KEY)
        yield from encoded(string, KEY)


class KeywardMasterKeyDetector(RegexBasedDetector):
    """Master keys: with the store, they open everything."""

    secret_type = "Keyward master key"
    denylist = (MASTER_KEY,)

    def analyze_string(self, string):
        yield from plain(string, MASTER_KEY)
        yield from encoded(string, MASTER_KEY)
