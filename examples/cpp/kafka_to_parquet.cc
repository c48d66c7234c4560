// SPDX-License-Identifier: Apache-2.0
//
// Orders from a topic of Kafka into Parquet files, each order once however often the program is
// killed and started again; what is no order is shown and left out:
//
//     kafka_to_parquet localhost:9092 orders s3://lake/orders /tmp/kafka_to_parquet [end]
//
// A record's value is JSON: {"id": 1, "page": "home", "amount": 2.5}. With `end` the program stops
// when it has read all there is.

#include <iostream>

#include <thalweg/thalweg.h>

struct Order {
  std::int64_t id = 0;
  std::string_view page;
  std::optional<double> amount;
};
THALWEG_FIELDS(Order, id, page, amount)

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  if (argc < 5) {
    std::cerr << "usage: kafka_to_parquet BROKER TOPIC TO_DIRECTORY CHECKPOINT_DIRECTORY [end]\n";
    return 2;
  }
  try {
    thalweg::Session session("local[2]", "kafka to parquet");
    thalweg::StreamingContext context(session, 1s);
    context.checkpoint(argv[4]);
    if (argc > 5) context.stop_at_end();

    context
        .direct_stream<Order>("kafka", {{"kafka.bootstrap.servers", argv[1]},
                                        {"subscribe", argv[2]},
                                        {"startingOffsets", "earliest"},
                                        {"format", "json"}})
        .filter([](const Order& order) { return order.amount.value_or(0) > 0; })
        .write_to("files", {{"path", argv[3]}, {"format", "parquet"}});
    context.start();
    context.await_termination();
    for (const auto& letter : session.dead_letters().latest()) {
      std::cerr << letter.position << ": " << letter.reason << ": " << letter.bytes << "\n";
    }
  } catch (const thalweg::Error& error) {
    std::cerr << "kafka_to_parquet: " << error.what() << "\n";
    return 1;
  }
}
