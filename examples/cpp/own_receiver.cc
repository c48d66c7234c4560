// SPDX-License-Identifier: Apache-2.0
//
// A receiver of one's own: the thermometers of a house, read every few milliseconds. The program
// keeps the warmest and the coldest reading of each room, and ends when the receiver does.
#include <iostream>
#include <map>
#include <thread>

#include <thalweg/common/random.h>
#include <thalweg/thalweg.h>

using namespace std::chrono_literals;

struct Reading {
  std::string room;
  double celsius = 0;
};
THALWEG_FIELDS(Reading, room, celsius)

/// Reads three thermometers in turn, a hundred times.
class Thermometers final : public thalweg::Receiver<Reading> {
 public:
  void on_start() override {
    thalweg::Random random(7);
    const std::vector<Reading> usual{{"attic", 24}, {"cellar", 11}, {"kitchen", 20}};
    for (int i = 0; i < 300 && !is_stopped(); ++i) {
      Reading reading = usual[i % usual.size()];
      reading.celsius += static_cast<double>(random.below(31)) / 10 - 1.5;
      store(reading);
      std::this_thread::sleep_for(1ms);
    }
    stop();
  }
};

int main() {
  thalweg::Session session("local[1]", "own receiver");
  thalweg::StreamingContext context(session, 100ms);
  using Range = std::pair<double, double>;  // Coldest and warmest.
  auto wider = [](Range a, Range b) {
    return Range(std::min(a.first, b.first), std::max(a.second, b.second));
  };
  std::map<std::string, Range> rooms;
  context.receiver_stream(std::make_shared<Thermometers>())
      .map([](const Reading& reading) {
        return std::pair(reading.room, Range(reading.celsius, reading.celsius));
      })
      .reduce_by_key(wider)
      .for_each_rdd([&](const auto& batch) {
        for (const auto& [room, range] : batch.collect()) {
          rooms[room] = rooms.contains(room) ? wider(rooms[room], range) : range;
        }
      });
  context.stop_at_end();
  context.start();
  context.await_termination();
  for (const auto& [room, range] : rooms) {
    std::cout << room << ": " << range.first << " to " << range.second << " degrees\n";
  }
}
