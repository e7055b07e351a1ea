"""One numeric cell at a time, in plain Python: the reference the kernels are tested against, and the encoder.

Text form of a number: all digits of the picture (leading zeros kept), a point where V stands, ``-`` for negative
values; ``9(5)`` → ``00012``, ``S9(3)V99`` → ``-001.50``, ``9PP`` → ``300``, ``V99`` → ``0.12``.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation, localcontext

import numpy as np
import numpy.typing as npt

from layouts.records.copybook import Field
from layouts.records.dialects import Dialect

FAULTS = ("", "packed_sign", "packed_digit", "packed_blank", "zoned_sign", "zoned_digit", "overflow")
"""Fault names by the number the kernels write."""

BLANK, LOW_VALUE, HIGH_VALUE = 1, 2, 4
"""Cell states, the same bits as those of text cells."""

_SIGN_FAULT, _DIGIT_FAULT, _NEGATIVE = 0xFE, 0xFF, 0x10


@dataclass(frozen=True, slots=True)
class NumberForm:
    """How the digits of a field become text: zeros for P on either side, decimal places after the point."""

    digits: int
    left_zeros: int
    right_zeros: int
    places: int

    @property
    def width(self) -> int:
        """Bytes of the longest text: digits, zeros, point, a zero before it, sign."""
        whole = self.digits + self.left_zeros + self.right_zeros
        return whole + (1 if self.places else 0) + (1 if self.places == whole else 0) + 1

    def render(self, digits: str, negative: bool) -> str:
        """Text of the stored digits."""
        whole = "0" * self.left_zeros + digits + "0" * self.right_zeros
        if self.places:
            whole = (whole[: -self.places] or "0") + "." + whole[-self.places :]
        return "-" + whole if negative else whole


def form_of(field: Field) -> NumberForm:
    """The text form of a numeric field."""
    return NumberForm(
        field.digits, max(field.scale - field.digits, 0), max(-field.scale, 0), max(field.scale, 0)
    )


@dataclass(frozen=True, slots=True)
class ZonedTable:
    """What each byte means at a digit position and at the sign position.

    ``digit`` and ``sign`` are uint8[256]: 0–9, plus 0x10 for negative, 0xFE sign fault, 0xFF digit fault.
    ``negative`` and ``positive`` are uint8[10]: the sign byte to write for a last (first) digit.
    """

    digit: npt.NDArray[np.uint8]
    sign: npt.NDArray[np.uint8]
    separate: npt.NDArray[np.uint8]
    positive: npt.NDArray[np.uint8]
    negative: npt.NDArray[np.uint8]
    zero: int
    blank: int
    plus: int
    minus: int


def zoned_table(dialect: Dialect, *, ascii_machine: bool, signed: bool) -> ZonedTable:
    """The table of a machine: EBCDIC (digits F0–F9, sign zones C D F) or ASCII (digits 30–39, sign by dialect)."""
    digit = np.full(256, _DIGIT_FAULT, np.uint8)
    sign = np.full(256, _DIGIT_FAULT, np.uint8)
    separate = np.full(256, _SIGN_FAULT, np.uint8)
    positive = np.zeros(10, np.uint8)
    negative = np.zeros(10, np.uint8)
    zero, blank, plus, minus = (0x30, 0x20, 0x2B, 0x2D) if ascii_machine else (0xF0, 0x40, 0x4E, 0x60)
    separate[plus], separate[minus] = 0, _NEGATIVE
    for value in range(10):
        digit[zero + value] = value
        for zone in range(4 if ascii_machine else 10, 16 if not ascii_machine else 8):
            sign[zone * 16 + value] = _SIGN_FAULT
    for value in range(10):
        sign[zero + value] = value
        positive[value] = negative[value] = zero + value
        if not signed:
            continue
        if ascii_machine and dialect.ascii_negative == "overpunch":
            positive[value] = ord("{ABCDEFGHI"[value])
            negative[value] = ord("}JKLMNOPQR"[value])
        elif ascii_machine:
            negative[value] = int(dialect.ascii_negative, 16) * 16 + value
        else:
            for nibble in dialect.packed_positive:
                sign[int(nibble, 16) * 16 + value] = value
            for nibble in dialect.packed_negative:
                sign[int(nibble, 16) * 16 + value] = value | _NEGATIVE
            positive[value], negative[value] = 0xC0 + value, 0xD0 + value
            continue
        sign[positive[value]] = value
        sign[negative[value]] = value | _NEGATIVE
    return ZonedTable(digit, sign, separate, positive, negative, zero, blank, plus, minus)


@dataclass(frozen=True, slots=True)
class Cell:
    """One decoded numeric cell: text or None, state bits, fault name or ``""``."""

    text: str | None
    state: int = 0
    fault: str = ""


def decode_number(field: Field, data: bytes, dialect: Dialect, *, ascii_machine: bool) -> Cell:
    """Decode the bytes of one numeric cell (codec zoned, packed, packed_unsigned, binary or float)."""
    if field.codec == "zoned":
        return _decode_zoned(field, data, zoned_table(dialect, ascii_machine=ascii_machine, signed=field.signed))
    if field.codec in ("packed", "packed_unsigned"):
        return _decode_packed(field, data, dialect, 0x20 if ascii_machine else 0x40)
    if field.codec == "float":
        return Cell(decode_float(field, data, dialect))
    value = int.from_bytes(data, field.endian, signed=field.signed)
    if field.digits == 0:
        return Cell(str(value))
    digits = str(abs(value)).zfill(field.digits)
    if field.overflow_checked and len(digits) > field.digits:
        return Cell(None, 0, "overflow")
    return Cell(form_of(field).render(digits, value < 0))


def _uniform(data: bytes, blank: int) -> int:
    if len(set(data)) != 1:
        return 0
    return {blank: BLANK, 0x00: LOW_VALUE, 0xFF: HIGH_VALUE}.get(data[0], 0)


def _decode_zoned(field: Field, data: bytes, table: ZonedTable) -> Cell:
    state = _uniform(data, table.blank)
    form = form_of(field)
    if state == BLANK and field.blank_when_zero:
        return Cell(form.render("0" * field.digits, False))
    if state:
        return Cell(None, state)
    negative = False
    sign_at = {"none": len(data) - 1, "leading": 0, "trailing": len(data) - 1}.get(field.sign, -1)
    if field.sign.endswith("separate"):
        at = 0 if field.sign == "leading_separate" else len(data) - 1
        mark = int(table.separate[data[at]])
        if mark == _SIGN_FAULT:
            return Cell(None, 0, "zoned_sign")
        negative = mark == _NEGATIVE
        data = data[1:] if at == 0 else data[:-1]
    digits: list[str] = []
    sign_fault = False
    for index, byte in enumerate(data):
        value = int((table.sign if index == sign_at else table.digit)[byte])
        if value == _DIGIT_FAULT:
            return Cell(None, 0, "zoned_digit")
        sign_fault |= value == _SIGN_FAULT
        negative |= value != _SIGN_FAULT and bool(value & _NEGATIVE)
        digits.append(str(value & 0x0F))
    if sign_fault:
        return Cell(None, 0, "zoned_sign")
    return Cell(form.render("".join(digits), negative))


def _decode_packed(field: Field, data: bytes, dialect: Dialect, blank: int) -> Cell:
    nibbles = data.hex().upper()
    state = _uniform(data, blank)
    if field.codec == "packed":
        if state == BLANK:
            return Cell(None, BLANK, "packed_blank")
        if state:
            return Cell(None, state)
        sign, nibbles = nibbles[-1], nibbles[:-1]
    else:
        sign = "F"
        if state == HIGH_VALUE:
            return Cell(None, HIGH_VALUE)
        if state == BLANK:
            return Cell(None, BLANK, "packed_blank")
    if not nibbles.isdigit():
        return Cell(None, 0, "packed_digit")
    if sign in dialect.packed_negative and field.signed:
        negative = True
    elif sign in dialect.packed_positive or (sign == "F" and field.codec == "packed_unsigned"):
        negative = False
    else:
        return Cell(None, 0, "packed_sign")
    extra = len(nibbles) - field.digits
    if nibbles[:extra].strip("0"):
        return Cell(None, 0, "overflow")
    return Cell(form_of(field).render(nibbles[extra:], negative))


def decode_float(field: Field, data: bytes, dialect: Dialect) -> str:
    """COMP-1 and COMP-2 as the shortest decimal text that gives the same bits back."""
    if dialect.float == "hex":
        return str(_from_hex_float(data))
    order = "<" if field.endian == "little" else ">"
    if len(data) == 4:
        return str(np.frombuffer(data, f"{order}f4")[0])
    return repr(struct.unpack(f"{order}d", data)[0])


def _from_hex_float(data: bytes) -> Decimal:
    """System/360: sign bit, 7 bits of exponent to base 16 (excess 64), fraction without a hidden bit."""
    bits = int.from_bytes(data, "big")
    width = len(data) * 8
    fraction = bits & ((1 << (width - 8)) - 1)
    exponent = (bits >> (width - 8) & 0x7F) - 64
    with localcontext() as context:
        context.prec = 60
        value = Decimal(fraction) / (Decimal(2) ** (width - 8)) * Decimal(16) ** exponent
        value = value.normalize() if fraction else Decimal(0)
    return -value if bits >> (width - 1) else value


class UnencodableNumber(ValueError):
    """A text is no number the field can hold; the message names the field and the reason, never the value."""


def digits_of(field: Field, text: str) -> tuple[str, bool]:
    """Stored digits (``field.digits`` of them) and sign of a text in the form :func:`decode_number` gives, or any equal
    number.

    Raises:
        UnencodableNumber: No number, more digits than the field holds, a negative in an unsigned field.
    """
    try:
        value = Decimal(text)
    except InvalidOperation:
        raise UnencodableNumber(f"{field.name}: not a number") from None
    if not value.is_finite():
        raise UnencodableNumber(f"{field.name}: not a number")
    with localcontext() as context:
        context.prec = 80
        scaled = value.copy_abs().scaleb(field.scale)
        stored = int(scaled)
        exact = scaled == stored
    if not exact:
        raise UnencodableNumber(f"{field.name}: more than {field.scale} decimal places")
    digits = str(stored).zfill(field.digits)
    negative = value.is_signed()
    if len(digits) > field.digits and field.digits and not (field.codec == "binary" and not field.overflow_checked):
        raise UnencodableNumber(f"{field.name}: {len(digits)} digits do not fit {field.digits}")
    if negative and not field.signed and field.codec != "float":
        raise UnencodableNumber(f"{field.name}: a negative number in an unsigned field")
    return digits, negative


def encode_number(field: Field, text: str, dialect: Dialect, *, ascii_machine: bool) -> bytes:
    """Bytes of one numeric cell; the inverse of :func:`decode_number` for everything it decodes without a fault.

    Raises:
        UnencodableNumber: The text does not fit the field.
    """
    if field.codec == "float":
        return _encode_float(field, text, dialect)
    digits, negative = digits_of(field, text)
    if field.codec == "binary":
        try:
            return (-int(digits) if negative else int(digits)).to_bytes(field.length, field.endian, signed=field.signed)
        except OverflowError:
            raise UnencodableNumber(f"{field.name}: does not fit {field.length} bytes") from None
    if field.codec == "packed":
        sign = ("D" if negative else "C") if field.signed else "F"
        return bytes.fromhex((digits + sign).zfill(field.length * 2))
    if field.codec == "packed_unsigned":
        return bytes.fromhex(digits.zfill(field.length * 2))
    table = zoned_table(dialect, ascii_machine=ascii_machine, signed=field.signed)
    if field.blank_when_zero and not int(digits or "0"):
        return bytes([table.blank]) * field.length
    out = bytearray(table.zero + int(d) for d in digits)
    if field.sign.endswith("separate"):
        mark = bytes([table.minus if negative else table.plus])
        return mark + bytes(out) if field.sign == "leading_separate" else bytes(out) + mark
    if field.signed:
        at = 0 if field.sign == "leading" else len(out) - 1
        out[at] = int((table.negative if negative else table.positive)[int(digits[at])])
    return bytes(out)


def _encode_float(field: Field, text: str, dialect: Dialect) -> bytes:
    order = "<" if field.endian == "little" else ">"
    try:
        if dialect.float == "ieee":
            return struct.pack(f"{order}{'f' if field.length == 4 else 'd'}", float(text))
        return _to_hex_float(Decimal(text), field.length)
    except (InvalidOperation, ValueError, OverflowError):
        raise UnencodableNumber(f"{field.name}: not a number of {field.length} bytes") from None


def _to_hex_float(value: Decimal, length: int) -> bytes:
    bits = (length - 1) * 8
    if value == 0:
        return bytes(length)
    with localcontext() as context:
        context.prec = 80
        fraction, exponent = value.copy_abs(), 0
        while fraction >= 1:
            fraction, exponent = fraction / 16, exponent + 1
        while fraction < Decimal(1) / 16:
            fraction, exponent = fraction * 16, exponent - 1
        scaled = int((fraction * (1 << bits)).to_integral_value())
    if scaled >> bits:
        scaled, exponent = scaled >> 4, exponent + 1
    if not -64 <= exponent <= 63:
        raise OverflowError
    return ((0x80 if value < 0 else 0) | (exponent + 64)).to_bytes(1, "big") + scaled.to_bytes(length - 1, "big")
