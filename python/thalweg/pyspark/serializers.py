# SPDX-License-Identifier: Apache-2.0
"""PySpark's serializers by name. The engine has its own way to write rows, so that a serializer
given to SparkContext is checked and changes nothing."""

import marshal
import pickle
from typing import Any

__all__ = ["CPickleSerializer", "CloudPickleSerializer", "MarshalSerializer", "PickleSerializer"]


class Serializer:
    """Turns objects into bytes and back."""

    def dumps(self, obj: Any) -> bytes:
        """The bytes of ``obj``."""
        raise NotImplementedError(f"{type(self).__name__} has to define dumps()")

    def loads(self, obj: bytes) -> Any:
        """The object of these bytes."""
        raise NotImplementedError(f"{type(self).__name__} has to define loads()")

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))


class PickleSerializer(Serializer):
    """By pickle."""

    def dumps(self, obj: Any) -> bytes:
        return pickle.dumps(obj, pickle.HIGHEST_PROTOCOL)

    def loads(self, obj: bytes) -> Any:
        return pickle.loads(obj)


class CloudPickleSerializer(PickleSerializer):
    """By cloudpickle, which takes functions too."""

    def dumps(self, obj: Any) -> bytes:
        import cloudpickle  # type: ignore[import-untyped,unused-ignore]

        data: bytes = cloudpickle.dumps(obj)
        return data


CPickleSerializer = CloudPickleSerializer


class MarshalSerializer(Serializer):
    """By marshal, for builtin types."""

    def dumps(self, obj: Any) -> bytes:
        return marshal.dumps(obj)

    def loads(self, obj: bytes) -> Any:
        return marshal.loads(obj)
