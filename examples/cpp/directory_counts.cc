// SPDX-License-Identifier: Apache-2.0
//
// Counts the words in files that appear in a directory, and writes the counts of each batch to
// files of another:
//
//     directory_counts hdfs://namenode:9000/user/hduser/data /tmp/counts 3
//
// Either may be a path, hdfs://, webhdfs:// or s3://. The first has to be there. A file counts as a
// whole, so it has to appear as one: written elsewhere and renamed. It ends after so many words.

#include <atomic>
#include <cstdlib>
#include <iostream>
#include <string>

#include <thalweg/thalweg.h>

int main(int argc, char** argv) {
  using namespace std::chrono_literals;
  std::atomic<std::int64_t> left = argc == 4 ? std::atoll(argv[3]) : 0;
  if (left <= 0) {
    std::cerr << "usage: directory_counts FROM_DIRECTORY TO_DIRECTORY WORDS\n";
    return 2;
  }
  try {
    thalweg::Session session("local[2]", "directory counts");
    thalweg::StreamingContext context(session, 1s);
    auto words = context.text_file_stream(argv[1]).flat_map(thalweg::split(' '));
    words.map([](auto word) { return std::pair(word, 1); })
        .reduce_by_key(std::plus<>())
        .write_to("files", {{"path", argv[2]}, {"format", "json"}});

    words.for_each_rdd([&](const thalweg::RDD<std::string_view>& rdd) { left -= rdd.count(); });
    context.start();
    std::cout << "watching " << argv[1] << std::endl;
    while (left > 0 && !context.await_termination_or_timeout(100ms)) {
    }
    context.stop();
  } catch (const thalweg::Error& error) {
    std::cerr << "directory_counts: " << error.what() << "\n";
    return 1;
  }
}
