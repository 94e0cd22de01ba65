#include "engine/connectors/redis/lookup.hpp"

#include "engine/columnar/builder.hpp"
#include "engine/common/error.hpp"
#include "engine/connectors/redis/client.hpp"
#include "engine/connectors/table_columns.hpp"
#include "engine/connectors/threaded_lookup.hpp"
#include "engine/formats/format.hpp"
#include "engine/formats/options.hpp"
#include "engine/formats/value_parse.hpp"
#include "engine/formats/value_print.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace herald {

namespace {

constexpr std::int64_t keys_max = 512;
constexpr int connections = 2;

/// Appends what the server has: bytes and texts as they are.
bool append_text(column_builder& out, std::string_view text) {
  const auto& type = out.type();
  if (type.is_text() || type.is_bytes()) {
    static_cast<text_builder&>(out).push(text);
    return true;
  }
  if (type.kind() == type_kind::boolean && (text == "0" || text == "1"))
    text = text == "1" ? "true" : "false";
  return append_parsed(out, text, timestamp_standard::sql);
}

class redis_lookup final : public lookup_client {
public:
  redis_lookup(const redis_options& options, lookup_target target,
               std::unique_ptr<decoder> decode)
      : options_(options), client_(options), target_(std::move(target)),
        decoder_(std::move(decode)) {
    for (std::size_t i = 0; i < target_.layout->fields.size(); ++i)
      if (static_cast<int>(i) != target_.keys[0])
        values_.push_back(i);
  }

  lookup_answer answer(const lookup_request& x) override {
    std::vector<std::string> keys;
    for (std::int64_t row = 0; row < x.keys->rows; ++row) {
      auto key = options_.prefix;
      print_value(*x.keys->columns[0], row, key);
      keys.push_back(std::move(key));
    }
    lookup_answer result{x.id, absl::OkStatus(), nullptr, {}};
    const auto replies = client_.run(commands_for(keys));
    if (!replies.ok())
      result.status = replies.status();
    else if (options_.layout == redis_layout::hash)
      result.status = take_hashes(x, *replies, result);
    else if (options_.layout == redis_layout::string)
      result.status = take_strings(x, replies->front().elements, result);
    else
      result.status = take_documents(x, replies->front().elements, result);
    return result;
  }

  void interrupt() override {
    client_.interrupt();
  }

private:
  std::vector<redis_command>
  commands_for(const std::vector<std::string>& keys) const {
    if (options_.layout != redis_layout::hash) {
      redis_command all = {"MGET"};
      all.insert(all.end(), keys.begin(), keys.end());
      return {std::move(all)};
    }
    std::vector<redis_command> result;
    for (const auto& key : keys) {
      // A hash may have none of the fields and still be there.
      result.push_back({"EXISTS", key});
      if (values_.empty())
        continue;
      redis_command fields = {"HMGET", key};
      for (const auto i : values_)
        fields.push_back(target_.layout->fields[i].name);
      result.push_back(std::move(fields));
    }
    return result;
  }

  /// Rows as they are found: a key and the texts of `values_`.
  class row_maker {
  public:
    row_maker(const redis_lookup& of, const lookup_request& request,
              lookup_answer& into)
        : of_(of), request_(request), into_(into) {
      for (const auto& field : of.target_.layout->fields)
        builders_.push_back(make_builder(field.type));
    }

    absl::Status add(std::size_t key, std::span<const redis_reply> texts) {
      const auto at = static_cast<std::size_t>(of_.target_.keys[0]);
      builders_[at]->append_from(*request_.keys->columns[0],
                                 static_cast<std::int64_t>(key));
      for (std::size_t i = 0; i < of_.values_.size(); ++i) {
        auto& out = *builders_[of_.values_[i]];
        if (!texts[i].text)
          out.append_null();
        else if (!append_text(out, *texts[i].text))
          return user_error(
              fmt::format("column {}: '{}' is no {}",
                          of_.target_.layout->fields[of_.values_[i]].name,
                          *texts[i].text, out.type().to_short_string()));
      }
      into_.key_of.push_back(static_cast<std::int32_t>(key));
      return absl::OkStatus();
    }

