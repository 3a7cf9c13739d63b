"""The faults: one changed operator, constant, condition, return value or statement of a module."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import CodeType

_SWAPS: dict[type[ast.AST], type[ast.AST]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot, ast.IsNot: ast.Is, ast.In: ast.NotIn, ast.NotIn: ast.In, ast.And: ast.Or, ast.Or: ast.And,
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Div, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.Mult,
    ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr, ast.BitXor: ast.BitOr, ast.LShift: ast.RShift,
    ast.RShift: ast.LShift, ast.USub: ast.UAdd,
}  # fmt: skip
_NEGATED_BY_SWAP = (ast.Eq, ast.NotEq, ast.Is, ast.IsNot, ast.In, ast.NotIn)
_UNCHANGED = (ast.Import, ast.ImportFrom, ast.Assert)
_UNCHANGED_FIELDS = {"annotation", "returns", "decorator_list", "format_spec", "type_params"}


@dataclass(frozen=True, slots=True)
class Mutant:
    """A module with one fault: the ``number``-th of those that ``_faults`` finds."""

    path: Path
    number: int
    lines: range  # of the statement
    function: tuple[str, int] | None  # qualified name and first line of the outermost one; None: runs at import
    class_name: str  # "": in none
    change: str

    def compile(self) -> CodeType:
        """Compile the module with the fault."""
        tree = ast.parse(self.path.read_bytes())
        next(edit for place, edit in _faults(tree, self.path) if place.number == self.number)()
        return compile(ast.fix_missing_locations(tree), str(self.path), "exec", dont_inherit=True)


def mutants_of(path: Path) -> list[Mutant]:
    """Return a mutant for each fault that can be put into a module."""
    return [place for place, _ in _faults(ast.parse(path.read_bytes()), path)]


def _faults(tree: ast.Module, path: Path) -> Iterator[tuple[Mutant, Callable[[], object]]]:
    for number, (place, edit) in enumerate(_walk(tree, Mutant(path, 0, range(0), None, "", ""), "")):
        yield replace(place, number=number), edit


def _walk(node: ast.AST, place: Mutant, scope: str) -> Iterator[tuple[Mutant, Callable[[], object]]]:
    if isinstance(node, ast.stmt):
        body = getattr(node, "body", None) or (node.cases[0].body if isinstance(node, ast.Match) else None)
        end = body[0].lineno if isinstance(body, list) else (node.end_lineno or node.lineno) + 1
        place = replace(place, lines=range(node.lineno, max(end, node.lineno + 1)))
    for change, edit in _edits(node, place.function is not None):
        lines = place.lines
        if isinstance(node, ast.expr) and node.lineno not in lines:  # a pattern of a match statement
            lines = range(node.lineno, (node.end_lineno or node.lineno) + 1)
        yield replace(place, lines=lines, change=change), edit
    for field, value in ast.iter_fields(node):
        if field in _UNCHANGED_FIELDS:
            continue
        inner, name = place, scope
        if field == "body" and isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            name = f"{scope}{node.name}."
            if isinstance(node, ast.ClassDef):
                inner = replace(place, class_name=node.name)
            elif place.function is None:
                first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
                inner = replace(place, function=(f"{scope}{node.name}", first))
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _is_unchanged(child):
                yield from _walk(child, inner, name)


def _is_unchanged(node: ast.AST) -> bool:
    match node:
        case ast.Expr(ast.Constant()):  # a docstring
            return True
        case ast.If(ast.Name("TYPE_CHECKING")) | ast.Subscript(ast.Name("Literal")):
            return True
    return isinstance(node, _UNCHANGED)


def _edits(node: ast.AST, in_function: bool) -> Iterator[tuple[str, Callable[[], object]]]:
    """Yield the faults of one node: a description, and what changes the node."""
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                other = _SWAPS[type(operator)]
                yield _swap(operator, other), lambda i=index, o=other: node.ops.__setitem__(i, o())  # type: ignore[misc]
        case ast.BoolOp() | ast.BinOp() | ast.UnaryOp(ast.USub()) if type(node.op) in _SWAPS:
            other = _SWAPS[type(node.op)]
            yield _swap(node.op, other), lambda: setattr(node, "op", other())
        case ast.Constant(value) if value is not None and value is not Ellipsis:
            new = _other_value(value)
            yield f"{value!r} -> {new!r}", lambda: setattr(node, "value", new)
        case ast.Return(ast.expr()) if ast.unparse(node.value or node) != "None":
            yield "return None", lambda: setattr(node, "value", ast.Constant(None))
        case ast.If() | ast.While() | ast.IfExp():
            if not _swap_negates(node.test):
                yield "condition negated", lambda: setattr(node, "test", _negated(node.test))
        case ast.comprehension():
            for index, test in enumerate(node.ifs):
                if not _swap_negates(test):
                    yield "condition negated", lambda i=index: node.ifs.__setitem__(i, _negated(node.ifs[i]))  # type: ignore[misc]
        case ast.Assign() | ast.AnnAssign(value=ast.expr()) if (
            in_function and ast.unparse(node.value or node) != "None"
        ):
            yield "None assigned", lambda: setattr(node, "value", ast.Constant(None))
        case ast.AugAssign() | ast.Continue() | ast.Break() | ast.Raise() | ast.Delete() | ast.Expr() if in_function:
            yield "statement deleted", lambda: setattr(node, "__class__", ast.Pass)


def _other_value(value: object) -> object:
    match value:
        case bool():
            return not value
        case str():
            return "" if value else "XX"
        case bytes():
            return b"" if value else b"XX"
        case _:
            return value + 1  # type: ignore[operator]


def _swap(old: ast.AST, new: type[ast.AST]) -> str:
    return f"{type(old).__name__} -> {new.__name__}"


def _swap_negates(test: ast.expr) -> bool:
    """Return whether another fault is the same as the negation."""
    return isinstance(test, ast.Compare) and len(test.ops) == 1 and isinstance(test.ops[0], _NEGATED_BY_SWAP)


def _negated(test: ast.expr) -> ast.expr:
    return (
        test.operand if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not) else ast.UnaryOp(ast.Not(), test)
    )
