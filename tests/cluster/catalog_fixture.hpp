#pragma once

#include "cluster/catalog.hpp"

#include <string>
#include <utility>

#include <gtest/gtest.h>

// A catalog that a test writes commands to, each at the next position and with
// a request id of its own.

namespace herald::cluster {

inline node_id node(std::uint64_t number, std::uint64_t life = 1) {
  return {{{0, number}}, {life}};
}

inline object_key task(std::string name) {
  return {object_kind::task, "p", std::move(name)};
}

class catalog_fixture : public testing::Test {
protected:
  command next(command_body body) {
    return {{{7, ++requests_}}, "tester", 1000, std::move(body)};
  }

  outcome apply(command_body body) {
    return apply(next(std::move(body)));
  }

  outcome apply(const command& what) {
    return catalog_.apply({catalog_.position().value + 1}, what);
  }

  outcome join(const node_id& id) {
    member_info info;
    info.id = id;
    info.host = "host";
    return apply(join_command{info});
  }

  outcome suspect(const node_id& by, const node_id& target,
                  log_position repeats = {}) {
    return apply(suspect_command{by, target, repeats});
  }

  outcome put(const object_key& key, std::string text = "text",
              condition only_if = {}) {
    return apply(put_command{key, "sql", std::move(text), {}, only_if});
  }

  outcome claim(const object_key& key, const node_id& owner,
                std::uint64_t expected) {
    return apply(claim_command{key, owner, {expected}});
  }

  outcome report(const object_key& key, const node_id& owner,
                 std::uint64_t held, std::uint64_t sequence,
                 object_state state) {
    return apply(report_command{key, owner, {held}, sequence, {state}});
  }

  outcome release(const object_key& key, const node_id& owner,
                  std::uint64_t held, std::uint64_t version,
                  object_state state) {
    return apply(release_command{key, owner, {held}, {version}, {state}});
  }

  object_state state_of(const object_key& key) {
    return catalog_.find_object(key)->status.state;
  }

  catalog catalog_;

private:
  std::uint64_t requests_ = 0;
};

} // namespace herald::cluster
