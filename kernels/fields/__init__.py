"""Fields: their parameters, their elements in arrays, and arithmetic for tests and users.

Native kernels include ``kernels/fields/cpu/fields.hpp``; users call ``add``, ``multiply``,
``inverse`` and the like in ``zkmark.kernels.fields.arithmetic``.
"""

from zkmark.kernels.fields.encoding import (
    check_elements,
    first_not_canonical,
    from_integers,
    to_integers,
)
from zkmark.kernels.fields.parameters import (
    EXTENSION_FIELDS,
    FIELDS,
    ExtensionFieldParameters,
    FieldParameters,
    extension_field,
    field,
)

__all__ = [
    "EXTENSION_FIELDS",
    "FIELDS",
    "ExtensionFieldParameters",
    "FieldParameters",
    "check_elements",
    "extension_field",
    "field",
    "first_not_canonical",
    "from_integers",
    "to_integers",
]
