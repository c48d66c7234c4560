// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings/objects/py_ref.h"
#include "thalweg/common/bytes/codec.h"

namespace thalweg::python {

// The byte form of Python objects in our own files: spilled blocks, checkpoints, object files. The
// plain types have forms of their own (docs/formats/python.md), all else is pickled. Nothing that
// comes from outside is ever read with this.

/// Errors: throws PyError where an object can't be pickled. REQUIRES: the interpreter lock.
void encode_object(PyObject* object, Encoder& out);

/// Reads what encode_object() wrote; null, and the decoder has failed, where the bytes are
/// malformed. Errors: throws PyError where a pickled object can't be made again: its class is not
/// there any more. REQUIRES: the interpreter lock.
PyRef decode_object(Decoder& in);

}  // namespace thalweg::python
