// SPDX-License-Identifier: Apache-2.0
#include <thalweg/thalweg.h>

int main() {
  using namespace std::chrono_literals;
  thalweg::Session session("local[2]", "word count");
  thalweg::StreamingContext context(session, 1s);
  context.socket_text_stream("localhost", 9999)
      .flat_map(thalweg::split(' '))
      .map([](auto word) { return std::pair(word, 1); })
      .reduce_by_key(std::plus<>())
      .print();
  context.start();
  context.await_termination();
}
