# SPDX-License-Identifier: Apache-2.0
"""Lets ``import pyspark`` find ``thalweg.pyspark``."""

import importlib
import importlib.util
import sys
from collections.abc import Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Optional

_ALIAS = "pyspark"
_HOME = "thalweg.pyspark"


class _AliasLoader(Loader):
    """Gives a module that exists under another name."""

    def __init__(self, home: str) -> None:
        self._home = home
        self._own_spec: Optional[ModuleSpec] = None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        module = importlib.import_module(self._home)
        self._own_spec = module.__spec__
        return module

    def exec_module(self, module: ModuleType) -> None:
        # The import system has put the alias's spec there; the module stays what it is.
        module.__spec__ = self._own_spec


class _AliasFinder(MetaPathFinder):
    def find_spec(
        self,
        fullname: str,
        path: Optional[Sequence[str]],
        target: Optional[ModuleType] = None,
    ) -> Optional[ModuleSpec]:
        if fullname != _ALIAS and not fullname.startswith(_ALIAS + "."):
            return None
        home = _HOME + fullname[len(_ALIAS) :]
        found = importlib.util.find_spec(home)
        if found is None:
            raise ModuleNotFoundError(
                f"No module named {fullname!r}: Thalweg's PySpark has streams and RDDs; "
                "run with --real to use the installed PySpark",
                name=fullname,
            )
        is_package = found.submodule_search_locations is not None
        return ModuleSpec(fullname, _AliasLoader(home), is_package=is_package)


def install() -> None:
    """From now on ``import pyspark`` and ``import pyspark.x`` find ``thalweg.pyspark`` and
    ``thalweg.pyspark.x``, the same modules, whether or not PySpark is installed.

    Nothing else about imports changes. Called again it does nothing more.
    """
    if not any(isinstance(finder, _AliasFinder) for finder in sys.meta_path):
        sys.meta_path.insert(0, _AliasFinder())
