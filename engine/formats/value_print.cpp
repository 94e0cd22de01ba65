#include "engine/formats/value_print.hpp"

#include "engine/formats/json_encoder.hpp"

namespace herald {

void print_value(const column& x, std::int64_t row, std::string& out,
                 bool zoned) {
  if (x.is_null(row) || x.type.kind() == type_kind::null) {
    out += "NULL";
    return;
  }
  if (x.type.is_text()) {
    out += x.text(row);
    return;
  }
  auto from = out.size();
  encode_json_value(x, row, {.zoned = zoned}, out);
  if (!x.type.is_nested() && out[from] == '"') {
    out.erase(from, 1);
    out.pop_back();
  }
}

} // namespace herald
