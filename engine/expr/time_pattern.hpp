#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// Patterns for dates and times as Java writes them ("yyyy-MM-dd HH:mm:ss"),
// in its two dialects: DateTimeFormatter and the older SimpleDateFormat.
// Compiled once, then used for many values. Immutable, safe on any thread.

namespace herald {

/// A local time, as a pattern shows it or read it.
struct local_time {
  std::int64_t days = 0;                   ///< since 1970-01-01
  std::int64_t nanos = 0;                  ///< of the day
  std::optional<std::int64_t> offset = {}; ///< seconds ahead of UTC, if known
  std::string_view zone_name = {};         ///< "UTC", "America/New_York"
};

enum class pattern_dialect : std::uint8_t {
  formatter, ///< DateTimeFormatter: strict; a day past its month is the last
  simple,    ///< SimpleDateFormat: lenient; 2020-02-30 is March 1
};

class time_pattern {
public:
  /// Takes a pattern apart. A letter without meaning leaves `bad_letter`.
  time_pattern(std::string_view pattern, pattern_dialect dialect);

  /// The first letter that means nothing, or is there too often, or 0.
  char bad_letter() const {
    return bad_;
  }

  /// The first letter that can only be written, or 0: nothing is read then.
  char unread_letter() const {
    return unread_;
  }

  /// Appends the text of `x`. False if the pattern asks for a zone and `x`
  /// has none.
  bool format(std::string& to, const local_time& x) const;

  /// Reads a text. SimpleDateFormat ignores what follows; the other does not.
  std::optional<local_time> read(std::string_view x) const;

private:
  struct token {
    char letter = 0;     ///< 0: `text`; '[', ']': around what may lack
    int count = 0;       ///< repetitions of the letter
    int pad = 0;         ///< written with blanks in front, at least so long
    bool packed = false; ///< another number follows without a separator
    std::string text;
  };

  struct fields;

  bool is_read(const token& x) const;
  std::size_t section_end(std::size_t begin) const;
  bool format_items(std::string& to, const fields& value, std::size_t begin,
                    std::size_t end) const;
  bool format_item(std::string& to, const token& x, const fields& value) const;
  std::optional<std::int64_t> plain_number(char letter, const fields& value,
                                           std::int64_t weekday) const;
  static bool format_zone(std::string& to, const token& x,
                          const local_time& value);
  void add_letters(char letter, int count);
  bool read_items(std::string_view& x, fields& out, std::size_t begin,
                  std::size_t end) const;
  bool read_padded(std::string_view& x, const token& item, fields& out) const;
  bool read_item(std::string_view& x, const token& item, fields& out) const;
  bool read_number_item(std::string_view& x, const token& item,
                        fields& out) const;
  static bool read_of_date(std::int64_t number, const token& item, fields& out);
  static bool fits_date(const fields& x, std::int64_t days);
  std::optional<local_time> resolve(const fields& x) const;

  std::vector<token> items_;
  pattern_dialect dialect_;
  char bad_ = 0;
  char unread_ = 0;
};

/// The pattern, compiled; a thread keeps the last one. Valid until this
/// thread's next call.
const time_pattern& compiled_time_pattern(std::string_view pattern,
                                          pattern_dialect dialect);

} // namespace herald
