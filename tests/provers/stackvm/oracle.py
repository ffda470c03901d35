"""What Miden's documentation says of each instruction, on a Python list: the top is its first.

Written without a look at the machine's rows, so that both can be compared. The stack has zeros
below whatever it has; ``RefusedError`` is raised where an instruction fails.
"""

from __future__ import annotations

from collections.abc import Callable

P = 2**64 - 2**32 + 1
E = 2**32


class RefusedError(Exception):
    """The instruction fails."""


class State:
    def __init__(self, stack: list[int], advice: list[int]) -> None:
        self.stack = [*stack, *[0] * (16 - len(stack))]
        self.advice = list(advice)
        self.memory: dict[int, int] = {}

    def take(self, count: int) -> list[int]:
        taken = self.stack[:count]
        self.stack = self.stack[count:]
        self.stack += [0] * (16 - len(self.stack))
        return taken

    def put(self, *values: int) -> None:
        """The first one becomes the top."""
        self.stack = [*values, *self.stack]

    def advised(self) -> int:
        if not self.advice:
            raise RefusedError
        return self.advice.pop(0)

    def address(self, value: int) -> int:
        if value >= E:
            raise RefusedError
        return value


def demand(condition: bool) -> None:
    if not condition:
        raise RefusedError


def bit(*values: int) -> None:
    demand(all(value in (0, 1) for value in values))


def u32(*values: int) -> None:
    demand(all(value < E for value in values))


# [b, a] to results, the first one on top.
Pair = Callable[[int, int], tuple[int, ...]]


def of_u32(function: Pair) -> Pair:
    def checked(a: int, b: int) -> tuple[int, ...]:
        u32(a, b)
        return function(a, b)

    return checked


def of_bits(function: Pair) -> Pair:
    def checked(a: int, b: int) -> tuple[int, ...]:
        bit(a, b)
        return function(a, b)

    return checked


def divided(a: int, b: int) -> tuple[int, ...]:
    demand(b != 0)
    return (a * pow(b, -1, P) % P,)


def divided_u32(a: int, b: int) -> tuple[int, int]:
    u32(a, b)
    demand(b != 0)
    return divmod(a, b)


def rotated(a: int, n: int) -> int:
    """To the left."""
    u32(a)
    demand(n < 32)
    return (a << n | a >> (32 - n)) % E


def shifted(a: int, n: int) -> int:
    demand(n < 32)
    u32(a)
    return a << n


BINARY: dict[str, Pair] = {
    "add": lambda a, b: ((a + b) % P,),
    "sub": lambda a, b: ((a - b) % P,),
    "mul": lambda a, b: (a * b % P,),
    "div": divided,
    "eq": lambda a, b: (int(a == b),),
    "neq": lambda a, b: (int(a != b),),
    "lt": lambda a, b: (int(a < b),),
    "lte": lambda a, b: (int(a <= b),),
    "gt": lambda a, b: (int(a > b),),
    "gte": lambda a, b: (int(a >= b),),
    "and": of_bits(lambda a, b: (a & b,)),
    "or": of_bits(lambda a, b: (a | b,)),
    "xor": of_bits(lambda a, b: (a ^ b,)),
    "u32wrapping_add": of_u32(lambda a, b: ((a + b) % E,)),
    "u32overflowing_add": of_u32(lambda a, b: divmod(a + b, E)),
    "u32widening_add": of_u32(lambda a, b: divmod(a + b, E)[::-1]),
    "u32wrapping_sub": of_u32(lambda a, b: ((a - b) % E,)),
    "u32overflowing_sub": of_u32(lambda a, b: (int(a < b), (a - b) % E)),
    "u32wrapping_mul": of_u32(lambda a, b: (a * b % E,)),
    "u32overflowing_mul": of_u32(lambda a, b: divmod(a * b, E)),
    "u32widening_mul": of_u32(lambda a, b: divmod(a * b, E)[::-1]),
    "u32div": lambda a, b: (divided_u32(a, b)[0],),
    "u32mod": lambda a, b: (divided_u32(a, b)[1],),
    "u32divmod": lambda a, b: divided_u32(a, b)[::-1],
    "u32and": of_u32(lambda a, b: (a & b,)),
    "u32or": of_u32(lambda a, b: (a | b,)),
    "u32xor": of_u32(lambda a, b: (a ^ b,)),
    "u32lt": of_u32(lambda a, b: (int(a < b),)),
    "u32lte": of_u32(lambda a, b: (int(a <= b),)),
    "u32gt": of_u32(lambda a, b: (int(a > b),)),
    "u32gte": of_u32(lambda a, b: (int(a >= b),)),
    "u32min": of_u32(lambda a, b: (min(a, b),)),
    "u32max": of_u32(lambda a, b: (max(a, b),)),
    "u32shl": lambda a, b: (shifted(a, b) % E,),
    "u32shr": lambda a, b: (shifted(a, b) >> 2 * b,),
    "u32rotl": lambda a, b: (rotated(a, b),),
    "u32rotr": lambda a, b: (rotated(a, (32 - b) % 32 if b < 32 else b),),
}
# May an immediate be given, and up to which value.
IMMEDIATE = {name: E - 1 if name.startswith("u32") else P - 1 for name in BINARY}
IMMEDIATE |= dict.fromkeys(("u32shl", "u32shr", "u32rotl", "u32rotr"), 31)
IMMEDIATE |= dict.fromkeys(("and", "xor"), 1)
del IMMEDIATE["or"]
NOT_ZERO = ("div", "u32div", "u32mod", "u32divmod")


