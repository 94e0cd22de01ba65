#pragma once

#include <fstream>
#include <sstream>
#include <string>
#include <vector>

// Reads the data files beside these tests. A case is SQL on one or more lines,
// then a line "=> text" with what it prints as, or "!! text" with the error.
// Lines that start with # are comments.

namespace herald::sql {

struct text_case {
  std::string sql;
  std::string expected;
  bool is_error = false;
};

inline std::string read_whole_file(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::vector<text_case> read_text_cases(const std::string& path) {
  std::ifstream file(path);
  std::vector<text_case> result;
  std::string sql;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with("#") || (line.empty() && sql.empty()))
      continue;
    if (line.starts_with("=> ") || line.starts_with("!! ")) {
      result.push_back({sql, line.substr(3), line[0] == '!'});
      sql.clear();
    } else {
      sql += sql.empty() ? line : "\n" + line;
    }
  }
  return result;
}

} // namespace herald::sql
