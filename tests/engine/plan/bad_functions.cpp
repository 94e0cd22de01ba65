#include "schemas/herald_function.h"

#include <cstdint>
#include <cstdlib>
#include <cstring>

// A library that does everything wrong, for function_library_test. It holds
// what it gives in static memory, so that nothing has to be freed.

namespace {

std::int64_t numbers[64] = {};
std::int32_t offsets[3] = {0, 900, 5};
const char text[] = "hello";
std::uint8_t no_bits[8] = {};

void release(ArrowArray* x) {
  std::free(x->buffers);
  x->release = nullptr;
}

ArrowArray array_of(std::int64_t length, const void* a, const void* b,
                    const void* c) {
  ArrowArray result{};
  result.length = length;
  result.null_count = a != nullptr ? length : 0;
  result.n_buffers = c != nullptr ? 3 : 2;
  result.buffers = static_cast<const void**>(std::calloc(3, sizeof(void*)));
  result.buffers[0] = a;
  result.buffers[1] = b;
  result.buffers[2] = c;
  result.release = release;
  return result;
}

std::int32_t too_short(void*, const herald_batch* batch, ArrowArray* out,
                       herald_error*) {
  *out = array_of(batch->rows - 1, nullptr, numbers, nullptr);
  return 0;
}

std::int32_t nothing(void*, const herald_batch*, ArrowArray*, herald_error*) {
  return 0;
}

std::int32_t bad_offsets(void*, const herald_batch* batch, ArrowArray* out,
                         herald_error*) {
  *out = array_of(batch->rows, nullptr, offsets, text);
  return 0;
}

std::int32_t wrong_layout(void*, const herald_batch* batch, ArrowArray* out,
                          herald_error*) {
  *out = array_of(batch->rows, nullptr, numbers, text);
  return 0;
}

std::int32_t gives_null(void*, const herald_batch* batch, ArrowArray* out,
                        herald_error*) {
  *out = array_of(batch->rows, no_bits, numbers, nullptr);
  return 0;
}

std::int32_t silent(void*, const herald_batch*, ArrowArray*, herald_error*) {
  return 1;
}

std::int32_t endless(void*, const herald_batch*, ArrowArray*,
                     herald_error* error) {
  std::memset(error->message, 'x', sizeof error->message);
  return 1;
}

std::int32_t throws(void*, const herald_batch*, ArrowArray*, herald_error*) {
  throw 1;
}

// -- table functions: for two rows, a number of an input row and a BIGINT -----

/// What a call gives; a null child is left out.
struct rows {
  std::int64_t length = 0;
  const std::int32_t* of = nullptr;
  const void* validity = nullptr;
  std::int64_t children = 2;
};

void release_rows(ArrowArray* x) {
  for (std::int64_t i = 0; i < 2; ++i)
    if (x->children[i]->release != nullptr)
      x->children[i]->release(x->children[i]);
  std::free(x->children[0]);
  std::free(x->children[1]);
  std::free(x->children);
  release(x);
}

std::int32_t give(ArrowArray* out, const rows& x) {
  *out = array_of(x.length, x.validity, nullptr, nullptr);
  out->n_buffers = 1;
  out->n_children = x.children;
  out->children = static_cast<ArrowArray**>(std::calloc(2, sizeof(void*)));
  for (int i = 0; i < 2; ++i) {
    out->children[i]
        = static_cast<ArrowArray*>(std::calloc(1, sizeof(ArrowArray)));
    *out->children[i] = array_of(x.length, nullptr, numbers, nullptr);
  }
  out->children[0]->buffers[1] = x.of;
  out->release = release_rows;
  return 0;
}

constexpr std::int32_t falling[] = {1, 0};
constexpr std::int32_t outside[] = {0, 2};
constexpr std::int32_t negative[] = {-1, 0};
constexpr std::int32_t rising[] = {0, 1};

template <const std::int32_t (&of)[2]>
std::int32_t numbered(void*, const herald_batch*, ArrowArray* out,
                      herald_error*) {
  return give(out, {2, of});
}

std::int32_t null_rows(void*, const herald_batch*, ArrowArray* out,
                       herald_error*) {
  return give(out, {2, rising, no_bits});
}

std::int32_t no_numbers(void*, const herald_batch*, ArrowArray* out,
                        herald_error*) {
  return give(out, {2, rising, nullptr, 1});
}

std::int32_t null_numbers(void*, const herald_batch*, ArrowArray* out,
                          herald_error*) {
  give(out, {2, rising});
  out->children[0]->null_count = 2;
  out->children[0]->buffers[0] = no_bits;
  return 0;
}

std::int32_t null_values(void*, const herald_batch*, ArrowArray* out,
                         herald_error*) {
  give(out, {2, rising});
  out->children[1]->null_count = 2;
  out->children[1]->buffers[0] = no_bits;
  return 0;
}

std::int32_t short_column(void*, const herald_batch*, ArrowArray* out,
                          herald_error*) {
  give(out, {2, rising});
  out->children[1]->length = 1;
  return 0;
}

std::int32_t no_children(void*, const herald_batch* batch, ArrowArray* out,
                         herald_error* error) {
  too_short(nullptr, batch, out, error);
  out->n_children = 2;
  return 0;
}

std::int32_t released_child(void*, const herald_batch*, ArrowArray* out,
                            herald_error*) {
  give(out, {2, rising});
  auto* child = out->children[0];
  child->release(child);
  return 0;
}

std::int32_t less_than_none(void*, const herald_batch*, ArrowArray* out,
                            herald_error*) {
  give(out, {2, rising});
  out->length = -3;
  return 0;
}

std::int32_t million(void*, const herald_batch*, ArrowArray* out,
                     herald_error*) {
  give(out, {2, rising});
  out->length = 1'000'000'000'000;
  return 0;
}

std::int32_t never_fits(void*, const herald_batch*, ArrowArray*,
                        herald_error*) {
  return HERALD_TOO_MANY;
}

herald_function table(const char* name, decltype(herald_function::call) call,
                      const char* result = "ROW<x BIGINT NOT NULL>") {
  return {name, "BIGINT", result, HERALD_TABLE, 0, nullptr, call, nullptr};
}

herald_function other_each_time() {
  auto result = table("varies", numbered<rising>);
  result.flags = HERALD_VOLATILE;
  return result;
}

herald_function of_kind(std::uint32_t kind) {
  auto result = table("new_kind", nothing);
  result.kind = kind;
  return result;
}

herald_function scalar(const char* name, const char* result,
                       decltype(herald_function::call) call) {
  return {name, "BIGINT", result, HERALD_SCALAR, 0, nullptr, call, nullptr};
}

const herald_function functions[] = {
    scalar("too_short", "BIGINT", too_short),
    scalar("nothing", "BIGINT", nothing),
    scalar("bad_offsets", "STRING", bad_offsets),
    scalar("wrong_layout", "BIGINT", wrong_layout),
    scalar("gives_null", "BIGINT NOT NULL", gives_null),
    scalar("silent", "BIGINT", silent),
    scalar("endless", "BIGINT", endless),
    scalar("throws", "BIGINT", throws),
    scalar("no_type", "BIGINTEGER", nothing),
    scalar("two_results", "BIGINT, INT", nothing),
    scalar("no_code", "BIGINT", nullptr),
    table("falling", numbered<falling>),
    table("outside", numbered<outside>),
    table("negative", numbered<negative>),
    table("null_rows", null_rows),
    table("no_numbers", no_numbers),
    table("null_numbers", null_numbers),
    table("null_values", null_values),
    table("short_column", short_column),
    table("no_children", no_children),
    table("released_child", released_child),
    table("less_than_none", less_than_none),
    table("million", million),
    table("never_fits", never_fits),
    table("no_rows", nothing),
    table("no_table", nothing, "BIGINT"),
    table("silent_rows", silent),
    table("throws_rows", throws),
    table("nowhere", nullptr),
    scalar("both", "BIGINT", nothing),
    table("both", nothing),
    other_each_time(),
    of_kind(99),
};

} // namespace

extern "C" __attribute__((visibility("default"))) const herald_library*
herald_functions(std::uint32_t) {
  static const herald_library result{HERALD_TEST_ABI, sizeof(herald_function),
                                     sizeof functions / sizeof functions[0],
                                     functions};
  return &result;
}
