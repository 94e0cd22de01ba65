#pragma once

#include "engine/formats/documents.hpp"
#include "engine/plan/job_graph.hpp"

#include <memory>
#include <string>
#include <vector>

#include <absl/status/statusor.h>

// Formats turn bytes into columns and back: json, csv, raw, debezium-json. A
// decoder or encoder belongs to one reader or writer and is used by one thread
// at a time; between calls it keeps nothing but memory to use again. What one
// call takes is bounded by the caller's poll.

namespace herald {

/// What a decoder is to make of each document.
struct decoder_spec {
  std::vector<field> fields; ///< what a document holds, in order
  std::vector<std::vector<std::string>> paths; ///< wanted, into `fields`
  schema_ptr layout;                           ///< of `paths`, same order
  /// For each path the index into `format_metadata` that it stands for, or -1
  /// for a path into `fields`; empty: all are.
  std::vector<int> metadata;
  std::vector<pushed_condition> pushed; ///< paths into `fields`; may be empty
  option_map options;                  ///< "json.…", "csv.…"
};

/// A document that gave no row because something is wrong with it.
struct bad_document {
  std::int32_t index = 0;
  std::string reason; ///< with the place in the document
};

struct decoded_rows {
  batch_ptr rows;  ///< columns as in `decoder_spec::layout`
  row_list origin; ///< the document of each row, ascending; one may give more
  std::vector<bad_document> bad;
  std::vector<bad_document> ignored; ///< bad, but the table says to ignore it
};

class decoder {
public:
  virtual ~decoder() = default;

  /// Decodes every document: it gives a row, or is bad, or fails a pushed
  /// equality (and is then not looked at any further). Never fails as a
  /// whole. Linear in the bytes.
  virtual decoded_rows decode(const documents& input) = 0;

  /// Takes the first line of a file, if the format has one: documents of the
  /// file are as it says. Errors: it is not such a line.
  virtual absl::Status take_header(std::string_view) {
    return absl::OkStatus();
  }

  /// How many rows a document gives at most.
  virtual int rows_of_document() const {
    return 1;
  }
};

class encoder {
public:
  virtual ~encoder() = default;

  /// Appends row `row` of `rows` (whose schema is the one it was made for)
  /// to `out`, without a newline.
  virtual void encode(const batch& rows, std::int64_t row, std::string& out)
      = 0;

  /// Appends one document for two rows, the second of which (+U) replaces the
  /// first (-U); false if the format has none for that.
  virtual bool encode_update(const batch&, std::int64_t /*before*/,
                             std::int64_t /*after*/, std::string&) {
    return false;
  }

  /// Text that a file starts with, without a newline; empty for none.
  virtual std::string header() const {
    return {};
  }
};

/// What rows that the format gives may do; a format that gives more than
/// inserts can write as much.
changelog_kind format_changes(const std::string& name);

/// Metadata that documents of the format carry, in order.
std::vector<field> format_metadata(const std::string& name);

/// Checks that format `name` exists, knows each of `options` (those whose key
/// starts with "NAME."), and can hold `fields`. `more`: formats that the caller
/// knows besides, for the hint.
absl::Status check_format(const std::string& name,
                          const std::vector<field>& fields,
                          const option_map& options,
                          const std::vector<std::string>& more = {});

/// Makes a decoder; same errors as `check_format`.
absl::StatusOr<std::unique_ptr<decoder>> make_decoder(const std::string& name,
                                                      decoder_spec spec);

/// Makes an encoder for rows of `layout`; same errors as `check_format`.
absl::StatusOr<std::unique_ptr<encoder>>
make_encoder(const std::string& name, schema_ptr layout,
             const option_map& options);

} // namespace herald
