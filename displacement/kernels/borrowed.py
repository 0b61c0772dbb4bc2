"""Arrays without reference counting, for loops.

Numba updates an atomic reference count whenever a function takes an array. In loops over people that call small
functions, this took half of the time.
"""

from __future__ import annotations

from typing import Any

from numba.core import cgutils
from numba.extending import intrinsic


def _borrow(typingctx: Any, array: Any) -> Any:
    """Return an array without reference counting; its owner must outlive it."""
    del typingctx

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        view = context.make_array(signature.args[0])(context, builder, arguments[0])
        view.meminfo = cgutils.get_null_value(view.meminfo.type)
        return view._getvalue()

    return array(array), generate


borrow: Any = intrinsic(_borrow)
