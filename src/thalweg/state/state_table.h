// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "thalweg/common/bytes/codec.h"
#include "thalweg/common/bytes/held_key.h"
#include "thalweg/common/check.h"
#include "thalweg/common/status.h"

namespace thalweg {

/// Keys and their states as they were after one batch. Never changes; shares with other versions
/// all pages that are the same. Copying costs a few pointers for every 256 keys.
///
/// Every key has a place, in the order in which keys first came, so what is read from a version
/// depends on its past batches only.
/// Thread safety: all methods may be called concurrently, also while newer versions are made.
template <Record K, Record S>
class StateVersion {
 public:
  static constexpr std::size_t page_places = 256;

  /// Keys that have a state.
  [[nodiscard]] std::size_t size() const { return live_; }

  /// Calls `visit(const K&, const S&)` for every key that has a state, in the order of places.
  /// What a K views lives as long as this version.
  template <typename Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t page = 0; page < states_.size(); ++page) {
      for_each_in_page(page, visit);
    }
  }

  [[nodiscard]] std::size_t page_count() const { return states_.size(); }
  template <typename Visit>
  void for_each_in_page(std::size_t page, Visit&& visit) const {
    const auto& states = states_[page]->places;
    for (std::size_t i = 0; i < page_places; ++i) {
      if (states[i]) visit(keys_[page]->keys[i].get(), *states[i]);
    }
  }

  /// Pages of two versions of one table hold the same where the versions have the same generation
  /// and the pages the same number, which can be told without keeping the older one.
  [[nodiscard]] std::vector<std::uint64_t> page_numbers() const {
    std::vector<std::uint64_t> numbers;
    numbers.reserve(states_.size());
    for (const auto& page : states_) numbers.push_back(page->number);
    return numbers;
  }
  /// Two versions number their keys alike when they have the same generation.
  [[nodiscard]] std::uint64_t generation() const { return keys_generation_; }

  /// Memory that the version holds, in bytes, pages that it shares with others included.
  [[nodiscard]] std::size_t bytes() const {
    constexpr std::size_t page_bytes =
        sizeof(StatePage) + sizeof(KeyPage) + page_places * sizeof(HeldKey<K>) + 64;
    return states_.size() * page_bytes + heap_bytes_;
  }

  /// The byte form of a whole version, places and page numbers included; within one run of a
  /// program, so that no version says which it is.
  void encode(Encoder& out) const {
    ChunkScope<std::pair<K, S>> scope;
    out.put_number<std::uint64_t>(keys_generation_);
    out.put_length(places_);
    for (std::size_t page = 0; page < states_.size(); ++page) {
      out.put_number<std::uint64_t>(states_[page]->number);
      for (std::size_t i = 0; i < places_in(page); ++i) {
        const auto& state = states_[page]->places[i];
        RecordTraits<K>::encode(keys_[page]->keys[i].get(), out);
        out.put_number<std::uint8_t>(state ? 1 : 0);
        if (state) RecordTraits<S>::encode(*state, out);
      }
    }
  }
  /// Reads what encode() wrote. Errors: data_loss.
  static Result<StateVersion> decode(std::string_view bytes) {
    ChunkScope<std::pair<K, S>> scope;
    Decoder in(bytes);
    StateVersion version;
    version.keys_generation_ = in.get_number<std::uint64_t>();
    std::uint64_t places = in.get_length();
    while (version.places_ < places && !in.failed()) {
      auto keys = std::make_shared<KeyPage>();
      auto states = std::make_shared<StatePage>();
      states->number = in.get_number<std::uint64_t>();
      for (std::size_t i = 0; i < page_places && version.places_ < places && !in.failed(); ++i) {
        version.hold_key(*keys, RecordTraits<K>::decode(in));
        ++version.places_;
        if (in.get_number<std::uint8_t>() == 0) continue;
        version.note_state(states->places[i].emplace(RecordTraits<S>::decode(in)));
        ++version.live_;
      }
      version.keys_.push_back(std::move(keys));
      version.states_.push_back(std::move(states));
    }
    if (!in.failed() && in.bytes_left() == 0) return version;
    return Status(ErrorCode::data_loss, "a key group's states end early or are malformed");
  }

  /// The byte form of a page: how many keys, then each with its state.
  void encode_page(std::size_t page, Encoder& out) const {
    std::size_t count = 0;
    for_each_in_page(page, [&](const K&, const S&) { ++count; });
    out.put_length(count);
    for_each_in_page(page, [&](const K& key, const S& state) {
      RecordTraits<K>::encode(key, out);
      RecordTraits<S>::encode(state, out);
    });
  }

 private:
  template <Record, Record>
  friend class StateTable;

  struct StatePage {
    std::array<std::optional<S>, page_places> places;
    std::uint64_t number = 0;  ///< No other page of the table ever had it.
  };

  /// Filled from the front and never changed where it is filled: versions share it.
  struct KeyPage {
    std::vector<HeldKey<K>> keys;
    Arena arena;
    KeyPage() { keys.reserve(page_places); }
  };

  [[nodiscard]] std::size_t places_in(std::size_t page) const {
    return std::min(page_places, places_ - page * page_places);
  }
  void hold_key(KeyPage& page, const K& key) {
    std::size_t before = page.arena.bytes();
    page.keys.emplace_back(key, page.arena);
    heap_bytes_ += page.arena.bytes() - before;
    if constexpr (!has_views<K> && !std::is_trivially_copyable_v<K>) {
      heap_bytes_ += RecordTraits<K>::heap_bytes(key);
    }
  }
  void note_state(const S& state) {
    if constexpr (!std::is_trivially_copyable_v<S>) {
      heap_bytes_ += RecordTraits<S>::heap_bytes(state);
    }
  }
  void forget_state(const S& state) {
    if constexpr (!std::is_trivially_copyable_v<S>) {
      heap_bytes_ -= std::min(heap_bytes_, RecordTraits<S>::heap_bytes(state));
    }
  }

  std::vector<std::shared_ptr<KeyPage>> keys_;
  std::vector<std::shared_ptr<const StatePage>> states_;
  std::size_t heap_bytes_ = 0;  ///< Beyond the pages themselves.
  std::size_t places_ = 0;
  std::size_t live_ = 0;
  std::uint64_t keys_generation_ = 0;
};

