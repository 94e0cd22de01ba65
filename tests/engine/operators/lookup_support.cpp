#include "tests/engine/operators/lookup_support.hpp"

namespace herald::testing {

namespace {

data_type bigint() {
  return data_type::of(type_kind::bigint);
}

schema_ptr table_layout() {
  return make_schema({{"id", bigint()}, {"v", bigint()}});
}

class fake_source final : public lookup_source {
public:
  explicit fake_source(std::shared_ptr<lookup_table> table)
      : table_(std::move(table)) {}

  absl::Status open(std::function<void()>) override {
    return absl::OkStatus();
  }

  lookup_limits limits() const override {
    return table_->limits;
  }

  absl::Status start(lookup_request x) override {
    std::vector<std::int64_t> keys;
    for (const auto& row : rows_of(*x.keys))
      keys.push_back(std::get<std::int64_t>(row[0].value));
    EXPECT_LE(static_cast<std::int64_t>(keys.size()), table_->limits.keys_max);
    EXPECT_LT(static_cast<int>(table_->asked.size()),
              table_->limits.requests_max);
    table_->requests.push_back(std::move(keys));
    table_->asked.push_back(std::move(x));
    return absl::OkStatus();
  }

  std::vector<lookup_answer> poll() override {
    return std::exchange(table_->answers, {});
  }

private:
  std::shared_ptr<lookup_table> table_;
};

} // namespace

void lookup_table::answer(std::size_t i, absl::Status status) {
  const auto request = asked[i];
  asked.erase(asked.begin() + static_cast<std::ptrdiff_t>(i));
  lookup_answer result{request.id, std::move(status), nullptr, {}};
  std::vector<literal_row> found;
  const auto keys = rows_of(*request.keys);
  for (std::size_t key = 0; key < keys.size() && result.status.ok(); ++key) {
    const auto id = std::get<std::int64_t>(keys[key][0].value);
    const auto at = rows.find(id);
    if (at == rows.end())
      continue;
    for (const auto v : at->second) {
      found.push_back({id, v});
      result.key_of.push_back(static_cast<std::int32_t>(key));
    }
  }
  if (!found.empty())
    result.rows = make_rows(table_layout(), found);
  answers.push_back(std::move(result));
}

void lookup_table::answer_all() {
  while (!asked.empty())
    answer(0);
}

schema_ptr lookup_input() {
  return make_schema({{"k", bigint()}, {"n", bigint()}});
}

batch_ptr lookup_rows(const std::vector<literal_row>& rows) {
  return make_rows(lookup_input(), rows);
}

lookup_fixture::lookup_fixture(lookup_policy policy, bool keeps_left,
                               bool odd_only, std::int64_t batch_rows,
                               lookup_limits limits) {
  table->limits = limits;
  lookup_join_spec spec;
  spec.keeps_left = keeps_left;
  auto definition = std::make_shared<table_definition>();
  definition->name = "d";
  spec.target = {definition, {{"id"}, {"v"}}, table_layout(), {0}};
  spec.columns
      = {make_column(0, bigint(), "id"), make_column(1, bigint(), "v")};
  spec.columns_layout = table_layout();
  spec.left_keys = {0};
  spec.policy = policy;
  if (odd_only) {
    auto sum
        = make_call("+", {make_column(1, bigint()), make_column(3, bigint())});
    auto rest
        = make_call("MOD", {*sum, make_literal({bigint(), std::int64_t{2}})});
    spec.residual
        = *make_call("=", {*rest, make_literal({bigint(), std::int64_t{1}})});
  }
  spec.make = [table = table](const lookup_target&)
      -> absl::StatusOr<std::unique_ptr<lookup_source>> {
    return std::make_unique<fake_source>(table);
  };
  auto fields = lookup_input()->fields;
  fields.push_back({"id", bigint()});
  fields.push_back({"v", bigint()});
  join = std::make_unique<lookup_join_operator>(spec, *lookup_input(),
                                                make_schema(fields));
  operator_context context;
  context.batch_rows = batch_rows;
  context.eval.now_ms = 1;
  EXPECT_EQ(join->open(context), absl::OkStatus());
}

void lookup_fixture::put(const std::vector<literal_row>& rows) {
  ASSERT_EQ(join->process(0, lookup_rows(rows), out), absl::OkStatus());
}

void lookup_fixture::advance(event_time t) {
  ASSERT_EQ(join->advance(t, out), absl::OkStatus());
}

void lookup_fixture::resume() {
  ASSERT_EQ(join->resume(out), absl::OkStatus());
}

void lookup_fixture::set_time(std::int64_t ms) {
  join->set_time(ms);
}

} // namespace herald::testing
