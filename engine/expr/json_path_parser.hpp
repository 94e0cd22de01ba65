#pragma once

#include "engine/expr/json_path.hpp"

// Reads the text of a path, for compile_json_path only. One per text; bounded
// by the text, and by `json_path_nesting_max` for filters inside each other.

namespace herald {

class json_path_parser {
public:
  explicit json_path_parser(std::string_view text) : rest_(text) {}

  /// The whole text as a path (without its mode), or nullopt.
  std::optional<json_path> read_whole();

private:
  bool in_filter() const {
    return nesting_ > 0;
  }

  void skip_blanks();
  bool accept(std::string_view what);

  // -- steps (json_path.cpp) -------------------------------------------------
  bool read_steps(json_path& to);
  static void finish(json_path& path);
  bool read_dotted(json_path& to);
  bool read_function(std::string_view name, json_path& to);
  bool read_bracket(json_path& to);
  bool close_bracket();
  std::optional<std::string> read_quoted();
  bool read_names(json_path& to);
  std::optional<std::int64_t> read_index();
  bool read_indexes(json_path& to);

  // -- filters (json_filter_parser.cpp) --------------------------------------
  /// Behind "[?(": the condition and its closing bracket.
  bool read_filter(json_path& to);
  std::optional<json_condition> read_any();
  std::optional<json_condition> read_all();
  std::optional<json_condition> read_term();
  std::optional<json_condition> read_comparison();
  std::optional<json_operand> read_operand();
  std::optional<json_operand> read_number();
  std::optional<json_operand> read_list();
  std::optional<json_operand> read_regex();

  std::string whole_; ///< the text, if it had to be completed
  std::string_view rest_;
  int nesting_ = 0;
};

} // namespace herald
