// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "thalweg/columnar/formats/batch_encoder.h"

namespace thalweg {

std::unique_ptr<BatchEncoder> make_json_encoder();
std::unique_ptr<BatchEncoder> make_csv_encoder(bool header);

/// Appends "2026-11-21T18:33:57.123456Z", of microseconds since 1970.
void append_iso_time(std::int64_t micros, std::string& out);

}  // namespace thalweg
