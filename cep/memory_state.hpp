#pragma once

#include "engine/state/state.hpp"

#include <map>
#include <string>
#include <vector>

// The state of an operator in memory: how a matcher hands its partial matches
// to the one that replaces it. One thread at a time; as large as the state.

namespace herald {

class memory_state final : public state_writer, public state_reader {
public:
  absl::Status put(std::string_view table, int key_group,
                   const batch& rows) override {
    tables_[std::string(table)][key_group].push_back(
        std::make_shared<const batch>(rows));
    return absl::OkStatus();
  }

  absl::Status read(std::string_view table, key_group_range range,
                    const visitor& visit) const override {
    auto found = tables_.find(std::string(table));
    if (found == tables_.end())
      return absl::OkStatus();
    for (const auto& [key_group, parts] : found->second) {
      if (!range.contains(key_group))
        continue;
      for (const auto& rows : parts)
        if (auto status = visit(key_group, rows); !status.ok())
          return status;
    }
    return absl::OkStatus();
  }

private:
  std::map<std::string, std::map<int, std::vector<batch_ptr>>> tables_;
};

} // namespace herald
