"""Values of SQL cases in one notation, and answers to compare with.

A column of an answer is `double` (compared to 12 digits: sums depend on the
order), `exact` (every digit counts, trailing zeros do not) or `text`. DuckDB
says which; of an answer that a file gives, the text of its values does.
"""

import base64
import collections
import datetime
import decimal
import json
import re

NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][-+]?\d+)?|-?\.\d+")
MOMENT = re.compile(r"((\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d)(\.\d+)?")
DIGITS = 12


def cell(text):
    return None if text == "\\N" else text


def cells(line):
    return tuple(cell(x) for x in line.split("|"))


def nested(value):
    """JSON whose numbers are texts in one notation."""
    if isinstance(value, dict):
        return {str(k): nested(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [nested(x) for x in value]
    text = plain(value)
    return text if text is None else exact(text)


def plain(value):
    """The text of a value of Herald's JSON or of DuckDB's Python."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime.timedelta):
        return str(value // datetime.timedelta(milliseconds=1))
    if isinstance(value, (bytes, bytearray)):
        return base64.b64encode(value).decode()
    if isinstance(value, (list, dict)):
        return json.dumps(nested(value), sort_keys=True, ensure_ascii=False)
    return str(value)


def rounded(text):
    """Doubles in one notation, to 12 digits."""
    try:
        return format(float(text) + 0.0, f".{DIGITS}g")
    except ValueError:
        return text


def exact(text):
    """A number or a time without the zeros behind its fraction."""
    if NUMBER.fullmatch(text):
        number = decimal.Decimal(text)
        return format(number.normalize(EXACT), "f") if number else "0"
    moment = MOMENT.fullmatch(text)
    if moment:
        return moment[1] + (moment[3] or "").rstrip("0").rstrip(".")
    return text


EXACT = decimal.Context(prec=100)
FORMS = {"double": rounded, "exact": exact, "text": str}


def canonical(row, kinds):
    return tuple(x if x is None else FORMS[kind](x)
                 for x, kind in zip(row, kinds, strict=True))


def kind_of(texts):
    """What the values of a column in a file are."""
    texts = [x for x in texts if x is not None]
    if all(MOMENT.fullmatch(x) for x in texts):
        return "exact"
    if not all(NUMBER.fullmatch(x) or x in ("NaN", "Infinity", "-Infinity")
               for x in texts):
        return "text"
    fractions = any(not re.fullmatch(r"-?\d+", x) for x in texts)
    short = all(len(re.sub(r"[eE].*|\D", "", x)) <= DIGITS for x in texts)
    return "double" if fractions and short else "exact"


class Answer:
    """The rows of a result, in any order."""

    def __init__(self, kinds, rows):
        self.kinds = kinds
        self.rows = collections.Counter(canonical(x, kinds) for x in rows)

    @classmethod
    def of_lines(cls, lines):
        rows = [cells(x) for x in lines]
        return cls([kind_of(x) for x in zip(*rows, strict=True)], rows)

    @classmethod
    def of_duckdb(cls, connection, text):
        done = connection.execute(text)
        kinds = [duckdb_kind(str(x[1])) for x in done.description]
        return cls(kinds, [tuple(plain(x) for x in row)
                           for row in done.fetchall()])

    def wrong(self, changes):
        """What is wrong with a result, a list of (op, texts), or None. A row
        can only be taken back after it was given."""
        rows = collections.Counter()
        for op, values in changes:
            if self.kinds and len(values) != len(self.kinds):
                return f"{len(values)} columns instead of {len(self.kinds)}"
            row = canonical(values, self.kinds or ["text"] * len(values))
            rows[row] += 1 if op in ("+I", "+U") else -1
            if rows[row] < 0:
                return f"{op} of {row}, which is not there"
        if rows - self.rows or self.rows - rows:
            return (f"missing {dict(self.rows - rows)}, "
                    f"too many {dict(rows - self.rows)}")
        return None


def final_rows(changes):
    """The rows that (op, row) lead to."""
    rows = []
    for op, row in changes:
        if op in ("+I", "+U"):
            rows.append(row)
        else:
            rows.remove(row)
    return rows


def duckdb_kind(name):
    if name in ("DOUBLE", "FLOAT"):
        return "double"
    return "text" if name == "VARCHAR" else "exact"
