"""Resolves a project's requirements with pip for the enclave's platform, and fetches the wheels. Only wheels are used,
so nothing of a package is run here. The question and the answer are JSON on standard input and output.
"""

import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.parse
import urllib.request

GLIBC = 28
MOST_TEXT = 400
OFFLINE = re.compile(
    r"NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|Temporary failure in name resolution|Max retries exceeded"
    r"|Connection refused|ProxyError|SSLError"
)


class Refusal(Exception):
    def __init__(self, code, text):
        super().__init__(text)
        self.code = code


def pip(*arguments):
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--no-color", *arguments]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace")
    return done.returncode, done.stdout + "\n" + done.stderr


def platform(minor, machine):
    names = [f"manylinux_2_{i}_{machine}" for i in range(GLIBC, 4, -1)]
    names += [f"{old}_{machine}" for old in ("manylinux2014", "manylinux2010", "manylinux1", "linux")]
    options = ["--implementation", "cp", "--python-version", f"3.{minor}", "--only-binary=:all:"]
    for abi in (f"cp3{minor}", "abi3", "none"):
        options += ["--abi", abi]
    for name in names:
        options += ["--platform", name]
    return options


def resolve(question, folder):
    constraints = os.path.join(folder, "constraints.txt")
    report = os.path.join(folder, "report.json")
    with open(constraints, "w", encoding="utf-8") as file:
        file.writelines(f"{name}=={version}\n" for name, version in question["runtime"].items())
    fitting = platform(question["minor"], question["machine"])
    if os.path.isdir(question["wheels"]):
        fitting += ["--find-links", question["wheels"]]
    status, text = pip(
        "install", "--dry-run", "--ignore-installed", "--retries", "2", "--target", os.path.join(folder, "none"),
        *fitting, "--constraint", constraints, "--requirement", question["requirements"], "--report", report,
    )  # fmt: skip
    if status:
        raise explained(text, question, fitting)
    with open(report, encoding="utf-8") as file:
        found = json.load(file)["install"]
    own = {normal(name) for name in question["runtime"]}
    return [package(one) for one in found if normal(one["metadata"]["name"]) not in own]


def package(one):
    url = one["download_info"]["url"]
    digest = sha256(urllib.parse.urlsplit(url), one["download_info"].get("archive_info", {}))
    file = urllib.parse.unquote(urllib.parse.urlsplit(url).path.rpartition("/")[2])
    if not file.endswith(".whl") or digest is None:
        raise Refusal("requirement-sdist", f"{one['metadata']['name']} is no wheel with a SHA-256: {url}")
    return {"file": file, "url": url, "sha256": digest}


def sha256(url, archive):
    """What pip says it is; before pip 23.1 in another form, and of files nothing."""
    if "sha256" in archive.get("hashes", {}):
        return archive["hashes"]["sha256"]
    kind, _, digest = archive.get("hash", "").partition("=")
    if kind == "sha256":
        return digest
    if url.scheme == "file":
        with open(urllib.request.url2pathname(url.path), "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    return None


def explained(text, question, fitting):
    """What kind of failure pip's text tells of."""
    preinstalled = re.search(r"\(constraint\) ([A-Za-z0-9._-]+)==(\S+)", text)
    if "ResolutionImpossible" in text or "conflicting dependencies" in text:
        causes = text.partition("The conflict is caused by:")[2].partition("To fix this")[0]
        why = "; ".join(line.strip() for line in causes.splitlines() if line.strip())
        if preinstalled:
            whose = f"the runtime has {preinstalled[1]} {preinstalled[2]}, which can't be replaced"
            return Refusal("requirement-conflict", f"{whose}: {why.replace('(constraint) ', 'the runtime: ')}")
        return Refusal("requirement-conflict", f"the requirements contradict each other: {why}")
    if OFFLINE.search(text):
        return Refusal("requirement-network", "the package index can't be reached")
    wanted = re.search(r"No matching distribution found for ([^\s;(]+)", text)
    if wanted:
        return unmatched(wanted[1], text, question, fitting)
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.startswith("ERROR")] or lines[-2:] or ["it gave no reason"]
    invalid = "Invalid requirement" in text or "No such file" in text or "Could not open requirements" in text
    return Refusal("requirement-invalid" if invalid else "requirement-pip", "pip: " + " ".join(errors))


