"""Two processor instructions that Python lacks, and their use by loops over people.

People who act are scattered in memory, and each takes so many unpredictable branches that the processor does not reach
the next person while it waits for the data of the first. Prefetching loads people while others are processed.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

AHEAD = 12
"""Number of people by which loops prefetch: about as many as memory serves at a time."""
MANY = 4096
"""Number of people above which a second thread pays off."""


def _prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Prefetch element ``index`` of a one-dimensional array for writing, without waiting for it."""
    del typingctx

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, place = signature.args
        columns = context.make_array(kind)(context, builder, arguments[0])
        offset = context.cast(builder, arguments[1], place, types.intp)
        pointer = cgutils.get_item_pointer(context, builder, kind, columns, [offset])
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind_of = ir.FunctionType(ir.VoidType(), [byte, word, word, word])
        ask = cgutils.get_or_insert_function(builder.module, kind_of, "llvm.prefetch.p0")
        # For writing, to be kept in all caches, data rather than code.
        builder.call(ask, [builder.bitcast(pointer, byte), word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate


def _trailing_zeros(typingctx: Any, bits: Any) -> Any:
    """Return the position of the lowest set bit of 64; at least one must be set."""
    del typingctx, bits

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.uint64), generate


prefetch: Any = intrinsic(_prefetch)
trailing_zeros: Any = intrinsic(_trailing_zeros)