/// The states of one key group: the newest version, and an index to change it by.
///
///     StateTable<std::string, int>::Draft draft(table);
///     draft.set(draft.place_of(key, hash), 3);
///     auto version = draft.finish();            // Now the newest.
///
/// A draft that is not finished leaves nothing behind, so a task that fails can be run again.
/// Thread safety: one draft at a time, and nothing else meanwhile; versions may be read by anyone.
template <Record K, Record S>
class StateTable {
 public:
  using Version = StateVersion<K, S>;

  StateTable() { index_.assign(16, 0); }

  [[nodiscard]] const Version& newest() const { return newest_; }

  /// Goes on from a version of this table that was taken from it. Numbers of pages stay its own.
  void load(Version version) {
    newest_ = std::move(version);
    if (!newest_.keys_.empty()) own_last_keys();
    reindex(newest_);
  }
  /// Lets go of the newest version and of the index. REQUIRES: load() before the next draft.
  void unload() {
    newest_ = Version();
    index_ = std::vector<std::uint64_t>(16, 0);
  }
  /// Of the index, in bytes.
  [[nodiscard]] std::size_t index_bytes() const { return index_.capacity() * sizeof(index_[0]); }

  /// The next version while it is made.
  class Draft {
   public:
    /// `table` must outlive the draft.
    explicit Draft(StateTable& table)
        : table_(table), version_(table.newest_), owned_(version_.states_.size(), false) {}
    Draft(const Draft&) = delete;
    Draft& operator=(const Draft&) = delete;
    ~Draft() {
      if (!finished_) undo();
    }

