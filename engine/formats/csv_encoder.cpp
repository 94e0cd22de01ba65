#include "engine/formats/csv_nested.hpp"
#include "engine/formats/text_print.hpp"

namespace herald {

namespace {

class csv_encoder final : public encoder {
public:
  csv_encoder(schema_ptr layout, csv_options options)
      : layout_(std::move(layout)), options_(std::move(options)) {}

  void encode(const batch& rows, std::int64_t row, std::string& out) override {
    for (std::size_t i = 0; i < rows.columns.size(); ++i) {
      if (i > 0)
        out.push_back(options_.delimiter);
      const auto& column = *rows.columns[i];
      if (column.is_null(row)) {
        out += options_.null_literal.value_or("");
        continue;
      }
      text_.clear();
      print_csv(column, row, options_, text_);
      // A list without values is not NULL, nor the only text of a line.
      if (text_.empty() && options_.quote
          && (column.type.is_nested() || rows.columns.size() == 1))
        out.append(2, *options_.quote);
      else
        put(text_, out);
    }
  }

  std::string header() const override {
    std::string out;
    if (!options_.header)
      return out;
    for (const auto& field : layout_->fields) {
      if (!out.empty())
        out.push_back(options_.delimiter);
      put(field.name, out);
    }
    return out;
  }

private:
  /// Quotes where a reader would misread the text otherwise.
  void put(std::string_view text, std::string& out) const {
    bool special = text.find(options_.delimiter) != std::string_view::npos
                   || text.find_first_of("\r\n#") != std::string_view::npos
                   || (options_.quote
                       && text.find(*options_.quote) != std::string_view::npos)
                   || (options_.escape
                       && text.find(*options_.escape) != std::string_view::npos)
                   || (options_.null_literal && text == *options_.null_literal);
    if (!options_.quote || !special) {
      escape(text, out);
      return;
    }
    out.push_back(*options_.quote);
    for (char c : text) {
      bool doubled
          = c == *options_.quote || (options_.escape && c == *options_.escape);
      if (doubled)
        out.push_back(c);
      out.push_back(c);
    }
    out.push_back(*options_.quote);
  }

  /// Without quotes only the escape character can protect a text.
  void escape(std::string_view text, std::string& out) const {
    if (!options_.escape) {
      out += text;
      return;
    }
    for (char c : text) {
      if (c == options_.delimiter || c == *options_.escape)
        out.push_back(*options_.escape);
      out.push_back(c);
    }
  }

  schema_ptr layout_;
  csv_options options_;
  std::string text_;
};

} // namespace

absl::StatusOr<std::unique_ptr<encoder>>
make_csv_encoder(schema_ptr layout, const option_map& options) {
  HERALD_ASSIGN(auto parsed, csv_options_of(options));
  HERALD_TRY(check_csv_types(layout->fields));
  return std::make_unique<csv_encoder>(std::move(layout), std::move(parsed));
}

} // namespace herald
