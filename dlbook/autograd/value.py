"""A number that remembers how it was computed: backpropagation on plain Python floats.

Chapter: book/training/backpropagation.md
"""

import math
from typing import Optional, Union

__all__ = ["Value"]

Operand = Union["Value", float]


class Value:
    r"""A float that knows which values it was computed from, and its slope in each of them.

    Every operation computes a number from at most two *parents*, and writes down its *slopes*: the
    derivative of the result with respect to each parent. The chain rule needs nothing else:

    .. math:: \frac{\partial L}{\partial p} = \sum_{v \text{ made from } p}
              \frac{\partial L}{\partial v}\, \frac{\partial v}{\partial p}

    Parameters
    ----------
    data : float
        Any real number; it is stored as a float.
    op : str
        The operation that made it; empty for a *leaf*, a value that was not computed from others.
    left, right : Value, optional
        The parents.
    left_slope, right_slope : float
        The derivative with respect to each parent.

    Attributes
    ----------
    grad : float
        The derivative, with respect to this value, of the one whose ``backward`` was called. It
        starts at 0.0, and each call adds to it.

    Raises
    ------
    TypeError
        If the data, or the other side of an operator, is not a real number.

    Notes
    -----
    A value holds its parents and never its children, so that no references run in a circle: when
    nobody holds the result any more, its whole graph is freed at once. Where a number has no
    answer (the logarithm of 0, a division by 0), Python's own error is raised.

    Examples
    --------
    >>> x, y = Value(2), Value(3)
    >>> z = x * y + x**2
    >>> z.backward()
    >>> x.grad  # ∂z/∂x = y + 2x
    7.0
    >>> y.grad  # ∂z/∂y = x
    2.0
    """

    __array_ufunc__ = None  # so that NumPy's numbers leave the operators to this class
    __slots__ = (
        *("data", "grad", "op", "left", "left_slope", "right", "right_slope"),
        "__weakref__",
    )

    def __init__(
        self,
        data: float,
        op: str = "",
        left: Optional["Value"] = None,
        left_slope: float = 0.0,
        right: Optional["Value"] = None,
        right_slope: float = 0.0,
    ) -> None:
        self.data = float(data)
        self.grad = 0.0
        self.op = op
        self.left = left
        self.left_slope = left_slope
        self.right = right
        self.right_slope = right_slope

    def __repr__(self) -> str:
        made = f", op={self.op!r}" if self.op else ""
        return f"Value({self.data:.6g}, grad={self.grad:.6g}{made})"

    @property
    def parents(self) -> tuple["Value", ...]:
        """The values, at most two, that this one was computed from."""
        return tuple(p for p in (self.left, self.right) if p is not None)

    @property
    def slopes(self) -> tuple[float, ...]:
        """The derivative of this value with respect to each of its parents."""
        return (self.left_slope, self.right_slope)[: len(self.parents)]

    # Operations with two sides. The other side may be a plain number: a constant has no slope.

    def __add__(self, other: Operand) -> "Value":
        if isinstance(other, Value):
            return Value(self.data + other.data, "+", self, 1.0, other, 1.0)
        return Value(self.data + other, "+", self, 1.0)

    def __mul__(self, other: Operand) -> "Value":
        if isinstance(other, Value):
            return Value(self.data * other.data, "×", self, other.data, other, self.data)
        return Value(self.data * other, "×", self, float(other))

    def __sub__(self, other: Operand) -> "Value":
        if isinstance(other, Value):
            return Value(self.data - other.data, "−", self, 1.0, other, -1.0)
        return Value(self.data - other, "−", self, 1.0)

    def __truediv__(self, other: Operand) -> "Value":
        if isinstance(other, Value):
            ratio = self.data / other.data
            return Value(ratio, "÷", self, 1.0 / other.data, other, -ratio / other.data)
        return Value(self.data / other, "÷", self, float(1.0 / other))

    def __pow__(self, other: Operand) -> "Value":
        if isinstance(other, Value):
            return (other * self.log()).exp()  # aᵇ = exp(b ln a), for a positive a
        slope = other * self.data ** (other - 1) if other else 0.0
        return Value(self.data**other, f"^{other:g}", self, float(slope))

    def __radd__(self, other: float) -> "Value":
        return self + other

    def __rmul__(self, other: float) -> "Value":
        return self * other

    def __rsub__(self, other: float) -> "Value":
        return Value(other - self.data, "−", self, -1.0)

    def __rtruediv__(self, other: float) -> "Value":
        ratio = other / self.data
        return Value(ratio, "÷", self, float(-ratio / self.data))

    def __rpow__(self, other: float) -> "Value":
        power = other**self.data
        return Value(power, "^", self, float(power * math.log(other)))

    # Operations with one side.

    def __neg__(self) -> "Value":
        return Value(-self.data, "neg", self, -1.0)

    def exp(self) -> "Value":
        """Return e to the power of this value."""
        power = math.exp(self.data)
        return Value(power, "exp", self, power)

    def log(self) -> "Value":
        """Return the natural logarithm of a positive value."""
        return Value(math.log(self.data), "log", self, 1.0 / self.data)

    def sin(self) -> "Value":
        """Return the sine."""
        return Value(math.sin(self.data), "sin", self, math.cos(self.data))

    def cos(self) -> "Value":
        """Return the cosine."""
        return Value(math.cos(self.data), "cos", self, -math.sin(self.data))

    def tanh(self) -> "Value":
        """Return the hyperbolic tangent."""
        t = math.tanh(self.data)
        return Value(t, "tanh", self, 1.0 - t * t)

    def sigmoid(self) -> "Value":
        """Return 1 / (1 + e⁻ˣ), by the exponential that cannot overflow."""
        e = math.exp(-abs(self.data))
        s = (1.0 if self.data >= 0 else e) / (1.0 + e)
        return Value(s, "sigmoid", self, e / (1.0 + e) ** 2)

    def relu(self) -> "Value":
        """Return the value where it is positive, else 0; at 0 the slope is taken as 0."""
        if self.data > 0:
            return Value(self.data, "relu", self, 1.0)
        return Value(0.0, "relu", self, 0.0)

    def abs(self) -> "Value":
        """Return the absolute value; at 0 the slope is taken as 0."""
        sign = (self.data > 0) - (self.data < 0)
        return Value(abs(self.data), "abs", self, float(sign))

    def backward(self) -> None:
        """Add to each value's ``grad`` the derivative of this one with respect to it.

        Notes
        -----
        From this value back to the leaves, each value's *cotangent* (the derivative of this value
        with respect to it) is complete before it is passed on, since all that was computed from
        it comes earlier in the walk. The cotangents live in a dictionary of this call, so that a
        second call starts afresh and adds the same amounts to ``grad`` again, as torch does with
        ``retain_graph=True``.

        Examples
        --------
        >>> x = Value(3)
        >>> y = x * x
        >>> y.backward()
        >>> y.backward()
        >>> x.grad
        12.0
        """
        cotangents = dict.fromkeys(_parents_first(self), 0.0)
        cotangents[self] = 1.0
        for value in reversed(cotangents):
            cotangent = cotangents[value]
            value.grad += cotangent
            if value.left is not None:
                cotangents[value.left] += cotangent * value.left_slope
            if value.right is not None:
                cotangents[value.right] += cotangent * value.right_slope


def _parents_first(root: Value) -> list[Value]:
    """Return all values that the root was computed from, and it, each one after its parents.

    A stack of our own stands where a recursive function would use Python's: a chain of 1,000
    operations is more than Python's default limit allows.
    """
    order: dict[Value, None] = {}  # a dictionary remembers the order in which its keys came
    seen = set()
    stack = [root]
    while stack:
        value = stack[-1]
        if value in seen:  # its parents were put on top of it, so they are in the order by now
            order[value] = None
            stack.pop()
            continue
        seen.add(value)
        if value.right is not None and value.right not in seen:
            stack.append(value.right)
        if value.left is not None and value.left not in seen:
            stack.append(value.left)
    return list(order)
