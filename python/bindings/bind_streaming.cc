// SPDX-License-Identifier: Apache-2.0
#include <nanobind/stl/map.h>
#include <nanobind/stl/optional.h>
#include <nanobind/stl/string.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "bindings/handles.h"
#include "bindings/objects/py_batch_reader.h"
#include "bindings/objects/py_partitioner.h"
#include "bindings/py_listener.h"
#include "bindings/session.h"
#include "bindings/storage_level.h"
#include "bindings/stream_operators.h"
#include "bindings/waiting.h"
#include "thalweg/dstream/kafka_stream.h"
#include "thalweg/dstream/streaming_context.h"

namespace thalweg::python {

namespace {

/// How late a signal may be noticed.
constexpr Duration await_step = std::chrono::milliseconds(50);
/// The same where the engine's clock stands still until a test moves it.
constexpr Duration virtual_await_step = std::chrono::milliseconds(1);

Duration duration_of(double seconds) {
  return Duration(static_cast<std::int64_t>(std::llround(seconds * 1e6)));
}
double seconds_of(Duration length) { return static_cast<double>(length.count()) / 1e6; }

/// A streaming context as Python holds it: stopped, and let go of, without the interpreter lock.
class PyStreaming {
 public:
  PyStreaming(const PySession& session, double interval, const StreamingOptions& options)
      : context_(std::make_unique<StreamingContext>(session.session(), duration_of(interval),
                                                    options)) {}
  PyStreaming(const PyStreaming&) = delete;
  PyStreaming& operator=(const PyStreaming&) = delete;
  ~PyStreaming() {
    if (!interpreter_runs()) {
      (void)context_.release();  // As with sessions, its threads are not waited for.
      return;
    }
    GilRelease no_gil;
    context_.reset();
  }

  StreamingContext& operator*() const { return *context_; }
  StreamingContext* operator->() const { return context_.get(); }

