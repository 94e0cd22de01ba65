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
  /// row. `split` names the partition in dead letters. Returns how many
  /// messages were malformed.
  std::int64_t decode(std::span<rd_kafka_message_t* const> messages,
                      const std::string& split, source_rows& out);

private:
  enum class origin : std::uint8_t { value, key, metadata };

  struct place {
    origin from = origin::value;
    int index = 0; ///< column of the format's batch, or metadata key
  };

  record_decoder() = default;

  void collect(std::span<rd_kafka_message_t* const> messages);
  std::int64_t add_dead(const decoded_rows& from,
                        std::span<rd_kafka_message_t* const> messages,
                        const std::string& split, std::string_view what,
                        source_rows& out) const;
  column_ptr metadata_column(int key, const data_type& type,
                             std::span<rd_kafka_message_t* const> messages,
                             const row_list& rows) const;

  schema_ptr layout_;
  std::vector<place> places_; ///< of each path
  std::unique_ptr<decoder> value_;
  std::unique_ptr<decoder> key_; ///< null: no key column is read
  documents values_;
  documents keys_;
  row_list kept_; ///< message of each document
};

} // namespace herald::kafka
