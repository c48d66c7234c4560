// SPDX-License-Identifier: Apache-2.0
#include "thalweg/connectors/socket/socket.h"

#include "thalweg/connectors/socket/source.h"

namespace thalweg::socket {
namespace {

constexpr OptionSpec options[] = {
    {.name = "host", .default_value = "localhost", .help = "The server's name or address."},
    {.name = "port",
     .type = OptionType::integer,
     .required = true,
     .help = "The server's TCP port.",
     .min = 1,
     .max = 65535},
    {.name = "reconnect_ms",
     .type = OptionType::integer,
     .default_value = "2000",
     .help = "How long to wait before a lost connection is opened again.",
     .min = 0},
    {.name = "line_bytes_max",
     .type = OptionType::integer,
     .default_value = "1048576",
     .help = "A longer line is rejected. Without its end.",
     .min = 1,
     .max = std::int64_t{1} << 30},
    {.name = "connect_timeout_ms",
     .type = OptionType::integer,
     .default_value = "10000",
     .help = "How long to wait for the server to answer.",
     .min = 1},
};

}  // namespace

constinit const Connector connector = {
    .name = "socket",
    .summary = "Lines of text that a TCP server sends.",
    .options = options,
    .make_source = [](const Options& chosen, const ConnectorContext& context)
        -> Result<std::unique_ptr<Source>> { return make_source(chosen, context); },
};

}  // namespace thalweg::socket
