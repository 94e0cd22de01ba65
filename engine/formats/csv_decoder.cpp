#include "engine/formats/csv_nested.hpp"
#include "engine/formats/json_string.hpp"
#include "engine/formats/options.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

/// A field of the record that is being read.
struct csv_field {
  std::string text;
  std::size_t offset = 0;
  bool quoted = false;
  bool null = false; ///< of a document that is NULL
};

bool is_string(const data_type& type) {
  return type.is_text() || type.is_bytes();
}

class csv_decoder final : public decoder {
public:
  csv_decoder(decoder_spec spec, csv_options options)
      : spec_(std::move(spec)), options_(std::move(options)) {
    for (std::size_t i = 0; i < spec_.paths.size(); ++i)
      builders_.push_back(make_builder(spec_.layout->fields[i].type));
    std::vector<std::string> names;
    for (const auto& x : spec_.fields)
      names.push_back(x.name);
    find_places(names).IgnoreError(); // every path begins with a field
  }

  absl::Status take_header(std::string_view line) override {
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (line.starts_with(byte_order_mark))
      line.remove_prefix(byte_order_mark.size());
    if (line.ends_with('\r'))
      line.remove_suffix(1);
    if (const auto wrong = split(line); !wrong.empty())
      return user_error(fmt::format("the line of names: {}", wrong));
    std::vector<std::string> names;
    for (std::size_t i = 0; i < used_; ++i)
      names.push_back(fields_[i].text);
    return find_places(names);
  }

  decoded_rows decode(const documents& input) override {
    decoded_rows out;
    std::int64_t rows = 0;
    row_list good;
    for (std::size_t i = 0; i < input.size(); ++i) {
      auto line = input[i];
      if (line.ends_with('\r'))
        line.remove_suffix(1);
      bool null = input.spans()[i].null;
      if (null) {
        used_ = 0;
        while (used_ < width_)
          next_field(0).null = true;
      } else if ((line.empty() && !empty_is_row_)
                 || (options_.allow_comments && line.starts_with('#'))) {
        continue;
      }
      auto reason = null ? std::string() : split_record(line);
      bool split_well = reason.empty();
      if (split_well)
        reason = append_row();
      if (split_well)
        ++rows;
      if (reason.empty()) {
        good.push_back(static_cast<std::int32_t>(rows - 1));
        out.origin.push_back(static_cast<std::int32_t>(i));
      } else {
        auto& list = options_.ignore_parse_errors ? out.ignored : out.bad;
        list.push_back({static_cast<std::int32_t>(i), std::move(reason)});
      }
    }
    std::vector<column_ptr> columns;
    for (auto& builder : builders_)
      columns.push_back(builder->finish());
    out.rows = make_batch(spec_.layout, std::move(columns), rows);
    if (static_cast<std::int64_t>(good.size()) < rows)
      out.rows = take(*out.rows, good);
    return out;
  }

private:
  /// Where the fields lie in records whose fields are called `names`.
  absl::Status find_places(const std::vector<std::string>& names) {
    const auto place_of = [&](const std::string& name) {
      return static_cast<std::size_t>(
          std::find(names.begin(), names.end(), name) - names.begin());
    };
    const auto is_there
        = [&](const field& x) { return place_of(x.name) < names.size(); };
    if (std::none_of(spec_.fields.begin(), spec_.fields.end(), is_there))
      return user_error("the first line names no column of the table",
                        fmt::format("it is: {}", fmt::join(names, ", ")));
    width_ = names.size();
    // Of one field NULL, or an empty text, leaves nothing to write.
    empty_is_row_
        = width_ == 1
          && std::any_of(spec_.fields.begin(), spec_.fields.end(),
                         [&](const field& x) {
                           return x.name == names[0]
                                  && (x.type.nullable() || is_string(x.type));
                         });
    places_.clear();
    for (const auto& path : spec_.paths)
      places_.push_back(place_of(path.front()));
    return absl::OkStatus();
  }

  csv_field& next_field(std::size_t offset) {
    if (used_ == fields_.size())
      fields_.emplace_back();
    auto& result = fields_[used_++];
    result.text.clear();
    result.offset = offset;
    result.quoted = false;
    result.null = false;
    return result;
  }

  /// As `split`, into as many fields as there must be.
  std::string split_record(std::string_view line) {
    auto wrong = split(line);
    if (wrong.empty() && used_ != width_)
      wrong = fmt::format("at byte {}: expected {} fields, found {}",
                          line.size(), width_, used_);
    return wrong;
  }

  /// Splits into the first `used_` of `fields_`; returns what is wrong.
  std::string split(std::string_view line) {
    used_ = 0;
    auto* field = &next_field(0);
    bool inside = false;
    for (std::size_t at = 0; at < line.size(); ++at) {
      char c = line[at];
      if (options_.escape && c == *options_.escape && at + 1 < line.size()) {
        field->text.push_back(line[++at]);
      } else if (inside) {
        if (c != *options_.quote)
          field->text.push_back(c);
        else if (at + 1 < line.size() && line[at + 1] == c)
          field->text.push_back(line[++at]);
        else
          inside = false;
      } else if (c == options_.delimiter) {
        field = &next_field(at + 1);
      } else if (options_.quote && c == *options_.quote && field->text.empty()
                 && !field->quoted) {
        field->quoted = true;
        inside = true;
      } else if (field->quoted) {
        return fmt::format("at byte {}: text behind a quoted field", at);
      } else {
        field->text.push_back(c);
      }
    }
    if (inside)
      return fmt::format("at byte {}: a quoted field is not closed",
                         field->offset);
    return {};
  }

