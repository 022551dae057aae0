"""Eight numbers side by side in compiled functions, which the processor adds or multiplies at once.

Arithmetic and comparisons are written as for one number, and mixed with numbers; what `if` does for one is `where` for
eight. A lane's value does not depend on what is in the others, nor on which lane it is: all do the same.

They are vectors of LLVM, which makes of them what the processor has: one instruction or several. Compilers turn loops
into such vectors by themselves only if no table could be what the loop writes, which they cannot know of arrays.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic, lower_builtin, models, register_model

__all__ = ["LANES", "any_of", "floor", "load", "power_of_two", "root", "store", "weighted_rows", "where"]

LANES = 8
_LANE, _INTEGER = ir.IntType(32), ir.IntType(64)
_NUMBERS = ir.VectorType(ir.DoubleType(), LANES)
_PLACES = ir.VectorType(_LANE, LANES)


class _Lanes(types.Type):
    """Numbers, or the answers of comparisons."""


_numbers, _answers = _Lanes("lanes"), _Lanes("answers of lanes")


@register_model(_Lanes)
class _Model(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, of: _Lanes) -> None:
        super().__init__(manager, of, _NUMBERS if of == _numbers else ir.VectorType(ir.IntType(1), LANES))


def _shuffled(builder: Any, a: Any, b: Any, places: list[int]) -> Any:
    return builder.shuffle_vector(a, b, ir.Constant(_PLACES, places))


def _in_all(builder: Any, value: Any) -> Any:
    nothing = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
    return _shuffled(builder, builder.insert_element(nothing, value, ir.Constant(_LANE, 0)), nothing, [0] * LANES)


def _lanes(context: Any, builder: Any, value: Any, of: types.Type) -> Any:
    return value if isinstance(of, _Lanes) else _in_all(builder, context.cast(builder, value, of, types.float64))


def _operator(of: Any, operand: _Lanes, result: _Lanes, instruction: Callable[..., Any], operands: int = 2) -> None:
    @infer_global(of)
    class _Template(AbstractTemplate):  # type: ignore[misc]
        def generic(self, args: tuple[types.Type, ...], _: Any) -> Any:
            fit = all(a == operand or (operand == _numbers and isinstance(a, types.Number)) for a in args)
            return signature(result, *args) if fit and operand in args and len(args) == operands else None

    def lower(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pairs = zip(arguments, signature.args, strict=True)
        return instruction(builder, *(_lanes(context, builder, value, kind) for value, kind in pairs))

    lower_builtin(of, *[operand] * operands)(lower)
    if operands == 2 and operand == _numbers:
        lower_builtin(of, operand, types.Number)(lower)
        lower_builtin(of, types.Number, operand)(lower)


_operator(operator.neg, _numbers, _numbers, lambda builder, a: builder.fneg(a), operands=1)
_operator(operator.add, _numbers, _numbers, lambda builder, a, b: builder.fadd(a, b))
_operator(operator.iadd, _numbers, _numbers, lambda builder, a, b: builder.fadd(a, b))
_operator(operator.sub, _numbers, _numbers, lambda builder, a, b: builder.fsub(a, b))
_operator(operator.mul, _numbers, _numbers, lambda builder, a, b: builder.fmul(a, b))
_operator(operator.truediv, _numbers, _numbers, lambda builder, a, b: builder.fdiv(a, b))
_operator(operator.lt, _numbers, _answers, lambda builder, a, b: builder.fcmp_ordered("<", a, b))
_operator(operator.le, _numbers, _answers, lambda builder, a, b: builder.fcmp_ordered("<=", a, b))
_operator(operator.gt, _numbers, _answers, lambda builder, a, b: builder.fcmp_ordered(">", a, b))
_operator(operator.ge, _numbers, _answers, lambda builder, a, b: builder.fcmp_ordered(">=", a, b))
_operator(operator.eq, _numbers, _answers, lambda builder, a, b: builder.fcmp_ordered("==", a, b))
_operator(operator.and_, _answers, _answers, lambda builder, a, b: builder.and_(a, b))
_operator(operator.or_, _answers, _answers, lambda builder, a, b: builder.or_(a, b))


@intrinsic  # type: ignore[untyped-decorator]
def where(typing_context: Any, answers: Any, a: Any, b: Any) -> Any:
    """Return a in the lanes that answer yes, b in the others."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pairs = zip(arguments[1:], signature.args[1:], strict=True)
        return builder.select(arguments[0], *(_lanes(context, builder, value, kind) for value, kind in pairs))

    return (_numbers(answers, a, b), generate) if answers == _answers else None


