// SPDX-License-Identifier: Apache-2.0
//
// Counts the words in the records of one topic and writes the counts of each batch to another, each
// once however often the program is killed and started again:
//
//     kafka_counts localhost:9092 sentences counts /tmp/kafka_counts [end]
//
// The topics have to be there. With `end` it stops when it has read all there is.

#include <iostream>

#include <thalweg/thalweg.h>

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  namespace kafka = thalweg::kafka;
  if (argc < 5) {
    std::cerr << "usage: kafka_counts BROKER FROM_TOPIC TO_TOPIC CHECKPOINT_DIRECTORY [end]\n";
    return 2;
  }
  try {
    thalweg::Session session("local[2]", "kafka counts");
    thalweg::StreamingContext context(session, 1s);
    context.checkpoint(argv[4]);
    if (argc > 5) context.stop_at_end();

    auto records = kafka::direct_stream(context, {{"kafka.bootstrap.servers", argv[1]},
                                                  {"subscribe", argv[2]},
                                                  {"startingOffsets", "earliest"}});
    records.for_each_rdd([](const thalweg::RDD<kafka::Record>& rdd) {
      for (const auto& range : kafka::offset_ranges(rdd)) {
        if (range.from_offset == range.until_offset) continue;
        std::cout << range.topic << "/" << range.partition << ": " << range.from_offset << " to "
                  << range.until_offset << "\n";
      }
    });
    records.map([](const kafka::Record& record) { return record.value.value_or(""); })
        .flat_map(thalweg::split(' '))
        .map([](auto word) { return std::pair(word, 1); })
        .reduce_by_key(std::plus<>())
        .write_to("kafka", {{"kafka.bootstrap.servers", argv[1]}, {"topic", argv[3]}});
    context.start();
    context.await_termination();
  } catch (const thalweg::Error& error) {
    std::cerr << "kafka_counts: " << error.what() << "\n";
    return 1;
  }
}