  bool is_null(const csv_field& field, const data_type& type) const {
    if (field.null || field.quoted)
      return field.null;
    if (options_.null_literal && field.text == *options_.null_literal)
      return true;
    if (!field.text.empty() || !is_string(type))
      return field.text.empty();
    return width_ == 1 && type.nullable() && !options_.null_literal;
  }

  /// Appends to every builder, so that they stay in step.
  std::string append_row() {
    std::string reason;
    for (std::size_t i = 0; i < builders_.size(); ++i) {
      static const csv_field nothing{{}, 0, false, true};
      const auto& field = places_[i] < width_ ? fields_[places_[i]] : nothing;
      const auto& type = spec_.layout->fields[i].type;
      bool null = is_null(field, type);
      if (!null && append_csv(*builders_[i], field.text, options_))
        continue;
      builders_[i]->append_null();
      if ((null && type.nullable()) || !reason.empty())
        continue;
      if (!null && type.nullable() && options_.ignore_parse_errors)
        continue;
      reason = fmt::format(
          "at byte {}: {}: {}", field.offset, spec_.paths[i].front(),
          null ? std::string("NULL in a column that is NOT NULL")
               : fmt::format("found {}, expected {}", excerpt(field.text),
                             type.to_short_string()));
    }
    return reason;
  }

  decoder_spec spec_;
  csv_options options_;
  std::size_t width_ = 0; ///< fields of a record
  bool empty_is_row_ = false;
  /// Field of each wanted column; `width_`: the file has it not.
  std::vector<std::size_t> places_;
  std::vector<std::unique_ptr<column_builder>> builders_;
  std::vector<csv_field> fields_;
  std::size_t used_ = 0;
};

absl::StatusOr<std::optional<char>> char_option(const option_map& options,
                                                const std::string& key) {
  auto at = options.find(key);
  if (at == options.end())
    return std::optional<char>();
  auto text = at->second == "\\t" ? std::string("\t") : at->second;
  if (text.size() != 1)
    return option_error(
        key, fmt::format("option '{}' is '{}', which is not one character", key,
                         at->second));
  return std::optional<char>(text[0]);
}

} // namespace

absl::StatusOr<csv_options> csv_options_of(const option_map& options) {
  HERALD_TRY(check_known_options(
      options,
      {"csv.field-delimiter", "csv.quote-character",
       "csv.disable-quote-character", "csv.escape-character",
       "csv.null-literal", "csv.allow-comments", "csv.array-element-delimiter",
       "csv.write-bigdecimal-in-scientific-notation", "csv.ignore-parse-errors",
       "csv.header"}));
  csv_options result;
  HERALD_ASSIGN(auto delimiter, char_option(options, "csv.field-delimiter"));
  HERALD_ASSIGN(auto quote, char_option(options, "csv.quote-character"));
  HERALD_ASSIGN(bool no_quote,
                bool_option(options, "csv.disable-quote-character", false));
  HERALD_ASSIGN(result.escape, char_option(options, "csv.escape-character"));
  HERALD_ASSIGN(result.allow_comments,
                bool_option(options, "csv.allow-comments", false));
  HERALD_ASSIGN(result.ignore_parse_errors,
                bool_option(options, "csv.ignore-parse-errors", false));
  HERALD_ASSIGN(result.header, bool_option(options, "csv.header", false));
  result.delimiter = delimiter.value_or(',');
  if (quote)
    result.quote = quote;
  if (no_quote)
    result.quote.reset();
  result.element_delimiter
      = text_option(options, "csv.array-element-delimiter", ";");
  if (result.element_delimiter.empty())
    return option_error("csv.array-element-delimiter",
                        "option 'csv.array-element-delimiter' is empty");
  // Both are read; decimals are written with all their digits.
  HERALD_TRY(
      bool_option(options, "csv.write-bigdecimal-in-scientific-notation", true)
          .status());
  if (auto at = options.find("csv.null-literal"); at != options.end())
    result.null_literal = at->second;
  if (result.quote == result.delimiter)
    return user_error("the CSV delimiter and quote are the same character");
  return result;
}

bool leaves_quote_open(std::string_view line, bool inside,
                       const csv_options& options) {
  if (!options.quote
      || (!inside
          && (line.find(*options.quote) == std::string_view::npos
              || (options.allow_comments && line.front() == '#'))))
    return false;
  bool at_start = !inside; // of a field, where a quote means one
  for (std::size_t i = 0; i < line.size(); ++i) {
    const char c = line[i];
    if (options.escape && c == *options.escape) {
      ++i;
    } else if (inside) {
      if (c != *options.quote)
        continue;
      if (i + 1 < line.size() && line[i + 1] == c)
        ++i;
      else
        inside = false;
    } else if (c == *options.quote && at_start) {
      inside = true;
    }
    at_start = !inside && c == options.delimiter;
  }
  return inside;
}

absl::Status check_csv_types(const std::vector<field>& fields) {
  for (const auto& field : fields)
    if ((field.type.is_nested() && !is_csv_list(field.type))
        || field.type.kind() == type_kind::interval_day
        || field.type.kind() == type_kind::interval_month)
      return user_error(fmt::format("column {} is a {}, which CSV cannot hold",
                                    field.name, field.type.to_short_string()),
                        "format 'json' can");
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<decoder>> make_csv_decoder(decoder_spec spec) {
  HERALD_ASSIGN(auto options, csv_options_of(spec.options));
  HERALD_TRY(check_csv_types(spec.fields));
  return std::make_unique<csv_decoder>(std::move(spec), std::move(options));
}

} // namespace herald
