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
};

} // namespace

extern "C" __attribute__((visibility("default"))) const herald_library*
herald_functions(std::uint32_t) {
  static const herald_library result{HERALD_TEST_ABI, sizeof(herald_function),
                                     sizeof functions / sizeof functions[0],
                                     functions};
  return &result;
}
