// SPDX-License-Identifier: Apache-2.0
//
// Counts the words of the files that appear in a directory, for ever: kill it however you like and
// start it again, and it goes on where it was.
#include <cstdio>
#include <stdexcept>

#include <thalweg/thalweg.h>

int main(int count, char** arguments) try {
  using namespace std::chrono_literals;
  if (count != 3) throw std::invalid_argument("usage: running_count DIRECTORY CHECKPOINT");
  thalweg::Session session("local[2]", "running count");
  auto context = thalweg::StreamingContext::get_or_create(arguments[2], [&] {
    auto made = std::make_unique<thalweg::StreamingContext>(session, 200ms);
    made->text_file_stream(arguments[1])
        .flat_map(thalweg::split(' '))
        .map([](auto word) { return std::pair(word, 1); })
        .update_state_by_key<int>([](const std::vector<int>& ones, std::optional<int> sum) {
          return std::optional(sum.value_or(0) + static_cast<int>(ones.size()));
        })
        .name("counts")
        .print();
    return made;
  });
  context->start();
  context->await_termination();
} catch (const std::exception& error) {
  std::fprintf(stderr, "running_count: %s\n", error.what());
  return 1;
}
