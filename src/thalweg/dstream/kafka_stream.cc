// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/kafka_stream.h"

namespace thalweg::kafka {

Headers headers_of(std::string_view field) {
  Decoder in(field);
  return RecordTraits<Headers>::decode(in);
}

}  // namespace thalweg::kafka
