// SPDX-License-Identifier: Apache-2.0
#include "thalweg/dstream/recovery/checkpoint_content.h"

#include "thalweg/common/bytes/codec.h"

namespace thalweg {
namespace {

constexpr std::string_view magic = "THWGSTRM";

void put_time(Encoder& out, Time time) { out.put_number<std::int64_t>(time.micros()); }
Time get_time(Decoder& in) { return Time(Duration(in.get_number<std::int64_t>())); }

void put_texts(Encoder& out, const std::map<std::string, std::string>& texts) {
  out.put_length(texts.size());
  for (const auto& [input, content] : texts) {
    out.put_text(input);
    out.put_text(content);
  }
}

std::map<std::string, std::string> get_texts(Decoder& in) {
  std::map<std::string, std::string> texts;
  std::uint64_t count = in.get_length();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    std::string input(in.get_text());
    texts[std::move(input)] = std::string(in.get_text());
  }
  return texts;
}

void put_partitions(Encoder& out, const BatchPlan& plan) {
  out.put_length(static_cast<std::uint64_t>(plan.partitions));
  out.put_length(plan.state_partitions.size());
  for (const auto& [name, partitions] : plan.state_partitions) {
    out.put_text(name);
    out.put_length(static_cast<std::uint64_t>(partitions));
  }
}

void get_partitions(Decoder& in, BatchPlan& plan) {
  plan.partitions = static_cast<int>(in.get_length());
  std::uint64_t count = in.get_length();
  for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
    std::string name(in.get_text());
    plan.state_partitions[std::move(name)] = static_cast<int>(in.get_length());
  }
}

}  // namespace

std::string CheckpointContent::encode() const {
  Encoder out;
  out.put_bytes(magic);
  out.put_number<std::uint32_t>(version);
  out.put_number<std::int64_t>(batch_interval.count());
  put_time(out, began);
  put_time(out, zero);
  put_time(out, completed);
  out.put_number<std::uint64_t>(log_segment);
  out.put_length(plans.size());
  for (const auto& [time, plan] : plans) {
    put_time(out, time);
    put_texts(out, plan.inputs);
    put_partitions(out, plan);
  }
  out.put_length(states.size());
  for (const auto& state : states) {
    out.put_text(state.name);
    out.put_text(state.kind);
    out.put_number<std::uint8_t>(state.named ? 1 : 0);
    out.put_text(state.types);
    out.put_length(state.keys);
    out.put_length(state.files.size());
    for (const auto& file : state.files) out.put_text(file);
  }
  put_texts(out, memories);
  return out.take();
}

Result<CheckpointContent> CheckpointContent::decode(std::string_view bytes) {
  Decoder in(bytes);
  if (in.get_bytes(magic.size()) != magic) {
    return Status(ErrorCode::data_loss, "the checkpoint is not one of a streaming context");
  }
  auto found = in.get_number<std::uint32_t>();
  if (found > version) {
    return Status(ErrorCode::unsupported, "the checkpoint has version " + std::to_string(found) +
                                              "; this program reads up to version " +
                                              std::to_string(version));
  }
  CheckpointContent content;
  content.batch_interval = Duration(in.get_number<std::int64_t>());
  content.began = get_time(in);
  content.zero = get_time(in);
  content.completed = get_time(in);
  content.log_segment = in.get_number<std::uint64_t>();
  std::uint64_t plans = in.get_length();
  for (std::uint64_t i = 0; i < plans && !in.failed(); ++i) {
    Time time = get_time(in);
    BatchPlan& plan = content.plans[time];
    plan.inputs = get_texts(in);
    if (found >= 3) get_partitions(in, plan);
  }
  std::uint64_t states = in.get_length();
  for (std::uint64_t i = 0; i < states && !in.failed(); ++i) {
    SavedState state;
    state.name = in.get_text();
    state.kind = in.get_text();
    state.named = in.get_number<std::uint8_t>() != 0;
    state.types = in.get_text();
    state.keys = in.get_length();
    std::uint64_t files = in.get_length();
    for (std::uint64_t k = 0; k < files && !in.failed(); ++k) {
      state.files.emplace_back(in.get_text());
    }
    content.states.push_back(std::move(state));
  }
  if (found >= 2) content.memories = get_texts(in);
  if (in.failed() || in.bytes_left() != 0) {
    return Status(ErrorCode::data_loss, "the checkpoint's content ends early or is malformed");
  }
  return content;
}

std::string BatchRecord::encode() const {
  Encoder out;
  out.put_number<std::uint8_t>(static_cast<std::uint8_t>(kind));
  put_time(out, time);
  if (kind == Kind::planned) {
    put_texts(out, plan.inputs);
    put_partitions(out, plan);
  }
  return out.take();
}

Result<BatchRecord> BatchRecord::decode(std::string_view bytes) {
  Decoder in(bytes);
  BatchRecord record;
  auto kind = in.get_number<std::uint8_t>();
  record.kind = static_cast<Kind>(kind);
  record.time = get_time(in);
  if (record.kind == Kind::planned) {
    record.plan.inputs = get_texts(in);
    // Before version 3 a record ended here.
    if (in.bytes_left() != 0) get_partitions(in, record.plan);
  }
  if (in.failed() || in.bytes_left() != 0 || kind < 1 || kind > 2) {
    return Status(ErrorCode::data_loss, "a record of the batch log is malformed");
  }
  return record;
}

}  // namespace thalweg