    void finish() {
      if (into_.key_of.empty())
        return;
      std::vector<column_ptr> columns;
      for (auto& builder : builders_)
        columns.push_back(builder->finish());
      into_.rows = make_batch(of_.target_.layout, std::move(columns),
                              static_cast<std::int64_t>(into_.key_of.size()));
    }

  private:
    const redis_lookup& of_;
    const lookup_request& request_;
    lookup_answer& into_;
    std::vector<std::unique_ptr<column_builder>> builders_;
  };

  absl::Status take_hashes(const lookup_request& x,
                           const std::vector<redis_reply>& replies,
                           lookup_answer& out) const {
    row_maker rows(*this, x, out);
    const std::size_t step = values_.empty() ? 1 : 2;
    for (std::size_t i = 0; i * step < replies.size(); ++i) {
      if (replies[i * step].text != "1")
        continue;
      HERALD_TRY(rows.add(i, values_.empty() ? std::span<const redis_reply>()
                                             : replies[i * step + 1].elements));
    }
    rows.finish();
    return absl::OkStatus();
  }

  absl::Status take_strings(const lookup_request& x,
                            const std::vector<redis_reply>& texts,
                            lookup_answer& out) const {
    row_maker rows(*this, x, out);
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (texts[i].text) {
        HERALD_TRY(rows.add(i, {&texts[i], 1}));
      }
    rows.finish();
    return absl::OkStatus();
  }

  /// The document need not have the key: the row is the key's all the same.
  absl::Status take_documents(const lookup_request& x,
                              const std::vector<redis_reply>& texts,
                              lookup_answer& out) const {
    documents input;
    row_list keys;
    for (std::size_t i = 0; i < texts.size(); ++i)
      if (texts[i].text) {
        input.append(*texts[i].text);
        keys.push_back(static_cast<std::int32_t>(i));
      }
    auto decoded = decoder_->decode(input);
    if (!decoded.bad.empty()) {
      const auto at = static_cast<std::size_t>(decoded.bad[0].index);
      return user_error(fmt::format("what lies under a key is no row: {}: {}",
                                    decoded.bad[0].reason, input[at]));
    }
    for (const auto document : decoded.origin)
      out.key_of.push_back(keys[static_cast<std::size_t>(document)]);
    if (out.key_of.empty())
      return absl::OkStatus();
    auto columns = decoded.rows->columns;
    columns[static_cast<std::size_t>(target_.keys[0])]
        = take(*x.keys->columns[0], out.key_of);
    out.rows
        = make_batch(target_.layout, std::move(columns), decoded.rows->rows);
    return absl::OkStatus();
  }

  redis_options options_;
  redis_client client_;
  lookup_target target_;
  std::vector<std::size_t> values_;  ///< columns that are not the key
  std::unique_ptr<decoder> decoder_; ///< of JSON, else null
};

/// Documents need not have the key.
schema_ptr without_required_key(const lookup_target& target,
                                std::vector<field>& fields) {
  auto result = std::make_shared<schema>(*target.layout);
  auto& key = result->fields[static_cast<std::size_t>(target.keys[0])];
  key.type = key.type.with_nullable(true);
  for (auto& x : fields)
    if (x.name == key.name)
      x.type = key.type;
  return result;
}

} // namespace

absl::StatusOr<std::unique_ptr<lookup_source>>
make_redis_lookup(redis_options options, lookup_target target) {
  std::vector<std::unique_ptr<lookup_client>> clients;
  for (int i = 0; i < connections; ++i) {
    std::unique_ptr<decoder> decode;
    if (options.layout == redis_layout::json) {
      decoder_spec spec;
      spec.fields = physical_fields(*target.table);
      spec.paths = target.paths;
      spec.layout = without_required_key(target, spec.fields);
      spec.options = options_with_prefix(target.table->options, "json.");
      HERALD_ASSIGN(decode, make_decoder("json", std::move(spec)));
    }
    clients.push_back(
        std::make_unique<redis_lookup>(options, target, std::move(decode)));
  }
  return make_threaded_lookup(std::move(clients), keys_max);
}

} // namespace herald
