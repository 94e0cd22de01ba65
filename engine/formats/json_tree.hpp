#pragma once

#include "engine/columnar/builder.hpp"
#include "engine/formats/format.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

// Which fields of a JSON document go where: a tree over the wanted paths.
// Nodes that stand for a whole column (or a part of one) write to a builder;
// the others only lead to them. Made once per decoder, used by its thread.
// As large as the table's type.

namespace herald {

struct json_node {
  enum class shape : std::uint8_t {
    object, ///< children by name: a ROW, or only the way to wanted fields
    list,   ///< ARRAY: children[0] is the element
    map,    ///< MAP: children[0] is the key, children[1] the value
    leaf,
  };

  std::string name;
  std::string path; ///< "bid.price", for messages
  data_type type;
  shape kind = shape::leaf;
  column_builder* builder = nullptr; ///< null: its value is not wanted
  std::vector<json_node> children;
  const scalar* equals = nullptr; ///< a pushed equality, or null

  /// The child met at each position of the last object, or -1 for a field
  /// that is not wanted: the next object is probably the same.
  std::vector<std::int16_t> order;
  std::int64_t seen = -1; ///< the object in which the field was met last

  /// Index of the child called `key`, or -1. O(children).
  int find(std::string_view key) const;
};

class json_tree {
public:
  /// Fails for a path that is not in the fields.
  static absl::StatusOr<std::unique_ptr<json_tree>>
  make(const decoder_spec& spec);

  json_node& root() {
    return root_;
  }

  /// Number of pushed equalities that a row has to meet.
  int equalities() const {
    return static_cast<int>(equalities_.size());
  }

  /// Brings every column to `rows` rows, whatever a row that failed has left
  /// behind; the values of that row are arbitrary.
  void settle(std::int64_t rows);

  /// Takes the columns, in the order of the wanted paths.
  batch_ptr finish(std::int64_t rows);

private:
  struct output {
    std::size_t builder = 0; ///< index into `builders_`
    std::vector<int> way;    ///< child numbers below its column
  };

  absl::Status add_path(const decoder_spec& spec,
                        const std::vector<std::string>& path,
                        const data_type& type);
  absl::Status add_equality(const decoder_spec& spec,
                            const pushed_condition& pushed);

  json_node root_;
  schema_ptr layout_;
  std::vector<std::unique_ptr<column_builder>> builders_;
  std::vector<output> outputs_;
  std::vector<std::unique_ptr<scalar>> equalities_;
};

} // namespace herald