 private:
  std::unique_ptr<StreamingContext> context_;
};

void make_streaming(PyStreaming* self, const PySession& session, double interval,
                    double block_interval, bool backpressure, double initial_rate,
                    double receiver_max_rate) {
  StreamingOptions options;
  options.block_interval = duration_of(block_interval);
  options.handle_signals = false;  // The interpreter has handlers of its own.
  options.rates.backpressure = backpressure;
  if (initial_rate > 0) options.rates.initial_rate = initial_rate;
  if (receiver_max_rate > 0) options.rates.max_rate = receiver_max_rate;
  new (self) PyStreaming(session, interval, options);
}

/// Waits in steps, so that Ctrl-C is answered in between.
bool await_termination(const PyStreaming& self, std::optional<double> seconds) {
  using Instant = std::chrono::steady_clock;
  Instant::time_point until = Instant::time_point::max();
  if (seconds) {
    until = Instant::now() +
            std::chrono::duration_cast<Instant::duration>(std::chrono::duration<double>(*seconds));
  }
  while (true) {
    auto left = std::chrono::duration_cast<Duration>(until - Instant::now());
    Duration step = std::clamp(left, Duration(0), await_step);
    bool stopped = [&] {
      GilRelease no_gil;
      if (self->context().session()->clock.is_real()) {
        return self->await_termination_or_timeout(step);
      }
      std::this_thread::sleep_for(std::min<Duration>(step, virtual_await_step));
      return self->await_termination_or_timeout(Duration(0));
    }();
    check_signals();
    if (stopped) return true;
    if (Instant::now() >= until) return false;
  }
}

std::string state_of(const PyStreaming& self) { return std::string(to_string(self->state())); }

std::vector<DStream<PyRef>> streams_of(nb::handle objects) {
  std::vector<DStream<PyRef>> streams;
  for (nb::handle object : objects) {
    streams.push_back(**nb::cast<const StreamHandle*>(object));
  }
  return streams;
}

StreamHandle queue_stream(const PyStreaming& self, nb::handle rdds, bool one_at_a_time,
                          nb::handle otherwise) {
  std::optional<PyRdd> default_rdd;
  if (!otherwise.is_none()) default_rdd = rdd_of_object(otherwise, "queue_stream");
  return StreamHandle(self->queue_stream(RddQueue<PyRef>(rdds_of_objects(rdds, "queue_stream")),
                                         one_at_a_time, default_rdd));
}

DStream<PyRef> lines_as_rows(const DStream<std::string_view>& lines) {
  return lines.map([](std::string_view line) {
    GilHold gil;
    return text_row(line);
  });
}

/// (topic, partition, offset, microseconds since 1970, key or None, value or None).
PyRef kafka_row(const kafka::Record& record) {
  GilHold gil;
  auto bytes = [](std::optional<std::string_view> text) {
    return text ? bytes_row(*text) : PyRef::share(Py_None);
  };
  PyRef topic = text_row(record.topic);
  PyRef key = bytes(record.key);
  PyRef value = bytes(record.value);
  return checked(Py_BuildValue("(OiLLOO)", topic.get(), static_cast<int>(record.partition),
                               static_cast<long long>(record.offset),
                               static_cast<long long>(record.timestamp), key.get(), value.get()));
}

void bind_inputs(nb::class_<PyStreaming>& context) {
  context
      .def(
          "socket_text_stream",
          [](const PyStreaming& self, const std::string& host, int port) {
            return StreamHandle(lines_as_rows(self->socket_text_stream(host, port)));
          },
          nb::arg("host"), nb::arg("port"))
      .def(
          "text_file_stream",
          [](const PyStreaming& self, const std::string& directory) {
            return StreamHandle(lines_as_rows(self->text_file_stream(directory)));
          },
          nb::arg("directory"))
      .def(
          "binary_records_stream",
          [](const PyStreaming& self, const std::string& directory, std::size_t record_bytes) {
            return StreamHandle(
                self->binary_records_stream(directory, record_bytes)
                    .map([](std::string_view record) { return bytes_row(record); }));
          },
          nb::arg("directory"), nb::arg("record_bytes"))
      .def("queue_stream", &queue_stream, nb::arg("rdds"), nb::arg("one_at_a_time"),
           nb::arg("default").none())
      .def(
          "connector_stream",
          [](const PyStreaming& self, const std::string& connector,
             const std::map<std::string, std::string>& options) {
            OptionTexts texts(options.begin(), options.end());
            return StreamHandle(
                lines_as_rows(self->stream<std::string_view>(connector, std::move(texts))));
          },
          nb::arg("connector"), nb::arg("options"))
      .def(
          "direct_stream",
          [](const PyStreaming& self, const std::string& connector,
             const std::map<std::string, std::string>& options) {
            OptionTexts texts(options.begin(), options.end());
            return StreamHandle(self->direct_stream<PyRef>(connector, std::move(texts)));
          },
          nb::arg("connector"), nb::arg("options"))
      .def(
          "kafka_stream",
          [](const PyStreaming& self, const std::map<std::string, std::string>& options) {
            OptionTexts texts(options.begin(), options.end());
            return StreamHandle(kafka::direct_stream(*self, std::move(texts)).map(&kafka_row));
          },
          nb::arg("options"))
      .def(
          "transform",
          [](const PyStreaming&, nb::handle streams, nb::handle function, const std::string& kind) {
            return StreamHandle(transform(streams_of(streams), ref_of(function), kind));
          },
          nb::arg("streams"), nb::arg("function"), nb::arg("kind") = "transform")
      .def(
          "union",
          [](const PyStreaming&, nb::handle streams) {
            return StreamHandle(union_of_streams(streams_of(streams)));
          },
          nb::arg("streams"));
}

void bind_context(nb::module_& module) {
  nb::class_<PyStreaming> context(module, "StreamingContext");
  context
      .def("__init__", &make_streaming, nb::arg("session"), nb::arg("interval"), nb::kw_only(),
           nb::arg("block_interval") = 0.2, nb::arg("backpressure") = false,
           nb::arg("initial_rate") = 0.0, nb::arg("receiver_max_rate") = 0.0,
           nb::keep_alive<1, 2>())
      .def_prop_ro("state", &state_of)
      .def(
          "remember",
          [](const PyStreaming& self, double seconds) { self->remember(duration_of(seconds)); },
          nb::arg("seconds"))
      .def(
          "checkpoint",
          [](const PyStreaming& self, const std::string& directory) {
            self->checkpoint(directory);
          },
          nb::arg("directory"))
      .def(
          "add_listener",
          [](const PyStreaming& self, nb::handle listener) {
            self->add_listener(std::make_shared<PyListener>(ref_of(listener)));
          },
          nb::arg("listener"))
      .def("start", [](const PyStreaming& self) { wait_for([&] { self->start(); }); })
      .def("await_termination", &await_termination, nb::arg("seconds").none() = nb::none())
      .def(
          "stop",
          [](const PyStreaming& self, bool graceful) {
            GilRelease no_gil;
            self->stop(graceful);
          },
          nb::arg("graceful"))
      .def("stop_at_end", [](const PyStreaming& self) { self->stop_at_end(); })
      .def("completed_batch_count",
           [](const PyStreaming& self) { return self->completed_batch_count(); });
  bind_inputs(context);
}

void bind_stream(nb::module_& module) {
  nb::class_<StreamHandle>(module, "Stream")
      .def_prop_ro("id", [](const StreamHandle& self) { return self->node()->id(); })
      .def_prop_ro("slide", [](const StreamHandle& self) { return seconds_of(self->slide()); })
      .def_prop_rw(
          "name", [](const StreamHandle& self) { return self->node()->name(); },
          [](const StreamHandle& self, const std::string& name) { self->name(name); })
      .def(
          "window",
          [](const StreamHandle& self, double length, double slide) {
            return StreamHandle(self->window(duration_of(length), duration_of(slide)));
          },
          nb::arg("length"), nb::arg("slide"))
      .def(
          "reduce_by_key_and_window",
          [](const StreamHandle& self, nb::handle function, nb::handle inverse, double length,
             double slide, const PyPartitioner& partitioner, nb::handle keep) {
            WindowFunctions functions{PyFunction(function.ptr()), std::nullopt, std::nullopt};
            if (!inverse.is_none()) functions.inverse.emplace(inverse.ptr());
            if (!keep.is_none()) functions.keep.emplace(keep.ptr());
            return StreamHandle(reduce_by_key_and_window(
                *self, functions, {duration_of(length), duration_of(slide)}, shared(partitioner)));
          },
          nb::arg("function"), nb::arg("inverse").none(), nb::arg("length"), nb::arg("slide"),
          nb::arg("partitioner"), nb::arg("keep").none())
      .def(
          "update_state_by_key",
          [](const StreamHandle& self, nb::handle function, const PyPartitioner& partitioner,
             nb::handle initial) {
            std::optional<PyRdd> states;
            if (!initial.is_none()) states = rdd_of_object(initial, "update_state_by_key");
            return StreamHandle(update_state_by_key(*self, PyFunction(function.ptr()),
                                                    shared(partitioner), states));
          },
          nb::arg("function"), nb::arg("partitioner"), nb::arg("initial").none())
      .def(
          "for_each_rdd",
          [](const StreamHandle& self, nb::handle function, const std::string& kind) {
            for_each_rdd(*self, ref_of(function), kind);
          },
          nb::arg("function"), nb::arg("kind") = "for_each_rdd")
      .def(
          "keep",
          [](const StreamHandle& self, const std::string& level) {
            self->persist(storage_level_of(level));
          },
          nb::arg("level"))
      .def(
          "slice",
          [](const StreamHandle& self, std::int64_t begin_ms, std::int64_t end_ms) {
            auto rdds = [&] {
              GilRelease no_gil;
              return self->slice(Time::from_millis(begin_ms), Time::from_millis(end_ms));
            }();
            nb::list list;
            for (auto& rdd : rdds) list.append(rdd_object(std::move(rdd)));
            return list;
          },
          nb::arg("begin_ms"), nb::arg("end_ms"));
}

}  // namespace

void bind_streaming(nb::module_& module) {
  bind_context(module);
  bind_stream(module);
}

}  // namespace thalweg::python
