#pragma once

#include "engine/formats/json_cursor.hpp"
#include "engine/formats/json_index.hpp"
#include "engine/formats/json_leaf.hpp"

// JSON documents into columns: one pass of simdjson's indexing over up to
// `json_index_bytes` of documents, then one walk over the tokens that writes
// the wanted fields straight into builders and checks the grammar of the
// rest. The fields of an object may come in any order; a missing one is NULL.
// Used by one reader, on its thread.

namespace herald {

/// Documents that are indexed together: as much as stays in the L2 cache
/// with its tokens.
constexpr std::size_t json_index_bytes = 256 << 10;

/// Larger documents are malformed.
constexpr std::size_t json_document_max = 16 << 20;

/// Fields of an object whose position is remembered to guess the next one's.
constexpr std::size_t json_order_max = 1024;

struct json_options {
  bool fail_on_missing_field = false;
  bool ignore_parse_errors = false;
  json_reading reading;
};

/// Reads the options "json.…" that concern decoding.
absl::StatusOr<json_options> json_options_of(const option_map& options);

class json_decoder final : public decoder {
public:
  json_decoder(std::unique_ptr<json_tree> tree, json_options options)
      : tree_(std::move(tree)), options_(options), leaf_(options.reading) {}

  decoded_rows decode(const documents& input) override;

private:
  enum class outcome : std::uint8_t { row, skipped, bad };

  // -- documents -------------------------------------------------------------

  std::size_t decode_group(const documents& input, std::size_t first);
  void decode_alone(const documents& input, std::size_t index);
  void decode_one(std::uint32_t begin, std::size_t index);
  void decode_null(std::size_t index);
  void begin_row();
  void end_row(outcome result, std::size_t index, std::uint32_t begin);
  void reject(std::size_t index, std::string reason);

  // -- values: false means that the row ends here, see `skip_row_` ------------

  bool value(json_node& node);
  bool object(json_node& node);
  bool list(json_node& node);
  bool map(json_node& node);
  bool leaf(json_node& node);
  bool leaf_token(json_node& node, std::string_view token);
  bool null_value(json_node& node);
  bool missing(json_node& parent, std::int64_t stamp);
  bool mismatch(json_node& node, std::uint32_t offset, std::string_view found);
  json_node* match(json_node& node, std::size_t position, std::string_view key);

  std::unique_ptr<json_tree> tree_;
  json_options options_;
  json_index index_;
  json_leaf leaf_;

  // One decode.
  decoded_rows out_;
  std::int64_t rows_ = 0; ///< in the builders, spoilt ones included
  row_list good_;         ///< those that are not spoilt

  // One document.
  json_cursor at_;
  json_error error_;
  std::string field_;      ///< where the error is, and what was found
  std::string expected_;   ///< what `error_` may point to
  bool touched_ = false;   ///< something was written for this row
  bool skip_row_ = false;  ///< it fails a pushed equality
  int matched_ = 0;        ///< pushed equalities met
  std::int64_t stamp_ = 0; ///< number of the object being read
};

} // namespace herald
