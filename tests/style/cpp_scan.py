"""Reads C++ just well enough to measure it: no preprocessor, no types.

`blank` removes what could be mistaken for code; `functions` finds the bodies
of functions by their braces.
"""

import re

RAW_STRING = re.compile(r'(?:u8|[uUL])?R"([^()\\\s]{0,16})\(')
CHARACTER = re.compile(r"'(?:\\.[^'\n]*|[^'\\\n])'")
STRING = re.compile(r'"(?:\\.|[^"\\\n])*"')
DIRECTIVE = re.compile(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", re.MULTILINE)
# What may stand between a constructor's parameters and its initializers.
INITIALIZERS = re.compile(r"\)\s*(?:noexcept\b[^:{]*?)?:(?!:)")
TEMPLATE = re.compile(r"^\s*template\s*<")


def _spaces(text):
    return re.sub(r"[^\n]", " ", text)


def blank(source):
    """The same text, line for line and column for column, with comments,
    literals and preprocessor lines replaced by spaces."""
    out, at = [], 0
    while at < len(source):
        end = _end_of_literal(source, at)
        if end == at:
            out.append(source[at])
            at += 1
        else:
            out.append(_spaces(source[at:end]))
            at = end
    return DIRECTIVE.sub(lambda found: _spaces(found[0]), "".join(out))


def _end_of_literal(source, at):
    """Where the comment or literal that starts here ends; at, if none does."""
    here = source[at]
    if source.startswith("//", at):
        end = source.find("\n", at)
        return len(source) if end < 0 else end
    if source.startswith("/*", at):
        end = source.find("*/", at + 2)
        return len(source) if end < 0 else end + 2
    in_word = at > 0 and (source[at - 1].isalnum() or source[at - 1] == "_")
    if here in "uULR" and not in_word:
        raw = RAW_STRING.match(source, at)
        if raw:
            close = source.find(")" + raw[1] + '"', raw.end())
            return len(source) if close < 0 else close + len(raw[1]) + 2
    if here == '"':
        found = STRING.match(source, at)
        return found.end() if found else at
    if here == "'" and not in_word:  # in a word: 1'000'000
        found = CHARACTER.match(source, at)
        return found.end() if found else at
    return at


def functions(source):
    """Yields (line, lines) of each function's body, braces included; what is
    inside a function (lambdas, local classes) belongs to it."""
    text = blank(source)
    scopes = []  # "scope" for namespaces and classes, "value" for the rest
    head_from = at = 0
    while at < len(text):
        here = text[at]
        if here in ";}":
            if here == "}" and scopes and scopes.pop() == "value":
                at += 1  # an initializer: its declaration goes on
                continue
            head_from = at + 1
        elif here == "{":
            kind = _kind(text[head_from:at])
            if kind == "function":
                end = _closing(text, at)
                yield _line(text, at), text.count("\n", at, end) + 1
                head_from = at = end
                continue
            scopes.append(kind)
            if kind == "scope":
                head_from = at + 1
        at += 1


TYPE = re.compile(r"^\s*(?:class|struct|union|enum(?:\s+class)?)\s+"
                  r"(?:alignas\([^)]*\)\s*)?(\w+(?:::\w+)*)"
                  r"(?!\s*<)\s*(?:final\b\s*)?(?::(?!:)|$)")


def types(source):
    """Yields (line, name) of each type that is defined at a namespace's level
    and seen by the linker: name with its namespaces, as herald::sql::query."""
    text = blank(source)
    names = []  # of the open braces; None: not a named namespace
    head_from = 0
    for at, here in enumerate(text):
        if here == ";":
            head_from = at + 1
        elif here == "{":
            head = _without_template(text[head_from:at])
            words = re.findall(r"\w+", head)
            found = TYPE.match(head)
            if found and None not in names:
                yield _line(text, at), "::".join([*names, found[1]])
            named = words[:1] == ["namespace"] and len(words) > 1
            names.append("::".join(words[1:]) if named else None)
            head_from = at + 1
        elif here == "}":
            if names:
                names.pop()
            head_from = at + 1


def _kind(head):
    """What the brace after this head opens."""
    head = _without_template(head)
    words = re.findall(r"\w+", head)
    if not head.strip():
        return "value"
    if words and words[0] in ("namespace", "class", "struct", "union", "inline",
                              "extern", "export"):
        if "namespace" in words[:2] or words[0] in ("class", "struct", "union"):
            return "scope"
        if words == ["extern"]:
            return "scope"
    if words and words[0] == "enum":
        return "value"
    flat = _without_parentheses(head)
    if "()" not in flat or re.search(r"(?<![=!<>])=(?!=)", _no_operators(flat)):
        return "value"
    if INITIALIZERS.search(flat) and re.search(r"[\w>]\s*$", flat):
        return "value"  # a member's braces, not yet the body
    return "function"


def _without_parentheses(text):
    """foo(int (*)(), int x = 1) -> foo()"""
    out, depth = [], 0
    for here in text:
        if here == ")":
            depth -= 1
        if depth == 0:
            out.append(here)
        if here == "(":
            depth += 1
    return "".join(out)


def _without_template(head):
    """Drops access labels and `template <…>` from the front."""
    head = re.sub(r"^(\s*(?:public|protected|private)\s*:(?!:))+", "", head)
    while TEMPLATE.match(head):
        at, depth = head.index("<"), 0
        while at < len(head):
            depth += {"<": 1, ">": -1}.get(head[at], 0)
            at += 1
            if depth == 0:
                break
        head = head[at:]
        head = re.sub(r"^\s*requires\b[^{;]*?(?=\b(?:class|struct|union)\b)", "",
                      head)
    return head


def _no_operators(text):
    return re.sub(r"\boperator\s*[^\w\s(]+", "operator", text)


def _closing(text, at):
    """Just behind the brace that closes the one at `at`."""
    depth = 0
    for end in range(at, len(text)):
        depth += {"{": 1, "}": -1}.get(text[end], 0)
        if depth == 0:
            return end + 1
    return len(text)


def _line(text, at):
    return text.count("\n", 0, at) + 1
