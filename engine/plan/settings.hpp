#pragma once

#include "engine/common/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

#include <absl/status/status.h>

// The names that SET takes, and what may be said of each: numbers, durations,
// words. Of Flink's settings those that would change results, and that Herald
// has not, are refused for all values but the one that it follows; the others
// mean nothing here and are taken unseen. Pure functions, safe on any thread.

namespace herald::settings {

constexpr std::string_view parallelism_key = "parallelism.default";
constexpr std::string_view batch_key = "batch.size";
constexpr std::string_view zone_key = "table.local-time-zone";
constexpr std::string_view mode_key = "execution.runtime-mode";
constexpr std::string_view idle_key = "table.exec.source.idle-timeout";
constexpr std::string_view duplicates_key
    = "table.exec.source.cdc-events-duplicate";
constexpr std::string_view sort_key_name = "table.exec.resource.sort.memory";
constexpr std::string_view ttl_key = "table.exec.state.ttl";
constexpr std::string_view mini_batch_key = "table.exec.mini-batch.enabled";
constexpr std::string_view latency_key = "table.exec.mini-batch.allow-latency";
constexpr std::string_view mini_rows_key = "table.exec.mini-batch.size";
/// For which a batch holds changes back: its end comes first. Half of what a
/// BIGINT holds, so that times can be added.
constexpr std::int64_t batch_latency_ms = std::int64_t{1} << 62;
constexpr std::string_view early_key = "table.exec.emit.early-fire.enabled";
constexpr std::string_view early_delay_key = "table.exec.emit.early-fire.delay";
constexpr std::string_view late_key = "table.exec.emit.late-fire.enabled";
constexpr std::string_view late_delay_key = "table.exec.emit.late-fire.delay";
constexpr std::string_view lateness_key = "table.exec.emit.allow-lateness";
constexpr std::string_view nulls_key = "table.exec.sink.not-null-enforcer";
constexpr std::string_view upserts_key = "table.exec.sink.upsert-materialize";
constexpr std::string_view phases_key = "table.optimizer.agg-phase-strategy";
constexpr std::string_view split_key
    = "table.optimizer.distinct-agg.split.enabled";
constexpr std::string_view buckets_key
    = "table.optimizer.distinct-agg.split.bucket-num";

/// Rows that a mini-batch holds back at most: they are in memory.
constexpr int mini_batch_rows_max = 10'000'000;

/// What a short name stands for; other names stay.
std::string name_of(const std::string& key);

/// Fails for a name that is no setting, or nearly one of Herald's.
absl::Status check_name(const std::string& key, text_position where);

/// Fails for such a name, and for a value that does not fit it. Words count
/// whatever their case, as in Flink.
absl::Status check(const std::string& key, const std::string& value,
                   text_position key_where, text_position where);

/// True if only the case of (ASCII) letters differs.
bool same_word(std::string_view a, std::string_view b);

} // namespace herald::settings
