#pragma once

#include "engine/expr/validity.hpp"

#include <string_view>

// Collects the texts that a kernel gives, row by row. A text that lies inside
// a heap of the source column (a substring, a trimmed text) is not copied:
// the result shares the heap. One thread; grows to 1 MiB heaps like
// text_builder.

namespace herald {

class text_sink {
public:
  /// `source` (may be null) is the column whose heaps may be shared.
  text_sink(std::int64_t rows, const column* source);

  /// Sets row `row`. Each row once, in any order.
  void set(std::int64_t row, std::string_view x) {
    refs_[row] = x.size() <= static_cast<std::size_t>(string_ref::inline_max)
                     ? make_ref(x, 0, 0)
                     : far(x);
  }

  /// As `set`, for a text that may lie inside `whole`, row `from` of the
  /// source.
  void set_part(std::int64_t row, std::string_view x, std::int64_t from) {
    refs_[row] = x.size() <= static_cast<std::size_t>(string_ref::inline_max)
                     ? make_ref(x, 0, 0)
                     : far_part(x, from);
  }

  /// Rows that are NULL need not be set.
  column_ptr finish(const data_type& type, validity valid);

private:
  string_ref far(std::string_view x);
  string_ref far_part(std::string_view x, std::int64_t from);

  std::int64_t rows_;
  const column* source_;
  std::shared_ptr<arrow::MutableBuffer> buffer_;
  string_ref* refs_;
  std::vector<buffer_ptr> heaps_;              ///< shared ones, then full ones
  std::shared_ptr<arrow::MutableBuffer> heap_; ///< being filled
  std::int64_t used_ = 0;                      ///< bytes of `heap_`
};

} // namespace herald
