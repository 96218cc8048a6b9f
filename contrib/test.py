"""Shows that the scanners' rules in this folder find what README.md says, and nothing in this repository.

    pip install -r contrib/requirements.txt && python contrib/test.py [seed]

detect-secrets is run as its users run it. Of gitleaks and TruffleHog, the expressions are tried.
"""

import base64
import collections
import json
import math
import os
import pathlib
import random
import re
import string
import subprocess
import sys
import tempfile
import tomllib
import zlib

import yaml

HERE = pathlib.Path(__file__).parent
PLUGIN = HERE / "detect_secrets_keyward.py"
TYPES = {"Keyward key", "Keyward master key"}
DIGITS = string.digits + string.ascii_uppercase + string.ascii_lowercase


def basic(key):
    return base64.b64encode(f"a1B2c3D4e5F6:{key}".encode()).decode()


# The content of each file, with a key.
CONTEXTS = {
    "deploy.sh": lambda key: f"export API_KEY={key}; ./deploy --verbose",
    ".env": lambda key: f'API_KEY="{key}"',
    "config.json": lambda key: f'{{"api": {{"key": "{key}", "retries": 3}}}}',
    "values.yaml": lambda key: f"service:\n  apiKey: {key}\n  replicas: 2",
    "settings.toml": lambda key: f"[service]\napi_key = '{key}'",
    "links.txt": lambda key: f"https://api.example.com/v1/send?key={key}&to=all",
    "remotes.txt": lambda key: f"https://a1B2c3D4e5F6:{key}@track.example.com/api/v1",
    "bearer.http": lambda key: f"Authorization: Bearer {key}",
    "basic.http": lambda key: f"Authorization: Basic {basic(key)}",
    "secret.yaml": lambda key: f"kind: Secret\ndata:\n  key: {base64.urlsafe_b64encode(key.encode()).decode().rstrip('=')}",
    "letter.md": lambda key: f"Hello Bo, use {key}, and tell nobody. (It is `{key}`.)",
    "client.rs": lambda key: f'const KEY: &str = "{key}"; // TODO: take it out',
}


def checksum(body):
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(6):
        value, digit = divmod(value, 62)
        digits = DIGITS[digit] + digits
    return digits


def genuine(rng, prefix, length):
    body = prefix + "".join(rng.choices(DIGITS, k=length))
    return body + checksum(body)


def keys(rng, brand):
    """13 keys: 6 App tokens, 5 Track API keys, 2 master keys."""
    prefixes = [f"{brand}_app_"] * 6 + [f"{brand}_track_"] * 5
    return [genuine(rng, prefix, 55) for prefix in prefixes] + [genuine(rng, "keyward_master_", 43) for _ in range(2)]


def near_misses(rng):
    """What looks like a key and is none; with it, whether an expression alone takes it for one."""
    app, master = genuine(rng, "kw_app_", 55), genuine(rng, "keyward_master_", 43)
    other = DIGITS[(DIGITS.index(app[30]) + 1) % 62]
    return {
        app[:30] + other + app[31:]: True,
        master[:-1] + DIGITS[(DIGITS.index(master[-1]) + 1) % 62]: True,
        app[:-1]: False,
        genuine(rng, "other_app_", 55): False,
        genuine(rng, "kw_user_", 55): False,
        "kw_app_" + "x" * 61: False,
        app.upper(): False,
    }


def write(folder, texts):
    """One file for each text in each context."""
    for number, text in enumerate(texts):
        (folder / str(number)).mkdir()
        for name, context in CONTEXTS.items():
            (folder / str(number) / name).write_text(context(text) + "\n")


def names(count):
    return {f"{number}/{name}" for number in range(count) for name in CONTEXTS}


def run(*command, folder=HERE):
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def scan(folder, plugin, *arguments):
    """The files in which detect-secrets finds a key with the plugin, beside all of its own or alone."""
    printed = run("detect-secrets", "scan", "--no-verify", "-p", plugin, *arguments, folder=folder)
    results = json.loads(printed)["results"].items()
    return {file for file, finds in results if any(find["type"] in TYPES for find in finds)}


