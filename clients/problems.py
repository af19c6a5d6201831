"""Writes docs/reference/problems.md, every code with a sentence, from the code; --check on drift.

The gateway's own come with their examples; what the owners of tickets, contacts and setup refuse is
read from the source of their rules, which the gateway must not import.
"""

import argparse
import ast
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping

from libs.settings import CHECKOUT
from services.gateway.http.problem_examples import SENTENCES

PAGE = CHECKOUT / "docs" / "reference" / "problems.md"
RULES = CHECKOUT / "services" / "intake"
HEAD = """\
# Every code of a problem

What is no success is `application/problem+json` (RFC 9457):

```json
{"type": "urn:deskledger:problem:not_solved", "title": "Conflict", "status": 409,
 "code": "not_solved", "detail": "Only a solved ticket can be closed; solve it first.",
 "request_id": "019cab122f3a700080005f3a1c2b4d5e"}
```

Decide by `status` and `code`, which stay; show `detail`, which is for people and may be worded
anew. `errors` point at the field (`pointer`), `parameter` or `header` at fault. `…` stands for what
differs. Which command is refused with what: the rules of [tickets](tickets.md),
[messages](messages.md), [contacts](contacts.md) and [setup](setup.md). Written by `make docs`.
"""


def main() -> None:
    """Write the page, or compare it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    written = page()
    if not check:
        PAGE.write_text(written)
    elif not PAGE.exists() or PAGE.read_text() != written:
        sys.exit(f"{PAGE.relative_to(CHECKOUT)} is out of date: run `make docs` and commit it")


def page() -> str:
    """The page: by status, then by code."""
    by_status: dict[int, dict[str, str]] = defaultdict(dict)
    for code, (status, sentence) in refusals().items():
        by_status[status][code] = sentence
    for status, sentences in SENTENCES.items():
        by_status[status] |= sentences
    parts = [HEAD]
    for status, sentences in sorted(by_status.items()):
        rows = "\n".join(
            f"| `{code}` | {sentence.replace('|', chr(92) + '|')} |"
            for code, sentence in sorted(sentences.items())
        )
        parts.append(f"## {status}\n\n| code | detail |\n|---|---|\n{rows}\n")
    return "\n".join(parts)


def refusals() -> Mapping[str, tuple[int, str]]:
    """Status and sentence of every refusal of the rules, by code."""
    found: dict[str, tuple[int, str]] = {}
    for path in sorted(RULES.rglob("*.py")):
        for function in ast.walk(ast.parse(path.read_text())):
            if isinstance(function, ast.FunctionDef):
                for code, sentence, has_field in _refusals_in(function):
                    if found.get(code, (0, ""))[1] == "":
                        found[code] = (_status(code, has_field), sentence)
    return found


def _refusals_in(function: ast.FunctionDef) -> Iterator[tuple[str, str, bool]]:
    said = {
        target.id: node.value
        for node in ast.walk(function)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Refusal":
            code, sentence, *field = node.args
            if isinstance(code, ast.Constant):
                if isinstance(sentence, ast.Name):
                    sentence = said.get(sentence.id, sentence)
                yield str(code.value), _words(sentence), bool(field)


def _words(sentence: ast.expr) -> str:
    """What it says, with … for what it is told."""
    match sentence:
        case ast.Constant():
            return str(sentence.value)
        case ast.JoinedStr():
            return "".join(map(_words, sentence.values))
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _words(left) + _words(right)
        case _:
            return "…"


def _status(code: str, has_field: bool) -> int:
    """As the gateway answers it (http/outcomes.py)."""
    if code == "changed_meanwhile":
        return 412
    if code.startswith("no_such_"):
        return 404
    return 422 if has_field else 409


if __name__ == "__main__":
    main()
