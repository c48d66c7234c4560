// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "thalweg/common/status.h"
#include "thalweg/state/checkpoint/epoch.h"

// The bytes and names of docs/formats/checkpoint.md.

namespace thalweg::manifests {

/// "MANIFEST-00000000000000000042".
std::string name_of(std::uint64_t number);
/// The number of such a name, nothing for another.
std::optional<std::uint64_t> number_of(std::string_view name);

/// "data-00000000000000000042".
std::string data_name_of(std::uint64_t number);
std::optional<std::uint64_t> data_number_of(std::string_view name);

std::string encode(const Epoch& epoch);

/// The epoch in the bytes of the manifest at `path`, which is that of `number`.
/// Errors: data_loss; unsupported for a newer version.
Result<Epoch> decode(std::string_view bytes, std::uint64_t number, const std::string& path);

}  // namespace thalweg::manifests
