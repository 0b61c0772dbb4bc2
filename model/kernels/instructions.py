"""Two instructions of the processor that Python has no word for, and how loops over people use them.

People who act stand anywhere in memory, and each takes so many unforeseeable turns that a processor does not reach the
next one while it waits for the first. Asked for ahead, people come while others are worked on.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

AHEAD = 12
"""People by which loops ask ahead: about as many as memory serves at a time."""
MANY = 4096
"""People from which a second thread is worth its start."""


def _prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Ask for element ``index`` of a one-dimensional array, to be written soon, and go on without waiting for it."""
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
    """Return the position of the lowest bit that is set, of 64; some must be."""
    del typingctx, bits

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        del context, signature
        return builder.cttz(arguments[0], ir.IntType(1)(1))

    return types.int64(types.uint64), generate


prefetch: Any = intrinsic(_prefetch)
trailing_zeros: Any = intrinsic(_trailing_zeros)
