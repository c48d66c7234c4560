#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the types of PySpark's names: python/thalweg/pyspark/spelled.pyi.

    PYTHONPATH=python tools/pyspark_stubs.py            # writes it
    PYTHONPATH=python tools/pyspark_stubs.py --check    # says whether it is current

Type checkers do not run the loop in pyspark/naming.py that gives the facade its methods. This reads
the native classes, spells their methods by the same rules, and writes down what comes out.
"""

import argparse
import ast
import importlib
import inspect
import pathlib
import sys
import textwrap
from collections import defaultdict
from collections.abc import Iterator

from thalweg.pyspark.naming import NATIVE_ONLY, argument_name, method_name

STUB = pathlib.Path(__file__).parent.parent / "python/thalweg/pyspark/spelled.pyi"
#: Module and name of each class of the facade, and the parameters of its kind. Some are the native
#: classes themselves, under both kinds of names.
FACADES = [
    ("thalweg.pyspark.statcounter", "StatCounter", ""),
    ("thalweg.pyspark.status", "StatusTracker", ""),
    ("thalweg.pyspark.taskcontext", "TaskContext", ""),
    ("thalweg.pyspark.conf", "SparkConf", ""),
    ("thalweg.pyspark.rdd", "RDD", "[T]"),
    ("thalweg.pyspark.context", "SparkContext", ""),
    ("thalweg.pyspark.streaming.dstream", "DStream", "[T]"),
    ("thalweg.pyspark.streaming.context", "StreamingContext", ""),
]
HEAD = '''\
# SPDX-License-Identifier: Apache-2.0
# Written by tools/pyspark_stubs.py; do not edit.
# mypy: disable-error-code="override, misc"
"""What the classes of the facade have from the loop in naming.py, for type checkers only."""

'''


def class_tree(of: type) -> ast.ClassDef:
    tree = ast.parse(textwrap.dedent(inspect.getsource(of))).body[0]
    assert isinstance(tree, ast.ClassDef)
    return tree


def functions(tree: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    return (node for node in tree.body if isinstance(node, ast.FunctionDef))


def native_of(facade: type) -> type:
    return facade.__bases__[0] if facade.__module__.startswith("thalweg.pyspark.") else facade


class Names:
    """Where the names in annotations come from."""

    def __init__(self, facades: dict[str, tuple[str, str]]) -> None:
        self.facades = facades  # By the native name: module and name of the facade.
        self.imports: dict[str, set[str]] = defaultdict(set)
        self.modules: dict[str, dict[str, tuple[str, str]]] = {}
        self.variables: set[str] = {"T"}

    def text_of(self, annotation: ast.expr, module: str) -> str:
        """The annotation as the stub says it. Texts in quotes are types, too."""
        for node in ast.walk(annotation):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                return self.text_of(ast.parse(node.value, mode="eval").body, module)
        for node in ast.walk(annotation):
            if isinstance(node, ast.Name):
                node.id = self.found(node.id, module)
        return ast.unparse(annotation)

    def found(self, name: str, module: str) -> str:
        if module not in self.modules:
            self.modules[module] = imports_of(module)
        known = self.modules[module]
        if name in self.facades:
            home, spelled = self.facades[name]
            self.imports[home].add(spelled)
            return spelled
        if name in known:
            home, original = known[name]
            self.imports[home].add(original if original == name else f"{original} as {name}")
        elif name in vars(importlib.import_module(module)):
            if type(vars(sys.modules[module])[name]).__name__ == "TypeVar":
                self.variables.add(name)
            else:
                self.imports[module].add(name)
        return name


def imports_of(module: str) -> dict[str, tuple[str, str]]:
    """What a module imports: by its name there, the module and the name it comes from."""
    known = {}
    for node in ast.walk(ast.parse(inspect.getsource(importlib.import_module(module)))):
        if isinstance(node, ast.ImportFrom) and node.module:
            for alias in node.names:
                known[alias.asname or alias.name] = (node.module, alias.name)
    return known


def spelled(function: ast.FunctionDef, module: str, names: Names) -> list[str]:
    """The lines of one method under PySpark's names."""
    name = method_name(function.name)
    parameters = function.args
    every = [*parameters.posonlyargs, *parameters.args, *parameters.kwonlyargs]
    for parameter in [*every, parameters.vararg, parameters.kwarg]:
        if parameter is None:
            continue
        parameter.arg = argument_name(function.name, parameter.arg)
        if parameter.annotation is not None:
            text = names.text_of(parameter.annotation, module)
            parameter.annotation = ast.parse(text, mode="eval").body
    dots = ast.Constant(value=...)
    parameters.defaults = [dots for _ in parameters.defaults]
    parameters.kw_defaults = [default and dots for default in parameters.kw_defaults]
    result = names.text_of(function.returns, module) if function.returns else "Any"
    decorators = [ast.unparse(decorator) for decorator in function.decorator_list]
    decorators = [text.replace(function.name + ".", name + ".") for text in decorators]
    return [
        *(f"    @{text}" for text in decorators),
        f"    def {name}({ast.unparse(parameters)}) -> {result}: ...",
    ]


def spelled_class(facade: type, kind: str, names: Names) -> list[str]:
    native = native_of(facade)
    names.imports[native.__module__].add(f"{native.__name__} as Native{native.__name__}")
    lines = [f"class {facade.__name__}Names(Native{native.__name__}{kind}):"]
    own = functions(class_tree(facade)) if facade is not native else ()
    done = {function.name for function in own}
    for base in native.__mro__:
        if base.__module__.split(".")[0] != "thalweg":
            continue
        native_functions = list(functions(class_tree(base)))
        for function in native_functions:
            name = function.name
            if name.startswith("_") or name in NATIVE_ONLY or method_name(name) in done:
                continue
            lines += spelled(function, base.__module__, names)
        done |= {function.name for function in native_functions}
    return lines


def stub() -> str:
    facades = {}
    for module, name, _ in FACADES:
        native = native_of(getattr(importlib.import_module(module), name))
        facades[native.__name__] = (module, name)
    names = Names(facades)
    classes = [
        spelled_class(getattr(importlib.import_module(module), name), kind, names)
        for module, name, kind in FACADES
    ]
    names.imports["typing"] |= {"Any", "TypeVar"}
    text = HEAD
    for home in sorted(names.imports):
        text += f"from {home} import {', '.join(sorted(names.imports[home]))}\n"
    text += "\n"
    for variable in sorted(names.variables):
        text += f'{variable} = TypeVar("{variable}")\n'
    for lines in classes:
        text += "\n" + "\n".join(lines) + "\n"
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; say what is old")
    arguments = parser.parse_args()
    current = stub()
    if not arguments.check:
        STUB.write_text(current)
        return 0
    if STUB.exists() and STUB.read_text() == current:
        return 0
    print(f"{STUB.name} is not what the native classes have now; run tools/pyspark_stubs.py")
    return 1


if __name__ == "__main__":
    sys.exit(main())