    /// The place of a key; a new one where it has no state.
    std::uint32_t place_of(const K& key, std::uint64_t hash) {
      std::size_t slot = table_.find(version_, key, hash);
      std::uint64_t word = table_.index_[slot];
      if (word != 0) {
        auto place = static_cast<std::uint32_t>(word) - 1;
        // A key that lost its state and comes again comes last, as if it had never been there.
        if (place >= first_new_place() || state(place) != nullptr) return place;
      }
      return add(key, hash, slot);
    }

    /// The place of a key that has a state, or nothing.
    [[nodiscard]] std::optional<std::uint32_t> find(const K& key, std::uint64_t hash) const {
      std::uint64_t word = table_.index_[table_.find(version_, key, hash)];
      if (word == 0) return std::nullopt;
      auto place = static_cast<std::uint32_t>(word) - 1;
      if (state(place) == nullptr) return std::nullopt;
      return place;
    }

    /// The state at a place, or null.
    [[nodiscard]] const S* state(std::uint32_t place) const {
      const auto& state =
          version_.states_[place / Version::page_places]->places[place_in_page(place)];
      return state ? &*state : nullptr;
    }
    /// Valid as long as the draft and its versions.
    [[nodiscard]] decltype(auto) key(std::uint32_t place) const {
      return version_.keys_[place / Version::page_places]->keys[place_in_page(place)].get();
    }
    /// Places there are, with or without a state.
    [[nodiscard]] std::uint32_t places() const {
      return static_cast<std::uint32_t>(version_.places_);
    }

    void set(std::uint32_t place, S state) {
      auto& slot = writable(place);
      if (slot) {
        version_.forget_state(*slot);
      } else {
        ++version_.live_;
      }
      slot = std::move(state);
      version_.note_state(*slot);
    }
    void erase(std::uint32_t place) {
      const S* gone = state(place);
      if (gone == nullptr) return;
      version_.forget_state(*gone);
      writable(place).reset();
      --version_.live_;
    }

    /// Makes this the newest version. Nothing more may be done with the draft.
    Version finish() {
      finished_ = true;
      table_.newest_ = std::move(version_);
      table_.drop_dead_places();
      return table_.newest_;
    }

   private:
    using StatePage = typename Version::StatePage;
    using KeyPage = typename Version::KeyPage;

    static std::size_t place_in_page(std::uint32_t place) { return place % Version::page_places; }
    [[nodiscard]] std::uint32_t first_new_place() const {
      return static_cast<std::uint32_t>(table_.newest_.places_);
    }

    std::optional<S>& writable(std::uint32_t place) {
      std::size_t page = place / Version::page_places;
      if (!owned_[page]) {
        auto copy = std::make_shared<StatePage>(*version_.states_[page]);
        copy->number = table_.next_page_number_++;
        version_.states_[page] = std::move(copy);
        owned_[page] = true;
      }
      // Made by this draft, so nobody else reads it yet.
      return const_cast<StatePage&>(*version_.states_[page]).places[place_in_page(place)];
    }

    std::uint32_t add(const K& key, std::uint64_t hash, std::size_t slot) {
      auto place = static_cast<std::uint32_t>(version_.places_);
      if (place_in_page(place) == 0) {
        version_.keys_.push_back(std::make_shared<KeyPage>());
        auto states = std::make_shared<StatePage>();
        states->number = table_.next_page_number_++;
        version_.states_.push_back(std::move(states));
        owned_.push_back(true);
      }
      version_.hold_key(*version_.keys_.back(), key);
      ++version_.places_;
      added_.push_back({slot, table_.index_[slot]});
      table_.index_[slot] = (hash << 32) | (place + 1);
      if (version_.places_ * 2 > table_.index_.size()) {
        table_.reindex(version_);
        added_.clear();
        reindexed_ = true;
      }
      return place;
    }