def expressions(brand="kw"):
    """The expressions of gitleaks and TruffleHog, with the entropy and the words that they ask for."""

    def text(name):
        return (HERE / name).read_text().replace("kw", brand)

    rules = tomllib.loads(text("gitleaks.toml"))["rules"]
    detectors = yaml.safe_load(text("trufflehog.yaml"))["detectors"]
    return {
        "gitleaks": [(rule["regex"], rule["entropy"], rule["keywords"]) for rule in rules],
        "TruffleHog": [(it["regex"]["key"], it["entropy"], it["keywords"]) for it in detectors],
    }


def entropy(text):
    counts = collections.Counter(text).values()
    return -sum(count / len(text) * math.log2(count / len(text)) for count in counts)


def matches(rules, text):
    return any(
        entropy(found[0]) >= least and any(word in text for word in keywords)
        for form, least, keywords in rules
        for found in re.finditer(form, text)
    )


def check(right, what, why=""):
    if not right:
        sys.exit(f"FAILED: {what} {why}")
    print(f"ok: {what}")


def detect_secrets_finds_every_key(rng):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        made = keys(rng, "kw")
        write(folder, made)
        expected, found = names(len(made)), scan(folder, PLUGIN, "--all-files", ".")
        missed = sorted(expected - found)
        check(found == expected, f"detect-secrets finds {len(made)} keys in {len(CONTEXTS)} contexts", missed)


def detect_secrets_finds_no_near_miss(rng):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        made = near_misses(rng)
        write(folder, made)
        found = sorted(scan(folder, PLUGIN, "--all-files", "."))
        check(not found, f"detect-secrets finds none of {len(made)} near misses in {len(CONTEXTS)} contexts", found)


def another_brand_is_one_word(rng):
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        text = PLUGIN.read_text()
        check(len(re.findall(r'\bkw\b', text)) == 1, "the plugin names the brand once")
        plugin = folder / "plugin.py"
        plugin.write_text(text.replace('"kw"', '"acme7"'))
        files = folder / "files"
        files.mkdir()
        made = keys(rng, "acme7") + keys(rng, "kw")[:11]
        write(files, made)
        check(scan(files, plugin, "--all-files", ".") == names(13), "with another brand it finds that brand's keys and no others")
    for name in ["gitleaks.toml", "trufflehog.yaml"]:
        check((HERE / name).read_text().count("kw") == 1, f"{name} names the brand once")
    for scanner, rules in expressions("acme7").items():
        wrong = [text for text in made if matches(rules, text) == text.startswith("kw")]
        check(not wrong, f"with another brand {scanner}'s expressions find that brand's keys and no others", wrong)


def expressions_find_what_is_not_encoded(rng):
    encoded = {"basic.http", "secret.yaml"}
    made = keys(rng, "kw")
    for scanner, rules in expressions().items():
        wrong = [
            (name, text)
            for name, context in CONTEXTS.items()
            for text in made
            if matches(rules, context(text)) == (name in encoded)
        ]
        check(not wrong, f"{scanner}'s expressions find {len(made)} keys in {len(CONTEXTS) - len(encoded)} contexts")
        wrong = [text for text, mistaken in near_misses(rng).items() if matches(rules, text) != mistaken]
        check(not wrong, f"{scanner}'s expressions take only mistyped keys for keys", wrong)


def this_repository_is_clean():
    root = HERE.parent
    files = [file for file in run("git", "ls-files", "-z", folder=root).split("\0") if (root / file).is_file()]
    check(len(files) > 300, f"the repository has {len(files)} files")
    others = run("detect-secrets", "scan", "--list-all-plugins").split()
    alone = [argument for name in others for argument in ("--disable-plugin", name)]
    found = sorted(scan(root, PLUGIN, *alone, *files))
    check(not found, f"detect-secrets finds no key in them", found)
    for scanner, rules in expressions().items():
        texts = ((file, (root / file).read_text(errors="replace")) for file in files)
        found = [file for file, text in texts if matches(rules, text)]
        check(not found, f"{scanner}'s expressions find no key in them", found)


def main():
    seed = int(sys.argv[1]) if len(sys.argv) > 1 else random.SystemRandom().randrange(2**32)
    print(f"seed: {seed}")
    os.environ["PATH"] = f"{pathlib.Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    rng = random.Random(seed)
    detect_secrets_finds_every_key(rng)
    detect_secrets_finds_no_near_miss(rng)
    another_brand_is_one_word(rng)
    expressions_find_what_is_not_encoded(rng)
    this_repository_is_clean()


main()
