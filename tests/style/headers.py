"""Proves that every header compiles alone.

A header that is the first include of the source of the same name is proved
by the build. The others are compiled here, with -fsyntax-only, in parallel;
what was proved is kept in the build folder under a hash of the header and of
all project files that it includes.
"""

import concurrent.futures
import hashlib
import json
import os
import re
import shlex
import subprocess

INCLUDE = re.compile(r'^\s*#\s*include\s*"([^"]+)"', re.MULTILINE)
FIRST_INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]', re.MULTILINE)


def check(root, build, paths):
    """Breaches of the headers in `paths`, as (path, line, reason)."""
    flags, compiler = _commands(build)
    cache = os.path.join(build, "header_check")
    os.makedirs(cache, exist_ok=True)
    todo = [path for path in paths if not proved_by_source(root, path)]
    workers = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        results = pool.map(
            lambda path: _compile(root, build, path, compiler, flags, cache),
            todo)
        return [breach for breach in results if breach]


def proved_by_source(root, header):
    """Is the header the first include of its own source?"""
    source = os.path.join(root, header[:-len(".hpp")] + ".cpp")
    try:
        with open(source, encoding="utf-8") as file:
            first = FIRST_INCLUDE.search(file.read())
    except FileNotFoundError:
        return False
    return first is not None and first[1] == header


def _commands(build):
    """How the project compiles: the union of its include folders and
    definitions, and the compiler."""
    with open(os.path.join(build, "compile_commands.json"),
              encoding="utf-8") as file:
        entries = json.load(file)
    flags, compiler = {}, "c++"
    for entry in entries:
        if not entry["file"].endswith(".cpp"):
            continue
        words = shlex.split(entry["command"])
        compiler = next(word for word in words
                        if re.search(r"(c|g|clang)\+\+[-\d]*$", word))
        for at, word in enumerate(words):
            if word == "-isystem":
                flags[f"-isystem{words[at + 1]}"] = None
            elif word.startswith(("-I", "-D", "-std=")):
                flags[word] = None
    return list(flags), compiler


def _compile(root, build, header, compiler, flags, cache):
    key = _hash(root, build, header, [compiler, *flags])
    proof = os.path.join(cache, key)
    if os.path.exists(proof):
        return None
    run = subprocess.run(
        [compiler, *flags, "-fsyntax-only", "-x", "c++",
         "-include", header, "/dev/null"],
        cwd=root, capture_output=True, text=True, check=False)
    if run.returncode == 0:
        open(proof, "w", encoding="utf-8").close()
        return None
    reason = next((line for line in run.stderr.splitlines()
                   if "error:" in line), run.stderr.strip()[:200])
    return header, 1, f"does not compile alone: {reason}"


def _hash(root, build, header, flags):
    """Of the header and, once each, of all that it includes."""
    digest = hashlib.sha256("\n".join(flags).encode())
    todo, seen = [header], set()
    while todo:
        path = todo.pop()
        if path in seen:
            continue
        seen.add(path)
        for folder in (root, os.path.join(build, "generated")):
            try:
                with open(os.path.join(folder, path), "rb") as file:
                    content = file.read()
            except FileNotFoundError:
                continue
            digest.update(content)
            todo += INCLUDE.findall(content.decode("utf-8", "replace"))
    return digest.hexdigest()
