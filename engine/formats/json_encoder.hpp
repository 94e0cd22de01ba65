#pragma once

#include "engine/formats/format.hpp"
#include "engine/formats/text_parse.hpp"

#include <string>
#include <vector>

// Rows of batches as JSON objects: for files, Kafka, and results shown to
// programs. Decimals are numbers with all their digits, timestamps texts by
// the chosen standard, bytes base 64. NaN and infinities, which JSON has not,
// are texts. Used by one writer, on its thread.

namespace herald {

struct json_encoding {
  timestamp_standard timestamps = timestamp_standard::sql;
  bool ignore_nulls = false;     ///< leave NULL fields out
  bool drop_null_keys = false;   ///< leave entries of maps with NULL keys out
  std::string null_key = "null"; ///< otherwise what such a key is
  bool zoned = false;            ///< TIMESTAMP_LTZ ends in "Z" in SQL form, too
};

class json_encoder final : public encoder {
public:
  explicit json_encoder(schema_ptr layout, json_encoding encoding = {});

  void encode(const batch& rows, std::int64_t row, std::string& out) override;

private:
  json_encoding encoding_;
  std::vector<std::string> keys_; ///< "\"name\":" a column
};

/// Appends one row as an object, NULLs written out, timestamps in SQL form.
void encode_json_row(const batch& rows, std::int64_t row, std::string& out);

/// Appends {"op":"+I","row":{…}}, with the row's change.
void encode_json_change(const batch& rows, std::int64_t row, std::string& out);

/// Appends the value of `x` at `row`.
void encode_json_value(const column& x, std::int64_t row,
                       const json_encoding& encoding, std::string& out);

} // namespace herald