@intrinsic  # type: ignore[untyped-decorator]
def any_of(typing_context: Any, answers: Any) -> Any:
    """Whether any lane answers yes."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], ir.IntType(LANES))
        return builder.icmp_unsigned("!=", bits, ir.Constant(ir.IntType(LANES), 0))

    return types.boolean(answers), generate


def _pointer(context: Any, builder: Any, array: Any, of: types.Array) -> Any:
    if of.ndim == 0 or of.layout != "C" or of.dtype != types.float64:
        raise TypeError("lanes are read from contiguous arrays of floats")
    return builder.bitcast(context.make_array(of)(context, builder, array).data, _NUMBERS.as_pointer())


@intrinsic  # type: ignore[untyped-decorator]
def load(typing_context: Any, array: Any) -> Any:
    """Return the first eight elements of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return builder.load(_pointer(context, builder, arguments[0], signature.args[0]), align=8)

    return _numbers(array), generate


@intrinsic  # type: ignore[untyped-decorator]
def store(typing_context: Any, numbers: Any, array: Any) -> Any:
    """Overwrite the first eight elements of an array."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        builder.store(arguments[0], _pointer(context, builder, arguments[1], signature.args[1]), align=8)
        return context.get_dummy_value()

    return types.void(_numbers, array), generate


def _of_llvm(builder: Any, name: str, arguments: Any) -> Any:
    kind = ir.FunctionType(_NUMBERS, [_NUMBERS] * len(arguments))
    return builder.call(cgutils.get_or_insert_function(builder.module, kind, f"llvm.{name}.v{LANES}f64"), arguments)


def _function(name: str) -> Any:
    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        return _of_llvm(builder, name, arguments)

    return generate


@intrinsic  # type: ignore[untyped-decorator]
def floor(typing_context: Any, numbers: Any) -> Any:
    """Return the largest whole numbers that are not larger."""
    return _numbers(_numbers), _function("floor")


@intrinsic  # type: ignore[untyped-decorator]
def root(typing_context: Any, numbers: Any) -> Any:
    """Return square roots."""
    return _numbers(_numbers), _function("sqrt")


@intrinsic  # type: ignore[untyped-decorator]
def power_of_two(typing_context: Any, numbers: Any) -> Any:
    """Return 2^n of n + 1.5 x 2^52, for whole n from -1022 to 1023: the lowest bits of that sum are n."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        bits = builder.bitcast(arguments[0], ir.VectorType(_INTEGER, LANES))
        exponent = builder.add(bits, _in_all(builder, ir.Constant(_INTEGER, 1023)))
        return builder.bitcast(builder.shl(exponent, _in_all(builder, ir.Constant(_INTEGER, 52))), _NUMBERS)

    return _numbers(_numbers), generate


def _transposed(builder: Any, rows: list[Any]) -> list[Any]:
    step = 1
    while step < LANES:
        low = [i + LANES - step if i & step else i for i in range(LANES)]
        high = [i + LANES if i & step else i + step for i in range(LANES)]
        for a in (i for i in range(LANES) if not i & step):
            b = a | step
            rows[a], rows[b] = (_shuffled(builder, rows[a], rows[b], places) for places in (low, high))
        step *= 2
    return rows


@intrinsic  # type: ignore[untyped-decorator]
def weighted_rows(typing_context: Any, table: Any, first: Any, weights: Any) -> Any:
    """Sums of successive rows of a table with eight columns, a tuple with one for each column.

    Parameters
    ----------
    table : ndarray (row, 8)
        Contiguous.
    first : lanes
        The first row, a whole number; nothing checks that it is in the table.
    weights : tuple
        Of the first row and of those after it: lanes, or numbers.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        table = _pointer(context, builder, arguments[0], signature.args[0])
        first = builder.fptosi(arguments[1], _PLACES)
        sums: list[Any] = []
        total: Any = None
        for lane in range(LANES):
            row = builder.zext(builder.extract_element(first, ir.Constant(_LANE, lane)), _INTEGER)
            for j, kind in enumerate(signature.args[2]):
                weight = _lanes(context, builder, builder.extract_value(arguments[2], j), kind)
                place = builder.gep(table, [builder.add(row, ir.Constant(_INTEGER, j))], source_etype=_NUMBERS)
                values = builder.load(place, align=8, typ=_NUMBERS)
                weight = _shuffled(builder, weight, weight, [lane] * LANES)
                # Said here: which product is rounded, and which is not, the compiler may choose for each lane otherwise
                total = _of_llvm(builder, "fmuladd", [weight, values, total]) if j else builder.fmul(weight, values)
            sums.append(total)
        return context.make_tuple(builder, signature.return_type, _transposed(builder, sums))

    return types.containers.UniTuple(_numbers, LANES)(table, first, weights), generate
