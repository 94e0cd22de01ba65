#pragma once

#include "engine/connectors/kafka/client.hpp"
#include "engine/formats/format.hpp"

#include <span>

// Messages of one partition into rows: values and keys go through their
// formats, metadata straight into columns. Used by one reader, on its thread;
// holds one poll's messages as text.

namespace herald::kafka {

class record_decoder {
public:
  static absl::StatusOr<record_decoder> make(const options& x,
                                             const scan_spec& scan);

  /// Decodes messages without errors, in order. Values that are NULL give no
  /// row, or, of upserts, a deletion. `split` names the partition in dead
  /// letters. Returns how many messages were malformed.
  std::int64_t decode(std::span<rd_kafka_message_t* const> messages,
                      const std::string& split, source_rows& out);

  /// How many rows a message gives at most.
  int rows_of_message() const {
    return value_->rows_of_document();
  }

private:
  enum class origin : std::uint8_t { value, key, metadata };

  struct place {
    origin from = origin::value;
    int index = 0; ///< column of the format's batch, or metadata key
  };

  record_decoder() = default;

  /// One poll on its way from messages to rows.
  struct work {
    std::span<rd_kafka_message_t* const> messages;
    const std::string& split;
    std::int64_t malformed = 0;
    batch_ptr values = {};   ///< what the value's format gave
    row_list value_at = {};  ///< the message of each row of `values`
    row_list deletions = {}; ///< messages that delete; ascending
    batch_ptr keys = {};     ///< what the key's format gave, or null
    row_list key_at = {};    ///< the message of each row of `keys`
    row_list result_at = {}; ///< the message of each row of the result
    buffer_ptr changes = {}; ///< of the result
  };

  void collect(work& x);
  void decode_part(work& x, decoder& format, const documents& texts,
                   const row_list& of_text, std::string_view what,
                   batch_ptr& rows, row_list& rows_at, source_rows& out) const;
  static void join_keys(work& x);
  column_ptr metadata_column(int key, const data_type& type,
                             std::span<rd_kafka_message_t* const> messages,
                             const row_list& rows) const;

  schema_ptr layout_;
  std::vector<place> places_; ///< of each path
  std::unique_ptr<decoder> value_;
  std::unique_ptr<decoder> key_; ///< null: no key column is read
  bool upserts_ = false;

  documents values_;
  documents keys_;
  row_list value_of_; ///< the message of each document of `values_`
  row_list key_of_;   ///< and of `keys_`
};

} // namespace herald::kafka
