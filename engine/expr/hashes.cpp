#include "engine/columnar/builder.hpp"
#include "engine/columnar/hash.hpp"
#include "engine/expr/base64.hpp"
#include "engine/expr/kernel.hpp"
#include "engine/expr/registry.hpp"
#include "engine/expr/themes.hpp"
#include "engine/expr/utf8.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

// Digests (by OpenSSL's libcrypto) and other encodings of bytes as texts.

namespace herald {

namespace {

using text = std::string_view;

constexpr text lower_digits = "0123456789abcdef";
constexpr text upper_digits = "0123456789ABCDEF";

void append_hex(std::string& to, text bytes, text digits) {
  for (auto c : bytes) {
    auto byte = static_cast<unsigned char>(c);
    to += digits[byte >> 4];
    to += digits[byte & 15];
  }
}

text digest(const EVP_MD* method, text x, row_state& state) {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  state.text.clear();
  if (EVP_Digest(x.data(), x.size(), hash, &size, method, nullptr) != 1) {
    state.fail("the digest is not available");
    return {};
  }
  append_hex(state.text, {reinterpret_cast<const char*>(hash), size},
             lower_digits);
  return state.text;
}

template <const EVP_MD* (*Method)()>
void add_digest(registry& to, text name, int length) {
  to.add(name, {param{accept::text_or_bytes}},
         results::fixed(data_type::text(type_kind::character, length)),
         failing_rows<text(text)>([](text x, row_state& state) {
           return digest(Method(), x, state);
         }));
}

text sha2(text x, std::int32_t bits, row_state& state) {
  switch (bits) {
  case 224:
    return digest(EVP_sha224(), x, state);
  case 256:
    return digest(EVP_sha256(), x, state);
  case 384:
    return digest(EVP_sha384(), x, state);
  case 512:
    return digest(EVP_sha512(), x, state);
  default:
    state.fail("SHA2 knows 224, 256, 384 and 512 bits, not "
               + std::to_string(bits));
    return {};
  }
}

// -- HEX, BIN -----------------------------------------------------------------

text hex_of_number(std::int64_t x, row_state& state) {
  state.text.clear();
  auto bits = static_cast<std::uint64_t>(x);
  do {
    state.text.insert(state.text.begin(), upper_digits[bits & 15]);
    bits >>= 4;
  } while (bits != 0);
  return state.text;
}

text binary_of_number(std::int64_t x, row_state& state) {
  state.text.clear();
  auto bits = static_cast<std::uint64_t>(x);
  do {
    state.text.insert(state.text.begin(), (bits & 1) != 0 ? '1' : '0');
    bits >>= 1;
  } while (bits != 0);
  return state.text;
}

int digit_of(char c) {
  if (c >= '0' && c <= '9')
    return c - '0';
  if (c >= 'a' && c <= 'f')
    return c - 'a' + 10;
  if (c >= 'A' && c <= 'F')
    return c - 'A' + 10;
  return -1;
}

std::optional<text> unhex(text x, row_state& state) {
  state.text.clear();
  // An odd first digit alone gives a zero byte, as in Flink.
  std::size_t i = x.size() % 2;
  if (i == 1) {
    if (digit_of(x[0]) < 0)
      return std::nullopt;
    state.text += '\0';
  }
  for (; i < x.size(); i += 2) {
    auto high = digit_of(x[i]);
    auto low = digit_of(x[i + 1]);
    if (high < 0 || low < 0)
      return std::nullopt;
    state.text += static_cast<char>(high * 16 + low);
  }
  return state.text;
}

// -- base 64 ------------------------------------------------------------------

text to_base64(text x, row_state& state) {
  state.text.clear();
  append_base64(state.text, x);
  return state.text;
}

/// A text: bytes that are no UTF-8 become U+FFFD.
text from_base64(text x, row_state& state) {
  std::string bytes;
  if (!append_from_base64(bytes, x))
    state.fail(fmt::format("'{}' is no Base64", x));
  state.text.clear();
  append_utf8(state.text, bytes);
  return state.text;
}

// -- parts --------------------------------------------------------------------

/// $BUCKET(x, n): equal values get the same number from 0 to n - 1.
class bucket_function final : public function {
public:
  absl::StatusOr<vec> call(const expr& self, const std::vector<vec>& args,
                           std::int64_t, const eval_context&) const override {
    const auto& values = args[0].column;
    const auto layout = std::make_shared<schema>(schema{{{"x", values->type}}});
    std::vector<std::uint64_t> hashes(static_cast<std::size_t>(values->length));
    constexpr int all[] = {0};
    hash_rows(*make_batch(layout, {values}, values->length), all, hashes);
    const auto parts
        = static_cast<std::uint64_t>(args[1].column->as<std::int32_t>()[0]);
    fixed_builder<std::int32_t> out(self.type);
    for (const auto hash : hashes)
      out.push(static_cast<std::int32_t>(hash % parts));
    return vec{out.finish(), args[0].constant};
  }
};

} // namespace

void register_hashes(registry& to) {
  using namespace params;
  param any_text{accept::text_or_bytes};
  auto string_type = results::string();
  static const bucket_function bucket;
  to.add("$BUCKET", {any, integer}, results::of(type_kind::integer), &bucket,
         nulls::never);
  add_digest<EVP_md5>(to, "MD5", 32);
  add_digest<EVP_sha1>(to, "SHA1", 40);
  add_digest<EVP_sha224>(to, "SHA224", 56);
  add_digest<EVP_sha256>(to, "SHA256", 64);
  add_digest<EVP_sha384>(to, "SHA384", 96);
  add_digest<EVP_sha512>(to, "SHA512", 128);
  to.add("SHA2", {any_text, param{accept::integer, convert::to_int}},
         results::fixed(data_type::text(type_kind::varchar, 128)),
         failing_rows<text(text, std::int32_t)>(sha2));
  to.add("HEX", {bigint}, string_type, rows<text(std::int64_t)>(hex_of_number));
  to.add("HEX", {string}, string_type,
         rows<text(text)>([](text x, row_state& state) -> text {
           state.text.clear();
           append_hex(state.text, x, upper_digits);
           return state.text;
         }));
  to.add("BIN", {bigint}, string_type,
         rows<text(std::int64_t)>(binary_of_number));
  to.add("UNHEX", {string}, results::of(type_kind::varbinary),
         rows<std::optional<text>(text)>(unhex), nulls::always);
  to.add("TO_BASE64", {any_text}, string_type, rows<text(text)>(to_base64));
  to.add("FROM_BASE64", {any_text}, string_type,
         failing_rows<text(text)>(from_base64));
}

} // namespace herald