def inverse(a: int) -> int:
    demand(a != 0)
    return pow(a, -1, P)


def negated_bit(a: int) -> int:
    bit(a)
    return 1 - a


def power(a: int) -> int:
    demand(a < 64)
    return 1 << a


def not_u32(a: int) -> int:
    u32(a)
    return E - 1 - a


UNARY: dict[str, Callable[[int], tuple[int, ...]]] = {
    "neg": lambda a: (-a % P,),
    "inv": lambda a: (inverse(a),),
    "eqz": lambda a: (int(a == 0),),
    "not": lambda a: (negated_bit(a),),
    "pow2": lambda a: (power(a),),
    "is_odd": lambda a: (a % 2,),
    "exp.0": lambda a: (1,),
    "exp.1": lambda a: (a,),
    "exp.13": lambda a: (pow(a, 13, P),),
    "u32cast": lambda a: (a % E,),
    "u32split": lambda a: (a % E, a // E),
    "u32test": lambda a: (int(a < E), a),
    "u32not": lambda a: (not_u32(a),),
}

# Everything else: name to what it does with a state and its operands.


def _push(state: State, *values: int) -> None:
    for value in values:
        state.put(value)


def _dup(state: State, n: int = 0) -> None:
    state.put(state.stack[n])


def _dupw(state: State, n: int = 0) -> None:
    state.put(*state.stack[4 * n : 4 * n + 4])


def _swap(state: State, n: int = 1) -> None:
    stack = state.stack
    stack[0], stack[n] = stack[n], stack[0]


def _swapw(state: State, n: int = 1) -> None:
    stack = state.stack
    stack[0:4], stack[4 * n : 4 * n + 4] = stack[4 * n : 4 * n + 4], stack[0:4]


def _swapdw(state: State) -> None:
    stack = state.stack
    stack[0:8], stack[8:16] = stack[8:16], stack[0:8]


def _movup(state: State, n: int) -> None:
    state.put(state.stack.pop(n))


def _movdn(state: State, n: int) -> None:
    value = state.stack.pop(0)
    state.stack.insert(n, value)


def _movupw(state: State, n: int) -> None:
    for _ in range(4):
        _movup(state, 4 * n + 3)


def _movdnw(state: State, n: int) -> None:
    for _ in range(4):
        _movdn(state, 4 * n + 3)


def _reversew(state: State) -> None:
    state.stack[0:4] = state.stack[3::-1]


def _choose(state: State, size: int, both: bool) -> None:
    (chosen,) = state.take(1)
    bit(chosen)
    b, a = state.take(size), state.take(size)
    if both:
        state.put(*(a + b if chosen else b + a))
    else:
        state.put(*(b if chosen else a))


def _assert(state: State, wanted: int) -> None:
    demand(state.take(1) == [wanted])


def _assert_eq(state: State, size: int) -> None:
    demand(state.take(size) == state.take(size))


def _load(state: State, address: int | None = None) -> None:
    at = state.address(state.take(1)[0]) if address is None else address
    state.put(state.memory.get(at, 0))


def _store(state: State, address: int | None = None) -> None:
    at = state.address(state.take(1)[0]) if address is None else address
    state.memory[at] = state.take(1)[0]


def _loadw(state: State, address: int | None = None, little: bool = False) -> None:
    at = state.take(1)[0] if address is None else address
    for offset in range(4):
        state.address(at + offset)
    state.take(4)
    word = [state.memory.get(at + offset, 0) for offset in range(4)]
    state.put(*(word if little else word[::-1]))


def _storew(state: State, address: int | None = None, little: bool = False) -> None:
    at = state.take(1)[0] if address is None else address
    word = state.stack[:4] if little else state.stack[3::-1]
    for offset, value in enumerate(word):
        state.memory[state.address(at + offset)] = value


def _adv_push(state: State, count: int) -> None:
    for _ in range(count):
        state.put(state.advised())


def _adv_loadw(state: State) -> None:
    state.take(4)
    for element in reversed([state.advised() for _ in range(4)]):
        state.put(element)


def _eqw(state: State) -> None:
    state.put(int(state.stack[0:4] == state.stack[4:8]))


def _add3(state: State, order: int | None) -> None:
    c, b, a = state.take(3)
    u32(a, b, c)
    high, low = divmod(a + b + c, E)
    state.put(*((low,), (high, low), (low, high))[0 if order is None else order])


def _madd(state: State, order: int | None) -> None:
    b, a, c = state.take(3)
    u32(a, b, c)
    high, low = divmod(a * b + c, E)
    state.put(*((low,), (high, low), (low, high))[0 if order is None else order])


OTHER: dict[str, Callable[..., None]] = {
    "push": _push,
    "padw": lambda state: _push(state, 0, 0, 0, 0),
    "drop": lambda state: state.take(1) and None,
    "dropw": lambda state: state.take(4) and None,
    "dup": _dup,
    "dupw": _dupw,
    "swap": _swap,
    "swapw": _swapw,
    "swapdw": _swapdw,
    "movup": _movup,
    "movdn": _movdn,
    "movupw": _movupw,
    "movdnw": _movdnw,
    "reversew": _reversew,
    "cswap": lambda state: _choose(state, 1, True),
    "cdrop": lambda state: _choose(state, 1, False),
    "cswapw": lambda state: _choose(state, 4, True),
    "cdropw": lambda state: _choose(state, 4, False),
    "assert": lambda state: _assert(state, 1),
    "assertz": lambda state: _assert(state, 0),
    "assert_eq": lambda state: _assert_eq(state, 1),
    "assert_eqw": lambda state: _assert_eq(state, 4),
    "eqw": _eqw,
    "u32assert": lambda state: u32(*state.stack[:1]),
    "u32assert2": lambda state: u32(*state.stack[:2]),
    "u32assertw": lambda state: u32(*state.stack[:4]),
    "u32testw": lambda state: state.put(int(max(state.stack[:4]) < E)),
    "u32wrapping_add3": lambda state: _add3(state, None),
    "u32overflowing_add3": lambda state: _add3(state, 1),
    "u32widening_add3": lambda state: _add3(state, 2),
    "u32wrapping_madd": lambda state: _madd(state, None),
    "u32overflowing_madd": lambda state: _madd(state, 1),
    "u32widening_madd": lambda state: _madd(state, 2),
    "mem_load": _load,
    "mem_store": _store,
    "mem_loadw": _loadw,
    "mem_storew": _storew,
    "mem_loadw_be": _loadw,
    "mem_storew_be": _storew,
    "mem_loadw_le": lambda state, at=None: _loadw(state, at, True),
    "mem_storew_le": lambda state, at=None: _storew(state, at, True),
    "adv_push": _adv_push,
    "adv_loadw": _adv_loadw,
}


def step(state: State, instruction: str) -> None:
    """Run one instruction, with decimal operands."""
    name, *operands = instruction.split(".")
    numbers = [int(operand) for operand in operands]
    if instruction in UNARY:
        state.put(*UNARY[instruction](*state.take(1)))
    elif name in BINARY:
        b = numbers[0] if numbers else state.take(1)[0]
        a = state.take(1)[0]
        state.put(*BINARY[name](a, b))
    else:
        OTHER[name](state, *numbers)
