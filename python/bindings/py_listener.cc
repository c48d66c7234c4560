// SPDX-License-Identifier: Apache-2.0
#include "bindings/py_listener.h"

#include <nanobind/nanobind.h>

#include "bindings/objects/py_error.h"

namespace thalweg::python {

namespace nb = nanobind;

namespace {

nb::object millis(const std::optional<Time>& time) {
  return time ? nb::cast(time->millis()) : nb::none();
}
nb::object millis(const std::optional<Duration>& length) {
  return length ? nb::cast(static_cast<double>(length->count()) / 1000) : nb::none();
}
nb::str text(const std::string& value) { return nb::str(value.data(), value.size()); }

nb::dict fields_of(const OutputOperation& output) {
  nb::dict fields;
  fields["batch_time"] = output.batch_time.millis();
  fields["id"] = output.id;
  fields["name"] = text(output.name);
  fields["start_time"] = millis(output.started);
  fields["end_time"] = millis(output.ended);
  fields["failure"] = output.failure ? nb::object(text(*output.failure)) : nb::none();
  return fields;
}

nb::dict fields_of(const BatchReport& batch) {
  nb::dict records;
  for (const auto& [stream, count] : batch.input_records) records[nb::cast(stream)] = count;
  nb::list lags;
  for (const auto& lag : batch.lags) {
    nb::dict one;
    one["stream"] = lag.stream_id;
    one["partition"] = text(lag.partition);
    one["records"] = lag.records;
    one["seconds"] = static_cast<double>(lag.time.count()) / 1e6;
    lags.append(one);
  }
  nb::list outputs;
  for (const auto& output : batch.outputs) outputs.append(fields_of(output));
  nb::dict fields;
  fields["batch_time"] = batch.batch_time.millis();
  fields["input_records"] = records;
  fields["lags"] = lags;
  fields["record_count"] = batch.record_count();
  fields["submission_time"] = batch.submitted.millis();
  fields["start_time"] = millis(batch.started);
  fields["end_time"] = millis(batch.ended);
  fields["scheduling_delay"] = millis(batch.scheduling_delay());
  fields["processing_delay"] = millis(batch.processing_delay());
  fields["total_delay"] = millis(batch.total_delay());
  fields["outputs"] = outputs;
  return fields;
}

nb::dict fields_of(const ReceiverReport& receiver) {
  nb::dict fields;
  fields["stream_id"] = receiver.stream_id;
  fields["name"] = text(receiver.name);
  fields["active"] = receiver.active;
  fields["last_error"] = text(receiver.last_error);
  return fields;
}

nb::dict fields_of(Time time) {
  nb::dict fields;
  fields["time"] = time.millis();
  return fields;
}

/// Calls the function with what is in `report`.
template <typename Report>
void tell(const PyRef& function, const char* event, const Report& report) {
  GilHold gil;
  nb::dict fields = fields_of(report);
  PyRef name = checked(PyUnicode_FromString(event));
  PyObject* arguments[] = {name.get(), fields.ptr()};
  checked(PyObject_Vectorcall(function.get(), arguments, 2, nullptr));
}

}  // namespace

void PyListener::on_streaming_started(Time time) { tell(function_, "streaming_started", time); }
void PyListener::on_receiver_started(const ReceiverReport& receiver) {
  tell(function_, "receiver_started", receiver);
}
void PyListener::on_receiver_error(const ReceiverReport& receiver) {
  tell(function_, "receiver_error", receiver);
}
void PyListener::on_receiver_stopped(const ReceiverReport& receiver) {
  tell(function_, "receiver_stopped", receiver);
}
void PyListener::on_batch_submitted(const BatchReport& batch) {
  tell(function_, "batch_submitted", batch);
}
void PyListener::on_batch_started(const BatchReport& batch) {
  tell(function_, "batch_started", batch);
}
void PyListener::on_batch_completed(const BatchReport& batch) {
  tell(function_, "batch_completed", batch);
}
void PyListener::on_output_operation_started(const OutputOperation& output) {
  tell(function_, "output_operation_started", output);
}
void PyListener::on_output_operation_completed(const OutputOperation& output) {
  tell(function_, "output_operation_completed", output);
}

}  // namespace thalweg::python
