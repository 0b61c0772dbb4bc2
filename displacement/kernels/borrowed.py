"""Arrays as loops borrow them.

Numba counts who uses an array, atomically, at every call of a function that takes one. Where a loop over people calls
small functions, that took half of its time.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils
from numba.extending import intrinsic


def _borrow(typingctx: Any, array: Any) -> Any:
    """Return an array that is not counted; its owner must outlive it."""
    del typingctx

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        return view._getvalue()

    return array(array), generate


borrow: Any = intrinsic(_borrow)
