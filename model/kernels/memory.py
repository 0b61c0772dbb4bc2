"""How loops over people who stand anywhere in memory are fed, and when they are worth a second thread."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

AHEAD = 12
"""People by which loops ask ahead: about as many as memory serves at a time."""
MANY = 512
"""People from which a second thread is worth its start."""


@intrinsic
def prefetch(typingctx: Any, array: Any, index: Any) -> Any:
    """Ask for element ``index`` of a one-dimensional array, to be written soon, and go on without waiting for it.

    People who act stand anywhere in memory, and a person takes so many unforeseeable turns that a processor does not
    reach the next one while it waits; asked ahead, people come while others are worked on.
    """
    del typingctx
    if not isinstance(array, types.Array) or not isinstance(index, types.Integer):
        return None

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind, place = signature.args
        columns = context.make_array(kind)(context, builder, arguments[0])
        offset = context.cast(builder, arguments[1], place, types.intp)
        pointer = cgutils.get_item_pointer(context, builder, kind, columns, [offset])
        byte, word = ir.IntType(8).as_pointer(), ir.IntType(32)
        function = cgutils.get_or_insert_function(
            builder.module, ir.FunctionType(ir.VoidType(), [byte, word, word, word]), "llvm.prefetch.p0"
        )
        # For writing, to be kept in all caches, data rather than code.
        builder.call(function, [builder.bitcast(pointer, byte), word(1), word(3), word(1)])
        return context.get_dummy_value()

    return types.void(array, index), generate
