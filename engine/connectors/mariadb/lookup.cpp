#include "engine/connectors/mariadb/lookup.hpp"

#include "engine/common/error.hpp"
#include "engine/connectors/mariadb/values.hpp"
#include "engine/connectors/threaded_lookup.hpp"

#include <fmt/format.h>

namespace herald {

namespace {

/// Keys of one query: many for one round trip, few enough to be planned fast.
constexpr std::int64_t keys_max = 512;

constexpr int connections = 3;

/// Rows of one answer: they are in memory.
constexpr std::int64_t rows_max = 1'000'000;

class mariadb_lookup final : public lookup_client {
public:
  mariadb_lookup(const mariadb_options& options, lookup_target target)
      : client_(options), target_(std::move(target)),
        select_(select_text(*target_.layout, options) + " WHERE ") {
    std::vector<std::string> names;
    for (const int key : target_.keys)
      names.push_back(quote_name(
          target_.layout->fields[static_cast<std::size_t>(key)].name));
    select_ += names.size() == 1 ? names[0]
                                 : fmt::format("({})", fmt::join(names, ", "));
    select_ += " IN (";
  }

  lookup_answer answer(const lookup_request& x) override {
    lookup_answer result{x.id, absl::OkStatus(), nullptr, {}};
    const auto text = query_for(*x.keys);
    if (text.empty())
      return result;
    mariadb_rows rows(target_.layout);
    result.status = client_.query(text, [&](mariadb_client::row row) {
      if (rows.rows() == rows_max)
        return user_error(fmt::format("{} keys have more than {} rows",
                                      x.keys->rows, rows_max));
      return rows.append(row);
    });
    return result.status.ok() ? match_answer(target_, x, rows.finish())
                              : result;
  }

  void interrupt() override {
    client_.interrupt();
  }

private:
  /// Empty if nothing can equal any of the keys.
  std::string query_for(const batch& keys) const {
    std::string list;
    for (std::int64_t row = 0; row < keys.rows; ++row) {
      std::string key;
      bool possible = true;
      for (const auto& column : keys.columns) {
        if (!key.empty())
          key += ", ";
        possible = possible && append_literal(*column, row, key);
      }
      if (!possible)
        continue;
      if (!list.empty())
        list += ", ";
      list += keys.columns.size() == 1 ? key : "(" + key + ")";
    }
    return list.empty() ? list : select_ + list + ")";
  }

  mariadb_client client_;
  lookup_target target_;
  std::string select_;
};

} // namespace

std::unique_ptr<lookup_source> make_mariadb_lookup(mariadb_options options,
                                                   lookup_target target) {
  std::vector<std::unique_ptr<lookup_client>> clients;
  for (int i = 0; i < connections; ++i)
    clients.push_back(std::make_unique<mariadb_lookup>(options, target));
  return make_threaded_lookup(std::move(clients), keys_max);
}

} // namespace herald
