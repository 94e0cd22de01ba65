#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string_view>

// The words and symbols of Flink's SQL, as one sorted table that exists at
// compile time. `term` is an index into it: the grammar writes
// in.accept("SELECT"), a word that is not in the table does not compile, and
// at run time two small numbers are compared. Internal to engine/sql.

namespace herald::sql {

/// Words that are no identifiers unless in backquotes. That is the list of
/// Calcite, which Flink uses, with Flink's own; function names are below.
inline constexpr std::string_view reserved_words
    = "ALL ALLOCATE ALLOW ALTER AND ANY ARE ARRAY ARRAY_MAX_CARDINALITY AS "
      "ASENSITIVE ASYMMETRIC AT ATOMIC AUTHORIZATION BEGIN BEGIN_FRAME "
      "BEGIN_PARTITION BETWEEN BIGINT BINARY BIT BLOB BOOLEAN BOTH BY BYTES "
      "CALL CALLED CASCADED CASE CAST CATALOGS CHARACTER CHECK CLOB CLOSE "
      "COLLATE COLUMN COMMENT COMMIT CONDITION CONNECT CONSTRAINT CONTAINS "
      "CORRESPONDING CREATE CROSS CUBE CURRENT CURRENT_ROW CURSOR CYCLE "
      "DATABASES DATETIME DEALLOCATE DEC DECIMAL DECLARE DEFAULT DEFINE DELETE "
      "DEREF DESCRIBE DETERMINISTIC DISALLOW DISCONNECT DISTINCT DOUBLE DROP "
      "DYNAMIC EACH ELSE EMPTY END END_FRAME END_PARTITION EQUALS ESCAPE "
      "EXCEPT "
      "EXEC EXECUTE EXISTS EXPLAIN EXTEND EXTENDED EXTERNAL FALSE FETCH FILTER "
      "FLOAT FOR FOREIGN FRAME_ROW FREE FROM FULL FUNCTION FUNCTIONS GET "
      "GLOBAL "
      "GRANT GROUP GROUPS HAVING HOLD IDENTITY IMPORT IN INDICATOR INITIAL "
      "INNER INOUT INSENSITIVE INSERT INT INTEGER INTERSECT INTERVAL INTO IS "
      "JOIN JSON_SCOPE LANGUAGE LARGE LATERAL LEADING LIKE LIKE_REGEX LIMIT "
      "LOCAL MATCH MATCHES MATCH_RECOGNIZE MEASURES MEMBER MERGE METHOD MINUS "
      "MODIFIES MODULE MODULES MULTISET NATIONAL NATURAL NCHAR NCLOB NEW NO "
      "NONE NORMALIZE NOT NULL NUMERIC OCCURRENCES_REGEX OF OFFSET OLD OMIT ON "
      "ONE ONLY OPEN OR ORDER OUT OUTER OVER OVERLAPS PARAMETER PARTITION "
      "PATTERN PER PERCENT PERIOD PERMUTE PORTION POSITION_REGEX PRECEDES "
      "PRECISION PREPARE PRIMARY PROCEDURE QUALIFY RANGE RAW READS REAL "
      "RECURSIVE REF REFERENCES REFERENCING RELEASE RENAME RESET RESULT RETURN "
      "RETURNS REVOKE ROLLBACK ROLLUP ROW ROWS RUNNING SAVEPOINT SCALA SCOPE "
      "SCROLL SEARCH SEEK SELECT SENSITIVE SET SHOW SIMILAR SKIP SMALLINT SOME "
      "SPECIFIC SPECIFICTYPE SQL SQLEXCEPTION SQLSTATE SQLWARNING START STATIC "
      "STREAM STRING SUBMULTISET SUBSET SUBSTRING_REGEX SUCCEEDS SYMMETRIC "
      "SYSTEM SYSTEM_TIME TABLE TABLES TABLESAMPLE THEN TIMESTAMP_LTZ TINYINT "
      "TO TRAILING TRANSLATE_REGEX TRANSLATION TREAT TRIGGER TRIM_ARRAY TRUE "
      "TRY_CAST UESCAPE UNION UNIQUE UNKNOWN UNLOAD UNNEST UPDATE UPSERT USE "
      "USING VALUE VALUES VALUE_OF VARBINARY VARCHAR VARYING VERSIONING VIEWS "
      "WATERMARK WATERMARKS WHEN WHENEVER WHERE WIDTH_BUCKET WINDOW WITH "
      "WITHIN "
      "WITHOUT";

/// Reserved words that name a function when a bracket follows.
inline constexpr std::string_view callable_words
    = "ABS AVG CARDINALITY CEIL CEILING CHAR CHARACTER_LENGTH CHAR_LENGTH "
      "CLASSIFIER COALESCE COLLECT CONVERT CORR COUNT COVAR_POP COVAR_SAMP "
      "CUME_DIST DATE DAY DENSE_RANK ELEMENT EVERY EXP EXTRACT FIRST_VALUE "
      "FLOOR FUSION GROUPING HOUR INTERSECTION JSON_ARRAY JSON_ARRAYAGG "
      "JSON_EXISTS JSON_OBJECT JSON_OBJECTAGG JSON_QUERY JSON_VALUE LAG "
      "LAST_VALUE LEAD LEFT LN LOWER MATCH_NUMBER MAX MIN MINUTE MOD MONTH "
      "NEXT "
      "NTH_VALUE NTILE NULLIF OCTET_LENGTH OVERLAY PERCENTILE_CONT "
      "PERCENTILE_DISC PERCENT_RANK POSITION POWER PREV RANK REGR_AVGX "
      "REGR_AVGY REGR_COUNT REGR_INTERCEPT REGR_R2 REGR_SLOPE REGR_SXX "
      "REGR_SXY "
      "REGR_SYY RIGHT ROW_NUMBER SECOND SQRT STDDEV_POP STDDEV_SAMP SUBSTRING "
      "SUM TIME TIMESTAMP TRANSLATE TRIM TRUNCATE UPPER VAR_POP VAR_SAMP YEAR";

/// Reserved words that are a call without brackets.
inline constexpr std::string_view niladic_words
    = "CURRENT_CATALOG CURRENT_DATE CURRENT_PATH CURRENT_ROLE CURRENT_SCHEMA "
      "CURRENT_TIME CURRENT_TIMESTAMP CURRENT_USER LOCALTIME LOCALTIMESTAMP "
      "SESSION_USER SYSTEM_USER USER";

/// Words of the grammar that are also identifiers.
inline constexpr std::string_view other_words
    = "ABSENT ADD AFTER ANALYZE APPLY ASC BITMAP BUCKETS CASCADE "
      "CATALOG CENTURY CHANGELOG_MODE COLUMNS COMPILE CONDITIONAL CONFLICT "
      "CONSTRAINTS CPP CUMULATE DATABASE DAYS DECADE DEDUPLICATE DESC "
      "DESCRIPTOR DISTRIBUTED DISTRIBUTION "
      "DIV DO DOW DOY ENFORCED EPOCH ERROR ESTIMATED_COST EXCLUDING FINAL "
      "FIRST "
      "FOLLOWING FRAC_SECOND GENERATED HASH HOURS IF IGNORE ILIKE IMMEDIATELY "
      "INCLUDING "
      "ISODOW ISOYEAR JAR JARS JAVA JOB JOBS JSON JSON_EXECUTION_PLAN KEY KEYS "
      "LAST LIBRARY LOAD MAP MATCHED MATERIALIZED METADATA MICROSECOND "
      "MILLENNIUM "
      "MILLISECOND MINUTES MODEL MODIFY MONTHS NANOSECOND NOTHING NULLS OBJECT "
      "OPTIONS ORDINALITY OVERWRITE OVERWRITING PARTITIONED PARTITIONS PASSING "
      "PAST "
      "PLACING PLAN PLAN_ADVICE PRECEDING PROCEDURES PYTHON QUARTER QUARTERS "
      "REPLACE RESPECT RESTRICT RETURNING RLIKE SCALAR SECONDS SETS "
      "SQL_TSI_DAY SQL_TSI_FRAC_SECOND "
      "SQL_TSI_HOUR SQL_TSI_MICROSECOND SQL_TSI_MINUTE SQL_TSI_MONTH "
      "SQL_TSI_QUARTER SQL_TSI_SECOND SQL_TSI_WEEK SQL_TSI_YEAR STATEMENT "
      "SUBSTR TEMPORARY TIES TIMESTAMPADD TIMESTAMPDIFF TYPE UNBOUNDED "
      "UNCONDITIONAL UNMATCHED VARIANT VIEW VIRTUAL WEEK WEEKS WORK WRAPPER "
      "XOR "
      "YEARS ZONE";

inline constexpr std::string_view symbols
    = "( ) [ ] { } , . ; + - * / % || | = <> != < <= > >= => ? ^ $ : /*+ */";

enum class word_class : std::uint8_t {
  symbol,
  reserved,
  callable,
  niladic,
  other,
};

struct word_entry {
  std::string_view text;
  word_class kind = word_class::symbol;
};

namespace detail {

consteval std::size_t count_words(std::string_view list) {
  return static_cast<std::size_t>(std::count(list.begin(), list.end(), ' '))
         + 1;
}

inline constexpr std::size_t word_count
    = count_words(reserved_words) + count_words(callable_words)
      + count_words(niladic_words) + count_words(other_words)
      + count_words(symbols);

consteval std::array<word_entry, word_count> make_words() {
  std::array<word_entry, word_count> result;
  std::size_t n = 0;
  auto add = [&](std::string_view list, word_class kind) {
    while (!list.empty()) {
      auto length = std::min(list.find(' '), list.size());
      result[n++] = {list.substr(0, length), kind};
      list.remove_prefix(std::min(length + 1, list.size()));
    }
  };
  add(reserved_words, word_class::reserved);
  add(callable_words, word_class::callable);
  add(niladic_words, word_class::niladic);
  add(other_words, word_class::other);
  add(symbols, word_class::symbol);
  std::sort(result.begin(), result.end(),
            [](const auto& a, const auto& b) { return a.text < b.text; });
  return result;
}

} // namespace detail

inline constexpr auto words = detail::make_words();

/// Returns the place of `text`, which is in capitals, in `words`, or -1.
/// O(log words).
constexpr int find_word(std::string_view text) {
  auto less
      = [](const word_entry& a, std::string_view b) { return a.text < b; };
  auto i = std::lower_bound(words.begin(), words.end(), text, less);
  return i != words.end() && i->text == text
             ? static_cast<int>(i - words.begin())
             : -1;
}

/// A word or symbol of the grammar, or none.
class term {
public:
  constexpr term() = default;

  /// Converts a literal; one that is not in the table does not compile.
  consteval term(const char* text) : index_(find_word(text)) {
    if (index_ < 0)
      throw "this word is not in the lists of words.hpp";
  }

  /// Returns the term of a token's text in capitals; none if it has none.
  static constexpr term of(std::string_view text) {
    term result;
    result.index_ = static_cast<std::int16_t>(find_word(text));
    return result;
  }

  constexpr bool is_none() const {
    return index_ < 0;
  }

  /// Needs a term that is not none.
  constexpr std::string_view text() const {
    return words[static_cast<std::size_t>(index_)].text;
  }

  /// None is like a word that the grammar uses as a name, too.
  constexpr word_class kind() const {
    return is_none() ? word_class::other
                     : words[static_cast<std::size_t>(index_)].kind;
  }

  friend constexpr bool operator==(term, term) = default;

private:
  std::int16_t index_ = -1;
};

} // namespace herald::sql
