// SPDX-License-Identifier: Apache-2.0
//
// Looks up every record in a table that all tasks share, and counts what the table does not know.
#include <iostream>
#include <map>

#include <thalweg/thalweg.h>

using namespace std::chrono_literals;

int main() {
  thalweg::Session session("local[2]", "broadcast lookup");
  thalweg::StreamingContext context(session, 100ms);
  thalweg::Context rdds = context.context();

  auto countries = rdds.broadcast(std::map<std::string, std::string, std::less<>>{
      {"at", "Austria"}, {"fr", "France"}, {"no", "Norway"}});
  auto unknown = rdds.accumulator(0, "unknown countries");

  context
      .queue_stream(std::vector{rdds.parallelize({"at", "fr", "at", "xx"}),
                                rdds.parallelize({"no", "yy", "fr"})})
      .flat_map([=](const std::string& code) {
        auto found = countries->find(code);
        if (found == countries->end()) unknown += 1;
        return found == countries->end() ? std::vector<std::string>() : std::vector{found->second};
      })
      .count_by_value()
      .print();
  context.stop_at_end();
  context.start();
  context.await_termination();
  std::cout << "codes that are in no table: " << unknown.value() << '\n';
}