def unmatched(wanted, text, question, fitting):
    name = re.match(r"[A-Za-z0-9._-]*", wanted)[0]
    own = {normal(key): value for key, value in question["runtime"].items()}
    if normal(name) in own:
        whose = f"the runtime has {name} {own[normal(name)]}, which can't be replaced"
        return Refusal("requirement-conflict", f"{whose}, and {wanted} is asked for")
    _, said = pip("download", "-vv", "--no-deps", "--retries", "2", "--dest", os.devnull, *fitting, name)
    if OFFLINE.search(said):
        return Refusal("requirement-network", "the package index can't be reached")
    where = f"CPython 3.{question['minor']} on Linux {question['machine']}"
    versions = re.search(r"from versions: ([^)]*)\)", text)
    if versions and versions[1] != "none":
        there = versions[1] if len(versions[1]) < 200 else "... " + versions[1][-200:]
        return Refusal("requirement-unknown", f"there is no {wanted} for {where}; there are versions {there}")
    if "none of the wheel's tags" in said:
        return Refusal("requirement-platform", f"{name} has wheels, but none for {where}")
    sources = re.findall(r"No sources permitted for .*/([^/\s#]+)", said)
    if any(normal(file).startswith(normal(name) + "-") for file in sources):
        return Refusal("requirement-sdist", f"{name} comes as a source distribution only, and only wheels are used")
    if "requires a different Python" in said:
        return Refusal("requirement-platform", f"{name} is not for CPython 3.{question['minor']}")
    return Refusal("requirement-unknown", f"no index that was asked has a package {name}")


def fetch(packages, question, folder):
    into = os.path.join(folder, "fetched")
    wanted = os.path.join(folder, "wanted.txt")
    os.mkdir(into)
    with open(wanted, "w", encoding="utf-8") as file:
        for one in packages:
            name = one["file"].partition("-")[0]
            file.write(f"{name} @ {one['url'].partition('#')[0]} --hash=sha256:{one['sha256']}\n")
    if packages:
        status, text = pip(
            "download", "--quiet", "--no-deps", "--require-hashes", "--progress-bar", "off", "--retries", "2",
            *platform(question["minor"], question["machine"]), "--dest", into, "--requirement", wanted,
        )  # fmt: skip
        if status:
            raise explained(text, question, [])
    for one in packages:
        with open(os.path.join(into, one["file"]), "rb") as file:
            if hashlib.sha256(file.read()).hexdigest() != one["sha256"]:
                raise Refusal("requirement-pip", f"{one['file']} is not what the index said")
    keep(packages, question, into)


def keep(packages, question, into):
    """All is there: the wheels of the lock before go, the new ones come."""
    if packages:
        os.makedirs(question["wheels"], exist_ok=True)
    for old in question["previous"]:
        path = os.path.join(question["wheels"], old)
        if os.path.isfile(path):
            os.unlink(path)
    for one in packages:
        shutil.move(os.path.join(into, one["file"]), os.path.join(question["wheels"], one["file"]))
    if os.path.isdir(question["wheels"]) and not glob.glob(glob.escape(question["wheels"]) + "/*"):
        os.rmdir(question["wheels"])


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def main():
    question = json.load(sys.stdin)
    with tempfile.TemporaryDirectory(prefix="cloister-") as folder:
        try:
            packages = resolve(question, folder)
            fetch(packages, question, folder)
            answer = {"packages": [{"file": one["file"], "sha256": one["sha256"]} for one in packages]}
        except Refusal as refusal:
            answer = {"code": refusal.code, "text": ascii(str(refusal))[1:-1][:MOST_TEXT]}
    json.dump(answer, sys.stdout)


main()
