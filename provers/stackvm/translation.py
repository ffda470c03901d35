"""From the assembly of this machine to that of today's Miden VM, which has dropped some spellings.

Token by token, so that lines stay lines. Nothing else is changed: both run the same instructions.

| here | there |
|---|---|
| ``proc.name``, ``proc.name.8`` | ``proc name``, ``@locals(8) proc name`` |
| ``const.NAME=1`` | ``const NAME = 1`` |
| ``adv_push.2`` | ``adv_push adv_push`` |
| ``mem_loadw`` and its like | ``mem_loadw_be`` |
| ``u32overflowing_mul``, ``u32overflowing_madd`` | ``u32widening_mul swap``, ... |
| ``eqz`` | ``eq.0`` |
| ``.err=5`` | ``.err="code 5"`` |
| ``0xfff`` | ``0x0fff`` |
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r'#[^\n]*|(?:[^\s#"]|"[^"\n]*")+')
# Digits of the hexadecimal numbers that Miden reads.
_DIGITS = (2, 4, 8, 16, 64)


def _procedure(found: re.Match[str]) -> str:
    name, count = found.groups()
    return f"@locals({count}) proc {name}" if int(count or 0) else f"proc {name}"


def _hexadecimal(found: re.Match[str]) -> str:
    digits = found[1]
    wide = [width for width in _DIGITS if width >= len(digits)]
    return f"0x{digits.zfill(wide[0])}" if wide else found[0]


_WHOLE = (
    (re.compile(r"(?:proc|export)\.(\w+)(?:\.(\d+))?"), _procedure),
    (re.compile(r"const\.(\w+)=(.*)"), r"const \1 = \2"),
    (re.compile(r"adv_push\.(\d+)"), lambda found: " ".join(["adv_push"] * int(found[1]))),
    (re.compile(r"((?:mem|loc)_(?:load|store)w)((?:\.\w+)?)"), r"\1_be\2"),
    (re.compile(r"u32overflowing_(mul|madd)"), r"u32widening_\1 swap"),
    (re.compile(r"u32overflowing_mul\.(\w+)"), r"u32widening_mul.\1 swap"),
    (re.compile(r"eqz"), "eq.0"),
)
_WITHIN = (
    (re.compile(r"(?<=\.err=)(\d+)$"), r'"code \1"'),
    (re.compile(r"\b0x([0-9a-fA-F]+)\b"), _hexadecimal),
)


def _token(found: re.Match[str]) -> str:
    token = found[0]
    if token.startswith("#"):
        # Miden reads "#!" as documentation, which may not stand everywhere.
        return "#" + token.lstrip("#!")
    if '"' not in token:
        for pattern, new in _WITHIN:
            token = pattern.sub(new, token)
    for pattern, new in _WHOLE:
        if whole := pattern.fullmatch(token):
            return whole.expand(new) if isinstance(new, str) else new(whole)
    return token


def to_miden(source: str) -> str:
    """Return a program's text as today's Miden VM reads it; its lines are the source's lines."""
    return _TOKEN.sub(_token, source)
