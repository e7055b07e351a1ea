"""Words of 16, 32 and 64 bits at any place of a byte array, little-endian: instructions, not functions.

numba has no load of a word from a byte array; assembled from bytes it is rarely one machine instruction. These are
typed intrinsics, expanded where they are used, so kernels of every file may use them: the digest that names a cache
directory covers this file. The caller answers for the place: nothing is checked.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir  # type: ignore[import-untyped]
from numba import types
from numba.core.cgutils import create_struct_proxy
from numba.extending import intrinsic

_TYPES: dict[int, Any] = {16: types.uint16, 32: types.uint32, 64: types.uint64}
_VOID: Any = types.void
_STRUCTURE: Any = create_struct_proxy


def _pointer(context: Any, builder: Any, array_type: Any, array: Any, index: Any, bits: int) -> Any:
    whole = _STRUCTURE(array_type)(context, builder, value=array)
    place = builder.gep(builder.bitcast(whole.data, ir.IntType(8).as_pointer()), [index])
    return builder.bitcast(place, ir.IntType(bits).as_pointer())


def _load(bits: int) -> Callable[..., Any]:
    def load(typing: Any, array: Any, index: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = _pointer(context, builder, signature.args[0], args[0], args[1], bits)
            return builder.load(place, align=1)

        return _TYPES[bits](array, types.intp), generate

    made: Callable[..., Any] = intrinsic(load)
    return made


def _store(bits: int) -> Callable[..., Any]:
    def store(typing: Any, array: Any, index: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            place = _pointer(context, builder, signature.args[0], args[0], args[1], bits)
            builder.store(args[2], place, align=1)
            return context.get_dummy_value()

        return _VOID(array, types.intp, _TYPES[bits]), generate

    made: Callable[..., Any] = intrinsic(store)
    return made


def _swap(bits: int) -> Callable[..., Any]:
    def swap(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.bswap(args[0])

        return _TYPES[bits](_TYPES[bits]), generate

    made: Callable[..., Any] = intrinsic(swap)
    return made


def _leading_zeros() -> Callable[..., Any]:
    def count(typing: Any, value: Any) -> Any:
        def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
            return builder.ctlz(args[0], ir.Constant(ir.IntType(1), 0))

        return _TYPES[64](_TYPES[64]), generate

    made: Callable[..., Any] = intrinsic(count)
    return made


load16, load32, load64 = _load(16), _load(32), _load(64)
"""``load64(array, byte)``: uint64 of the eight bytes from 0-based place ``byte`` of a uint8 array on."""
store32, store64 = _store(32), _store(64)
"""``store64(array, byte, value)``."""
swap16, swap32, swap64 = _swap(16), _swap(32), _swap(64)
"""The bytes of a word in the other order."""
leading_zeros = _leading_zeros()
"""Zero bits above the highest set bit of a uint64; 64 for 0."""
