"""What defines something in each language's grammar, and what its identifiers are called.

Every kind of node named here exists in the grammar that ast-grep carries: it refuses a search for any other
(tests/core/test_code.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from triagebot.core.code.values import Kind


@dataclass(frozen=True, slots=True)
class Grammar:
    """One language. `defines`: node kinds and what they define; `constants`: those that count outside of functions only.

    `identifiers`: the node kinds that name something; `imports`: the nodes in which a name is brought in
    (or handed on); `bodies`: where a definition's head ends, if it has no field `body`; `calls`: node
    kinds of calls.
    """

    defines: Mapping[str, Kind]
    identifiers: frozenset[str]
    imports: frozenset[str] = frozenset()
    constants: Mapping[str, Kind] = field(default_factory=dict)
    bodies: frozenset[str] = frozenset()
    calls: frozenset[str] = frozenset()
    binds: frozenset[str] = frozenset()
    """What else makes a name known to its file: it is not told as a definition."""
    scopes: frozenset[str] = frozenset()
    """Nodes that give their name to what is inside without defining anything (`impl`, `extension`)."""


def words(text: str) -> frozenset[str]:
    """Return the words of `text`."""
    return frozenset(text.split())


_SCRIPT_DEFINES: dict[str, Kind] = {
    "function_declaration": "function",
    "generator_function_declaration": "function",
    "class_declaration": "class",
    "method_definition": "method",
}
_SCRIPT_IDENTIFIERS = words(
    "identifier property_identifier shorthand_property_identifier shorthand_property_identifier_pattern"
)
_SCRIPT_IMPORTS = words("import_statement export_clause")

_JAVASCRIPT = Grammar(
    defines=_SCRIPT_DEFINES,
    constants={"variable_declarator": "constant"},
    identifiers=_SCRIPT_IDENTIFIERS,
    imports=_SCRIPT_IMPORTS,
    calls=words("call_expression"),
)
_TYPESCRIPT = Grammar(
    defines=_SCRIPT_DEFINES
    | {
        "abstract_class_declaration": "class",
        "abstract_method_signature": "method",
        "interface_declaration": "interface",
        "enum_declaration": "enum",
        "type_alias_declaration": "type",
        "function_signature": "function",
        "internal_module": "module",
    },
    constants={"variable_declarator": "constant"},
    identifiers=_SCRIPT_IDENTIFIERS | {"type_identifier"},
    imports=_SCRIPT_IMPORTS,
    calls=words("call_expression"),
)
_C = Grammar(
    defines={
        "function_definition": "function",
        "struct_specifier": "struct",
        "union_specifier": "struct",
        "enum_specifier": "enum",
        "type_definition": "type",
        "preproc_def": "macro",
        "preproc_function_def": "macro",
    },
    identifiers=words("identifier type_identifier field_identifier"),
    binds=words("enumerator declaration"),
    calls=words("call_expression"),
)

GRAMMARS: dict[str, Grammar] = {
    "python": Grammar(
        defines={
            "function_definition": "function",
            "class_definition": "class",
            "type_alias_statement": "type",
        },
        constants={"assignment": "constant"},
        identifiers=words("identifier"),
        imports=words("import_statement import_from_statement"),
        calls=words("call"),
    ),
    "javascript": _JAVASCRIPT,
    "typescript": _TYPESCRIPT,
    "tsx": _TYPESCRIPT,
    "go": Grammar(
        defines={
            "function_declaration": "function",
            "method_declaration": "method",
            "type_spec": "type",
            "type_alias": "type",
        },
        constants={"const_spec": "constant", "var_spec": "variable"},
        identifiers=words("identifier type_identifier field_identifier"),
        imports=words("import_declaration"),
        calls=words("call_expression"),
    ),
    "rust": Grammar(
        defines={
            "function_item": "function",
            "function_signature_item": "function",
            "struct_item": "struct",
            "union_item": "struct",
            "enum_item": "enum",
            "trait_item": "interface",
            "type_item": "type",
            "macro_definition": "macro",
            "mod_item": "module",
        },
        constants={"const_item": "constant", "static_item": "constant"},
        identifiers=words("identifier type_identifier field_identifier"),
        imports=words("use_declaration"),
        binds=words("enum_variant"),
        scopes=words("impl_item"),
        calls=words("call_expression macro_invocation"),
    ),
    "java": Grammar(
        defines={
            "class_declaration": "class",
            "interface_declaration": "interface",
            "enum_declaration": "enum",
            "record_declaration": "class",
            "annotation_type_declaration": "interface",
            "method_declaration": "method",
            "constructor_declaration": "method",
        },
        constants={"field_declaration": "constant"},
        identifiers=words("identifier type_identifier"),
        imports=words("import_declaration"),
        binds=words("enum_constant"),
        calls=words("method_invocation"),
    ),
    "c": _C,
    "cpp": Grammar(
        defines={
            **_C.defines,
            "class_specifier": "class",
            "namespace_definition": "module",
            "alias_declaration": "type",
        },
        identifiers=_C.identifiers | {"namespace_identifier"},
        imports=words("using_declaration"),
        binds=_C.binds,
        calls=_C.calls,
    ),
    "csharp": Grammar(
        defines={
            "class_declaration": "class",
            "interface_declaration": "interface",
            "struct_declaration": "struct",
            "enum_declaration": "enum",
            "record_declaration": "class",
            "delegate_declaration": "type",
            "method_declaration": "method",
            "constructor_declaration": "method",
            "namespace_declaration": "module",
        },
        constants={"field_declaration": "constant"},
        identifiers=words("identifier"),
        imports=words("using_directive"),
        binds=words("enum_member_declaration"),
        calls=words("invocation_expression"),
    ),
    "ruby": Grammar(
        defines={
            "method": "method",
            "singleton_method": "method",
            "class": "class",
            "module": "module",
        },
        constants={"assignment": "constant"},
        identifiers=words("identifier constant"),
        calls=words("call identifier"),
    ),
    "php": Grammar(
        defines={
            "function_definition": "function",
            "class_declaration": "class",
            "interface_declaration": "interface",
            "trait_declaration": "class",
            "enum_declaration": "enum",
            "method_declaration": "method",
        },
        constants={"const_element": "constant"},
        identifiers=words("name"),
        imports=words("namespace_use_declaration"),
        binds=words("enum_case"),
        calls=words("function_call_expression"),
    ),
    "kotlin": Grammar(
        defines={
            "function_declaration": "function",
            "class_declaration": "class",
            "object_declaration": "class",
            "type_alias": "type",
        },
        constants={"property_declaration": "constant"},
        identifiers=words("simple_identifier type_identifier"),
        imports=words("import_header"),
        binds=words("enum_entry"),
        bodies=words("function_body class_body enum_class_body"),
        calls=words("call_expression"),
    ),
    "swift": Grammar(
        defines={
            "function_declaration": "function",
            "protocol_function_declaration": "method",
            "class_declaration": "class",
            "protocol_declaration": "interface",
            "typealias_declaration": "type",
        },
        constants={"property_declaration": "constant"},
        identifiers=words("simple_identifier type_identifier"),
        imports=words("import_declaration"),
        calls=words("call_expression"),
    ),
    "scala": Grammar(
        defines={
            "function_definition": "function",
            "function_declaration": "function",
            "class_definition": "class",
            "object_definition": "class",
            "trait_definition": "interface",
            "enum_definition": "enum",
            "type_definition": "type",
        },
        constants={"val_definition": "constant"},
        identifiers=words("identifier type_identifier"),
        imports=words("import_declaration"),
        calls=words("call_expression"),
    ),
    "lua": Grammar(
        defines={"function_declaration": "function"},
        identifiers=words("identifier"),
        calls=words("function_call"),
    ),
    "bash": Grammar(
        defines={"function_definition": "function"},
        identifiers=words("word"),
        calls=words("command"),
    ),
}
"""JSON, YAML, CSS and HTML define nothing that other files use by name."""
