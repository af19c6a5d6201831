"""Templates that a desk writes itself: text with names and conditions, and nothing that can run.

Jinja2's sandbox, and of its language only what takes no longer than the template is: names,
``{% if %}`` with comparisons, and a few filters. There are no loops, calls or assignments, so a
template ends for every input. What was filled in is never read again.
"""

from collections.abc import Iterator, Mapping

from jinja2 import StrictUndefined, TemplateError, TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

Values = Mapping[str, object]

_FILTERS = ("default", "d", "upper", "lower", "title", "capitalize", "trim")
_ALLOWED = (
    nodes.Template,
    nodes.Output,
    nodes.TemplateData,
    nodes.Name,
    nodes.Getattr,
    nodes.Const,
    nodes.If,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Filter,
    nodes.Keyword,
)
_LONGEST_CONSTANT = 1_000
MOST_NAMES = 100


class BadTemplate(ValueError):
    """A template that cannot be used. The message is a sentence that says where and why."""


class Template:
    """A template, read once. names: what it may ask for, such as ``ticket.number``; html: whether
    what is filled in is escaped. Raises BadTemplate."""

    def __init__(self, source: str, names: Mapping[str, str], *, html: bool = False) -> None:
        environment = _HTML if html else _TEXT
        try:
            tree = environment.parse(source)
        except TemplateSyntaxError as error:
            raise BadTemplate(f"Line {error.lineno}: {_sentence(error.message)}") from error
        except RecursionError as error:
            raise BadTemplate("It is nested too deeply.") from error
        _check(tree, names)
        try:
            self._template = environment.from_string(source)
        except (TemplateError, RecursionError, SyntaxError) as error:
            raise BadTemplate(f"It cannot be used: {type(error).__name__}.") from error

    def fill(self, values: Values) -> str:
        """The text for these values, by name; one that is missing counts as empty."""
        known: dict[str, object] = {}
        for name, value in values.items():
            group, dot, field = name.partition(".")
            if dot:
                part = known.setdefault(group, {})
                assert isinstance(part, dict)
                part[field] = value
            else:
                known[name] = value
        return self._template.render(known)


def _check(tree: nodes.Template, names: Mapping[str, str]) -> None:
    for node in _all(tree):
        if not isinstance(node, _ALLOWED):
            what = type(node).__name__.lower()
            raise BadTemplate(
                f"Line {node.lineno}: {what} is not possible here; templates know names in double "
                "braces, {% if %} with comparisons, and the filters " + ", ".join(_FILTERS) + "."
            )
        match node:
            case nodes.Filter(name=name) if name not in _FILTERS:
                known = ", ".join(_FILTERS)
                raise BadTemplate(f"Line {node.lineno}: there is no filter {name}, only {known}.")
            case nodes.Const(value=value) if len(str(value)) > _LONGEST_CONSTANT:
                raise BadTemplate(f"Line {node.lineno}: this value is too long.")
    for count, (name, line) in enumerate(_asked(tree), 1):
        if count > MOST_NAMES:
            raise BadTemplate(f"It asks for more than {MOST_NAMES} values; make it shorter.")
        if name not in names:
            raise BadTemplate(
                f"Line {line}: there is no {name}; choose from {', '.join(sorted(names))}."
            )


def _all(node: nodes.Node) -> Iterator[nodes.Node]:
    waiting = [node]
    while waiting:
        one = waiting.pop()
        yield one
        waiting += one.iter_child_nodes()


def _asked(tree: nodes.Node) -> Iterator[tuple[str, int]]:
    """What it asks for, by its whole name, and in which line."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, nodes.Getattr) and isinstance(node.node, nodes.Name):
            yield f"{node.node.name}.{node.attr}", node.lineno
        elif isinstance(node, nodes.Getattr):
            yield f"….{node.attr}", node.lineno
        elif isinstance(node, nodes.Name):
            yield node.name, node.lineno
        else:
            waiting += node.iter_child_nodes()


def _sentence(message: str | None) -> str:
    words = (message or "this cannot be read").strip().rstrip(".")
    return f"{words[:1].lower()}{words[1:]}."


def _environment(html: bool) -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(
        autoescape=html,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=0,
    )


_TEXT, _HTML = _environment(False), _environment(True)
