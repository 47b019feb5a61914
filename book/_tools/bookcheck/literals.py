"""Whether a value in a page's code was computed, or typed.

Follows names through all cells of the page: a name is typed if everything that is ever assigned to
it, or appended to it, is typed.
"""

import ast
from collections.abc import Iterable

from dlbook_site.cells import parsed

from bookcheck.page import Page

# Calls that only wrap or repeat their arguments.
WRAPPERS = {
    *(
        "array",
        "asarray",
        "tensor",
        "as_tensor",
        "full",
        "zeros",
        "ones",
        "repeat",
        "tile",
        "arange",
    ),
    *("linspace", "list", "tuple", "float", "int", "bool", "range", "sorted", "reversed", "round"),
    *("copy", "tolist", "item", "Interval", "concatenate", "stack", "mean_interval"),
}
MODULES = {"np", "numpy", "torch", "math", "statistics"}
GROWING = {"append", "extend", "insert", "add"}


class Bindings:
    """What the cells of a page assign to each name."""

    def __init__(self, page: Page) -> None:
        """Read every cell of ``page``."""
        self.values: dict[str, list[ast.expr | None]] = {}
        self.returns: dict[str, list[ast.expr | None]] = {}
        for cell in page.cells:
            for node in ast.walk(parsed(cell.code) or ast.Module([], [])):
                self._note(node)

    def typed(self, node: ast.AST | None, seen: frozenset[str] = frozenset()) -> bool:
        """Tell whether a value is typed rather than computed."""
        if isinstance(node, ast.Constant):
            return node.value is not None
        if isinstance(node, ast.Name):
            if node.id in seen:
                return True  # only its own old value: x = x + 1
            values = [v for v in self.values.get(node.id, [None]) if not _is_empty(v)]
            return bool(values) and self._all(values, seen | {node.id})
        if isinstance(node, (ast.List, ast.Tuple, ast.Set)):
            return self._all(node.elts, seen)
        if isinstance(node, ast.Dict):
            return self._all(node.values, seen)
        if isinstance(node, ast.UnaryOp):
            return self.typed(node.operand, seen)
        if isinstance(node, ast.BinOp):
            return self._all((node.left, node.right), seen)
        if isinstance(node, ast.IfExp):
            return self._all((node.body, node.orelse), seen)
        if isinstance(node, (ast.Subscript, ast.Starred)):
            return self.typed(node.value, seen)
        if isinstance(node, (ast.ListComp, ast.GeneratorExp, ast.SetComp)):
            return self.typed(node.elt, seen)
        if isinstance(node, ast.Call):
            return self._typed_call(node, seen)
        return False

    def _all(self, nodes: Iterable[ast.AST | None], seen: frozenset[str]) -> bool:
        """Tell whether all of these are typed."""
        return all(self.typed(node, seen) for node in nodes)

    def _typed_call(self, call: ast.Call, seen: frozenset[str]) -> bool:
        """Tell whether a call only hands typed values on."""
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        arguments = [*call.args, *(keyword.value for keyword in call.keywords)]
        owner = getattr(call.func, "value", None)
        if owner is not None and getattr(owner, "id", "") not in MODULES:
            arguments.append(owner)
        if name in self.returns and name not in seen:
            return self._all(self.returns[name], seen | {name})
        return name in WRAPPERS and self._all(arguments, seen)

    def _note(self, node: ast.AST) -> None:
        """Note what a statement or a call binds."""
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value)
        elif isinstance(node, (ast.AnnAssign, ast.NamedExpr, ast.AugAssign)):
            if node.value is not None:
                self._bind(node.target, node.value)
        elif isinstance(node, (ast.For, ast.comprehension)):
            self._bind(node.target, None)
        elif isinstance(node, ast.withitem) and node.optional_vars is not None:
            self._bind(node.optional_vars, None)
        elif isinstance(node, ast.FunctionDef):
            inner = [n for n in ast.walk(node) if isinstance(n, ast.Return)]
            self.returns.setdefault(node.name, []).extend(n.value for n in inner)
            for argument in node.args.args + node.args.kwonlyargs:
                self._bind(ast.Name(argument.arg), None)
        elif isinstance(node, ast.Call) and node.args:
            owner = getattr(node.func, "value", None)
            if getattr(node.func, "attr", "") in GROWING and isinstance(owner, ast.Name):
                self.values.setdefault(owner.id, []).append(node.args[-1])

    def _bind(self, target: ast.AST, value: ast.expr | None) -> None:
        """Note one assignment, element by element where both sides have elements."""
        if isinstance(target, ast.Name):
            self.values.setdefault(target.id, []).append(value)
        elif isinstance(target, (ast.Tuple, ast.List)):
            parts = value.elts if isinstance(value, (ast.Tuple, ast.List)) else []
            same = len(parts) == len(target.elts)
            for index, element in enumerate(target.elts):
                self._bind(element, parts[index] if same else None)
        elif isinstance(target, (ast.Subscript, ast.Starred)):
            self._bind(target.value, value)


def _is_empty(node: ast.expr | None) -> bool:
    """Tell whether a value is an empty container, to be filled later."""
    if isinstance(node, ast.Dict):
        return not node.keys
    return isinstance(node, (ast.List, ast.Tuple, ast.Set)) and not node.elts
