// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "bindings/objects/py_ref.h"
#include "thalweg/telemetry/listener.h"

namespace thalweg::python {

/// Hands the events of a streaming context to a Python function: `function(event, fields)`.
class PyListener final : public StreamingListener {
 public:
  explicit PyListener(PyRef function) : function_(std::move(function)) {}

  void on_streaming_started(Time time) override;
  void on_receiver_started(const ReceiverReport& receiver) override;
  void on_receiver_error(const ReceiverReport& receiver) override;
  void on_receiver_stopped(const ReceiverReport& receiver) override;
  void on_batch_submitted(const BatchReport& batch) override;
  void on_batch_started(const BatchReport& batch) override;
  void on_batch_completed(const BatchReport& batch) override;
  void on_output_operation_started(const OutputOperation& output) override;
  void on_output_operation_completed(const OutputOperation& output) override;

 private:
  PyRef function_;
};

}  // namespace thalweg::python
