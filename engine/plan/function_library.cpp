#include "engine/plan/function_library.hpp"

#include "engine/expr/user_scalar.hpp"
#include "engine/expr/user_table.hpp"
#include "engine/plan/bind_type.hpp"
#include "engine/plan/catalog_list.hpp"
#include "engine/sql/parser.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>

#include <dlfcn.h>
#include <fmt/format.h>

namespace herald {

namespace {

namespace fs = std::filesystem;

std::mutex guard;                          // of all that follows
std::optional<std::string> allowed_folder; // empty: any
std::map<std::string, const herald_library*> loaded;

absl::Status refuse(const std::string& path, text_position where,
                    std::string_view why, std::string_view hint = {}) {
  return user_error(where, fmt::format("library '{}': {}", path, why), hint);
}

absl::Status check_place(const std::string& path, const fs::path& real,
                         text_position where) {
  if (!allowed_folder)
    return absl::OkStatus();
  std::error_code failed;
  const auto folder = fs::canonical(*allowed_folder, failed);
  const auto rest = real.lexically_relative(folder);
  if (allowed_folder->empty() || failed || rest.empty()
      || rest.native().starts_with(".."))
    return refuse(path, where, "this node does not load it",
                  allowed_folder->empty()
                      ? "'functions: folder' of its configuration says where "
                        "libraries may lie"
                      : fmt::format("libraries lie in {}", *allowed_folder));
  return absl::OkStatus();
}

/// What the library says of itself, its version checked.
absl::StatusOr<const herald_library*> open_library(const std::string& path,
                                                   const fs::path& real,
                                                   text_position where) {
  if (const auto found = loaded.find(real.native()); found != loaded.end())
    return found->second;
  void* handle = ::dlopen(real.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr)
    return refuse(path, where, ::dlerror());
  const auto entry = reinterpret_cast<decltype(&herald_functions)>(
      ::dlsym(handle, "herald_functions"));
  if (entry == nullptr)
    return refuse(path, where, "it exports no herald_functions",
                  "schemas/herald_function.h says what it should");
  const auto* result = entry(HERALD_FUNCTION_ABI);
  if (result == nullptr)
    return refuse(path, where,
                  fmt::format("it does not serve version {} of the interface",
                              HERALD_FUNCTION_ABI));
  if (result->abi != HERALD_FUNCTION_ABI)
    return refuse(path, where,
                  fmt::format("it was built for version {} of the interface, "
                              "this is version {}",
                              result->abi, HERALD_FUNCTION_ABI),
                  "build it anew");
  if (result->function_size != sizeof(herald_function)
      || result->count > library_functions_max
      || (result->count > 0 && result->functions == nullptr))
    return refuse(path, where, "its table of functions is malformed");
  loaded.emplace(real.native(), result);
  return result;
}

/// The parts of "STRING, ROW<a INT, b INT>".
std::vector<std::string> split_types(std::string_view text) {
  std::vector<std::string> result;
  int depth = 0;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    depth += text[i] == '<' || text[i] == '(' ? 1 : 0;
    depth -= text[i] == '>' || text[i] == ')' ? 1 : 0;
    if (text[i] == ',' && depth == 0) {
      result.emplace_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  if (text.find_first_not_of(' ', begin) != std::string_view::npos)
    result.emplace_back(text.substr(begin));
  return result;
}

absl::StatusOr<std::vector<data_type>> read_types(const char* text) {
  if (text == nullptr)
    return user_error("types are missing");
  std::vector<data_type> result;
  for (const auto& part : split_types(text)) {
    auto parsed = sql::parse_type(part);
    if (!parsed.ok())
      return user_error(fmt::format("'{}' is no type", part));
    auto type = bind_type(*parsed);
    if (!type.ok())
      return user_error(fmt::format("'{}' is no type here", part));
    result.push_back(*std::move(type));
  }
  return result;
}

bool is_complete(const herald_aggregate& x) {
  return x.create && x.destroy && x.resize && x.add && x.save && x.merge
         && x.result && x.clear && x.bytes;
}

absl::StatusOr<library_overload> read_entry(const herald_function& x) {
  library_overload result;
  HERALD_ASSIGN(result.parameters, read_types(x.arguments));
  HERALD_ASSIGN(const auto results, read_types(x.result));
  if (results.size() != 1)
    return user_error("it gives one result");
  result.result = results[0];
  if (x.kind == HERALD_SCALAR && x.call) {
    result.code = make_user_scalar(x);
  } else if (x.kind == HERALD_TABLE && x.call) {
    if (result.result.kind() != type_kind::row)
      return user_error("a table function gives a ROW");
    result.type = function_type::table;
    result.result = table_type(result.result);
    result.code = make_user_table(x);
  } else if (x.kind == HERALD_AGGREGATE && x.aggregate
             && is_complete(*x.aggregate)) {
    HERALD_ASSIGN(auto state, read_types(x.aggregate->state));
    if (state.empty())
      return user_error("its state has no columns");
    result.type = function_type::aggregate;
    result.aggregate
        = std::make_shared<const user_aggregate>(x, std::move(state));
  } else {
    return user_error(fmt::format("kind {} lacks its calls", x.kind));
  }
  return result;
}

} // namespace

void restrict_libraries(std::string folder) {
  const std::lock_guard lock(guard);
  allowed_folder = std::move(folder);
}

absl::StatusOr<std::vector<library_overload>>
load_function(const std::string& path, const std::string& name,
              text_position where) {
  const std::lock_guard lock(guard);
  std::error_code failed;
  const auto real = fs::canonical(path, failed);
  if (failed)
    return refuse(path, where, failed.message());
  HERALD_TRY(check_place(path, real, where));
  HERALD_ASSIGN(const auto* library, open_library(path, real, where));
  std::vector<library_overload> result;
  std::vector<std::string> names;
  for (std::uint64_t i = 0; i < library->count; ++i) {
    const auto& entry = library->functions[i];
    names.emplace_back(entry.name ? entry.name : "");
    if (names.back() != name)
      continue;
    auto read = read_entry(entry);
    if (!read.ok())
      return refuse(path, where,
                    fmt::format("its function '{}' is malformed: {}", name,
                                message_of(read.status())));
    if (!result.empty() && result[0].type != read->type)
      return refuse(path, where,
                    fmt::format("its '{}' is a {} function and a {} function, "
                                "too",
                                name, to_string(result[0].type),
                                to_string(read->type)));
    result.push_back(*std::move(read));
  }
  if (!result.empty())
    return result;
  return refuse(path, where, fmt::format("it has no function '{}'", name),
                did_you_mean(name, names));
}

} // namespace herald
