#!/usr/bin/env python3
"""Holds the project's rules of style over the whole tree.

    check.py ROOT [--build BUILD_FOLDER]

Prints every breach as path:line: reason and fails if there is one. With a
build folder (its compile_commands.json says how to compile), headers are
also proved to be self-contained; see headers.py.
"""

import argparse
import os
import re
import sys

import cpp_scan
import headers

FOLDERS = ["schemas", "engine", "cep", "actors", "cluster", "tools"]
ENGINE = ["common", "columnar", "expr", "sql", "plan", "state", "operators",
          "formats", "connectors", "runtime", "serving"]
KNOWS_CAF = ("actors/", "cluster/", "tools/", "bench/", "tests/actors/",
             "tests/cluster/", "tests/tools/", "tests/sim/", "tests/system/",
             "tests/support/", "cmake/")
CHECKED = FOLDERS + ["tests", "bench", "examples"]
SKIPPED = {".git", ".deps", ".venv", ".cache", "build", "__pycache__",
           "node_modules"}

HEADER_LINES = 250
SOURCE_LINES = 400
FUNCTION_LINES = 70
COLUMNS = 80

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
TODO = re.compile(r"\bTODO\b(?!\(#\d+\): \S)")
# A folder of one machine, or a host that serves packages.
MACHINE_PATH = re.compile(r"(?<![\w.$}~/-])/(?:work|root|home/\w+)/")
REGISTRY = re.compile(
    r"\b(?:registry|repo1?|pypi|files|index|static|crates|deb|proxy)"
    r"\.(?:[a-z0-9-]+\.)*(?:org|com|io|net|dev)\b")


def files_under(root, folders):
    """Paths from root, sorted, of the files that belong to the project."""
    found = []
    for folder in folders:
        for where, names, files in os.walk(os.path.join(root, folder)):
            names[:] = [name for name in names if name not in SKIPPED]
            found += [os.path.relpath(os.path.join(where, name), root)
                      for name in files]
    return sorted(found)


def is_cpp(path):
    return path.endswith((".cpp", ".hpp"))


# -- one file ----------------------------------------------------------------

def order_breach(path, included):
    """Why `path` may not include the project's file `included`, or None."""
    here, there = path.split("/"), included.split("/")
    if there[0] not in CHECKED or len(there) < 2:
        return f'"{included}": include by the path from the root'
    if here[0] not in FOLDERS:
        return None
    if there[0] not in FOLDERS:
        return f'"{included}": {here[0]}/ may not include {there[0]}/'
    if FOLDERS.index(there[0]) > FOLDERS.index(here[0]):
        return f'"{included}": {here[0]}/ comes before {there[0]}/'
    if here[0] == there[0] == "engine" and len(here) > 2 and len(there) > 2:
        for part in (here[1], there[1]):
            if part not in ENGINE:
                return f"engine/{part}/ has no place in the order of folders"
        if ENGINE.index(there[1]) > ENGINE.index(here[1]):
            return (f'"{included}": engine/{here[1]}/ comes before '
                    f"engine/{there[1]}/")
    return None


def check_includes(path, lines):
    for number, line in enumerate(lines, 1):
        found = INCLUDE.match(line)
        if not found:
            continue
        bracket, included = found.groups()
        if included.startswith("caf/"):
            if not path.startswith(KNOWS_CAF):
                yield number, "only actors/, cluster/ and tools/ know CAF"
        elif bracket == '"':
            reason = order_breach(path, included)
            if reason:
                yield number, reason


def check_sizes(path, lines, text):
    limit = HEADER_LINES if path.endswith(".hpp") else SOURCE_LINES
    if len(lines) > limit:
        yield limit, f"{len(lines)} lines, at most {limit}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield number, f"{len(line)} columns, at most {COLUMNS}"
    for number, size in cpp_scan.functions(text):
        if size > FUNCTION_LINES:
            yield number, (f"function of {size} lines, at most "
                           f"{FUNCTION_LINES}")


def check_cpp(path, text):
    """Breaches in one C++ file, as (line, reason)."""
    lines = text.splitlines()
    yield from check_includes(path, lines)
    yield from check_sizes(path, lines, text)
    if path.endswith(".hpp") and "#pragma once" not in text:
        yield 1, "a header needs #pragma once"
    for number, line in enumerate(lines, 1):
        if TODO.search(line):
            yield number, "a TODO names its issue: TODO(#12): what is to do"


def check_text(text):
    """Breaches in any file of the project."""
    for number, line in enumerate(text.splitlines(), 1):
        if MACHINE_PATH.search(line):
            yield number, "a path that only one machine has"
        if REGISTRY.search(line):
            yield number, "a package registry's host; use its ordinary client"


# -- the tree ----------------------------------------------------------------

def check_listed(paths, read):
    """Every source belongs to a target: its name is in the CMakeLists.txt of
    its folder or of one above."""
    lists = {os.path.dirname(path): read(path) for path in paths
             if os.path.basename(path) == "CMakeLists.txt"}
    for path in paths:
        if not path.endswith(".cpp"):
            continue
        folder = os.path.dirname(path)
        while True:
            name = re.escape(os.path.relpath(path, folder or "."))
            if folder in lists and re.search(
                    rf"(?<![\w./-]){name}(?![\w./-])", lists[folder]):
                break
            if not folder:
                yield path, 1, "in no CMakeLists.txt"
                break
            folder = os.path.dirname(folder)


def check_names(paths, read):
    """No two types of one name that the linker takes for one: it would keep
    one's functions for both, without a word."""
    first = {}
    for path in paths:
        if not is_cpp(path) or path.split("/")[0] not in FOLDERS:
            continue
        for number, name in cpp_scan.types(read(path)):
            if name in first:
                yield path, number, f"{name} is also in {first[name]}"
            else:
                first[name] = f"{path}:{number}"


def check_tree(root):
    """All breaches as (path, line, reason), without compiling anything."""
    def read(path):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            return file.read()

    everything = files_under(root, ["."])
    for path in everything:
        try:
            text = read(path)
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # binary, or removed meanwhile
        for number, reason in check_text(text):
            yield path, number, reason
        if is_cpp(path) and path.split("/")[0] in CHECKED:
            for number, reason in check_cpp(path, text):
                yield path, number, reason
    paths = [path for path in everything
             if path.split("/")[0] in CHECKED or path == "CMakeLists.txt"]
    yield from check_listed(paths, read)
    yield from check_names(paths, read)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("root")
    parser.add_argument("--build", help="also compile the headers, with the "
                        "commands of this build folder")
    options = parser.parse_args()
    breaches = list(check_tree(options.root))
    if options.build:
        found = [path for path in files_under(options.root, CHECKED)
                 if path.endswith(".hpp")]
        breaches += headers.check(options.root, options.build, found)
    for path, number, reason in breaches:
        print(f"{path}:{number}: {reason}")
    print(f"style: {len(breaches)} breaches")
    return 1 if breaches else 0


if __name__ == "__main__":
    sys.exit(main())
