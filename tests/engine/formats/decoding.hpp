#pragma once

#include "engine/formats/format.hpp"

#include <memory>

#include <gtest/gtest.h>

// Decoders for tests.

namespace herald::test {

/// A JSON decoder that reads all of `fields`.
inline std::unique_ptr<decoder> decoder_of(const std::vector<field>& fields,
                                           option_map options = {}) {
  decoder_spec spec;
  spec.fields = fields;
  for (const auto& x : fields)
    spec.paths.push_back({x.name});
  spec.layout = std::make_shared<schema>(schema{fields});
  spec.options = std::move(options);
  auto made = make_decoder("json", std::move(spec));
  EXPECT_TRUE(made.ok()) << made.status();
  return *std::move(made);
}

} // namespace herald::test
