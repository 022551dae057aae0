"""A dozen numbers side by side, in vector instructions whatever the compiler thinks of arrays that may overlap."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

__all__ = ["LANES", "add_multiple"]

LANES = 12
_VECTOR = 4  # doubles in an instruction; wider ones are made of it


@intrinsic  # type: ignore[untyped-decorator]
def add_multiple(typing_context: Any, array: Any, to: Any, factor: Any, of: Any) -> Any:
    """Add `factor` times the LANES numbers from array[of] on to those from array[to] on; indices are not checked."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        values, to, factor, of = arguments
        data = context.make_array(signature.args[0])(context, builder, values).data
        vector = ir.VectorType(ir.DoubleType(), _VECTOR)
        all_first = ir.Constant(ir.VectorType(ir.IntType(32), _VECTOR), [0] * _VECTOR)
        undefined = ir.Constant(vector, ir.Undefined)
        factors = builder.insert_element(undefined, factor, ir.Constant(ir.IntType(32), 0))
        factors = builder.shuffle_vector(factors, undefined, all_first)

        def part(start: Any, k: int) -> Any:
            at = builder.add(start, ir.Constant(start.type, k))
            return builder.bitcast(builder.gep(data, [at]), vector.as_pointer())

        parts = [builder.load(part(of, k), align=8) for k in range(0, LANES, _VECTOR)]
        for k, values_of in zip(range(0, LANES, _VECTOR), parts, strict=True):
            place = part(to, k)
            product = builder.fmul(factors, values_of, flags=["contract"])
            builder.store(builder.fadd(builder.load(place, align=8), product, flags=["contract"]), place, align=8)
        return context.get_dummy_value()

    return types.none(array, types.intp, types.float64, types.intp), generate