    /// Takes back what was added to the index and to the key pages that versions share.
    void undo() {
      for (std::size_t i = table_.newest_.places_; i < version_.places_; ++i) {
        version_.keys_[i / Version::page_places]->keys.pop_back();
      }
      if (reindexed_) {
        table_.reindex(table_.newest_);
        return;
      }
      for (auto added = added_.rbegin(); added != added_.rend(); ++added) {
        table_.index_[added->slot] = added->before;
      }
    }

    struct Added {
      std::size_t slot;
      std::uint64_t before;
    };

    StateTable& table_;
    Version version_;
    std::vector<bool> owned_;  ///< State pages that this draft made.
    std::vector<Added> added_;
    bool reindexed_ = false;
    bool finished_ = false;
  };

  /// Adds the keys and states of a page that encode_page() wrote, behind those that are there.
  /// Errors: data_loss where the bytes are malformed.
  static Status decode_page(Decoder& in, const auto& add) {
    std::uint64_t count = in.get_length();
    for (std::uint64_t i = 0; i < count && !in.failed(); ++i) {
      K key = RecordTraits<K>::decode(in);
      S state = RecordTraits<S>::decode(in);
      if (!in.failed()) add(key, std::move(state));
    }
    if (!in.failed()) return {};
    return {ErrorCode::data_loss, "a page of state ends early or is malformed"};
  }

 private:
  /// Keys that lost their state are kept until they are more than half of all.
  static constexpr std::size_t dead_places_min = 1024;

  /// The slot of a key, or of the empty word where it would stand.
  [[nodiscard]] std::size_t find(const Version& version, const K& key, std::uint64_t hash) const {
    const std::size_t mask = index_.size() - 1;
    for (std::size_t slot = hash & mask;; slot = (slot + 1) & mask) {
      std::uint64_t word = index_[slot];
      if (word == 0) return slot;
      if (word >> 32 != (hash & 0xFFFFFFFFU)) continue;
      std::size_t place = (word & 0xFFFFFFFFU) - 1;
      if (version.keys_[place / Version::page_places]->keys[place % Version::page_places].equals(
              key)) {
        return slot;
      }
    }
  }

  /// A draft whose version was given up may have left keys behind those of the version.
  void own_last_keys() {
    std::size_t last = newest_.keys_.size() - 1;
    const auto& shared = newest_.keys_[last];
    if (shared->keys.size() == newest_.places_in(last)) return;
    auto copy = std::make_shared<typename Version::KeyPage>();
    for (std::size_t i = 0; i < newest_.places_in(last); ++i) {
      copy->keys.emplace_back(shared->keys[i].get(), copy->arena);
    }
    newest_.keys_[last] = std::move(copy);
  }

  void reindex(const Version& version) {
    std::size_t slots = 16;
    while (slots < version.places_ * 4) slots *= 2;
    index_.assign(slots, 0);
    for (std::size_t place = 0; place < version.places_; ++place) {
      K key = version.keys_[place / Version::page_places]->keys[place % Version::page_places].get();
      std::uint64_t hash = RecordTraits<K>::hash(key);
      // The last place of a key counts: an earlier one is dead.
      index_[find(version, key, hash)] = (hash << 32) | (place + 1);
    }
  }

  void drop_dead_places() {
    if (newest_.places_ - newest_.live_ < dead_places_min || newest_.places_ < newest_.live_ * 2) {
      return;
    }
    Version old = std::move(newest_);
    newest_ = Version();
    newest_.keys_generation_ = old.keys_generation_ + 1;
    index_.assign(16, 0);
    Draft draft(*this);
    old.for_each([&](const K& key, const S& state) {
      draft.set(draft.place_of(key, RecordTraits<K>::hash(key)), state);
    });
    draft.finish();
  }

  Version newest_;
  std::uint64_t next_page_number_ = 1;
  /// Words of 32 bits of the hash and, in the low half, the place + 1; 0 is empty.
  std::vector<std::uint64_t> index_;
};

}  // namespace thalweg
