#include "cluster/gateway/json_codec.hpp"

#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/wire_error.hpp"
#include "engine/common/error.hpp"

#include <vector>

#include <capnp/compat/json.h>
#include <capnp/message.h>
#include <fmt/format.h>

namespace herald::gateway {

namespace {

using capnp::DynamicStruct;
using capnp::JsonValue;
using capnp::StructSchema;

const capnp::JsonCodec& codec() {
  static const auto* const shared = [] {
    auto* made = new capnp::JsonCodec();
    made->setMaxNestingDepth(max_json_depth);
    made->setRejectUnknownFields(true);
    return made;
  }();
  return *shared;
}

std::string text_of(kj::StringPtr text) {
  return {text.begin(), text.size()};
}

/// What the codec has to say, without the condition that it checked.
std::string reason_of(const kj::Exception& e) {
  auto text = text_of(e.getDescription());
  auto end = text.find("; ");
  return text.starts_with("expected ") && end != std::string::npos
             ? text.substr(end + 2)
             : text;
}

/// Says in words what JSON a field takes.
std::string expected(capnp::Type type) {
  if (type.isText())
    return "a string";
  if (type.isBool())
    return "true or false";
  if (type.isFloat64())
    return "a number";
  if (type.isList())
    return fmt::format("a list with {} in it",
                       expected(type.asList().getElementType()));
  if (type.isStruct())
    return "an object";
  if (type.isEnum()) {
    std::string names;
    for (auto one : type.asEnum().getEnumerants()) {
      names += names.empty() ? "one of " : ", ";
      names += text_of(one.getProto().getName());
    }
    return names;
  }
  return type.isUInt32() || type.isUInt64() ? "a whole number from 0"
                                            : "a whole number";
}

absl::Status unknown_field(const std::string& path, std::string_view name,
                           StructSchema schema) {
  std::vector<std::string> known;
  std::string all;
  for (auto field : schema.getFields()) {
    if (field.getType().isInterface())
      continue;
    known.push_back(text_of(field.getProto().getName()));
    all += (all.empty() ? "" : ", ") + known.back();
  }
  auto nearest = nearest_name(name, known);
  auto hint = nearest.empty() ? all.empty() ? "it takes none"
                                            : fmt::format("it takes {}", all)
                              : fmt::format("did you mean {}?", nearest);
  return user_error(
      fmt::format("unknown field {}{}", path, clean_text(name, max_name_bytes)),
      hint);
}

kj::Maybe<StructSchema::Field> field_named(std::string_view name,
                                           StructSchema schema) {
  auto found = schema.findFieldByName(kj::heapString(name.data(), name.size()));
  KJ_IF_MAYBE (field, found)
    if (field->getType().isInterface())
      return nullptr;
  return found;
}

absl::Status set_object(const std::string& path, JsonValue::Reader object,
                        DynamicStruct::Builder out);

/// `path` is what stands before the field's name in errors.
absl::Status set_field(const std::string& path, JsonValue::Reader value,
                       StructSchema::Field field, DynamicStruct::Builder out) {
  auto type = field.getType();
  auto name = path + text_of(field.getProto().getName());
  if (type.isList() && type.asList().getElementType().isStruct()
      && value.isArray()) {
    auto from = value.getArray();
    auto to = out.init(field, from.size()).as<capnp::DynamicList>();
    for (unsigned i = 0; i < from.size(); ++i)
      HERALD_TRY(set_object(fmt::format("{}[{}].", name, i), from[i],
                            to[i].as<DynamicStruct>()));
    return absl::OkStatus();
  }
  auto failure = kj::runCatchingExceptions([&]() {
    auto orphanage = capnp::Orphanage::getForMessageContaining(out);
    out.adopt(field, codec().decode(value, type, orphanage));
  });
  if (failure != nullptr)
    return user_error(fmt::format("field {} takes {}", name, expected(type)));
  return absl::OkStatus();
}

absl::Status set_object(const std::string& path, JsonValue::Reader object,
                        DynamicStruct::Builder out) {
  if (!object.isObject())
    return user_error(path.empty()
                          ? std::string("the body is not a JSON object")
                          : fmt::format("{} is not an object",
                                        path.substr(0, path.size() - 1)),
                      "send the fields of the call between { and }");
  for (auto entry : object.getObject()) {
    auto name = text_of(entry.getName());
    auto found = field_named(name, out.getSchema());
    KJ_IF_MAYBE (field, found)
      HERALD_TRY(set_field(path, entry.getValue(), *field, out));
    else
      return unknown_field(path, name, out.getSchema());
  }
  return absl::OkStatus();
}

void set_string(JsonValue::Builder out, std::string_view text) {
  out.setString(kj::heapString(text.data(), text.size()));
}

} // namespace

absl::Status from_json(std::string_view json, DynamicStruct::Builder out) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<JsonValue>();
  if (!is_utf8(json))
    return user_error("the body is not UTF-8 text");
  auto failure = kj::runCatchingExceptions([&]() {
    codec().decodeRaw({json.data(), json.size()}, root);
  });
  KJ_IF_MAYBE (e, failure)
    return user_error("the body is not valid JSON", reason_of(*e));
  return set_object("", root.asReader(), out);
}

absl::Status set_from_text(std::string_view name, std::string_view value,
                           DynamicStruct::Builder out) {
  KJ_IF_MAYBE (field, field_named(name, out.getSchema())) {
    capnp::MallocMessageBuilder message;
    auto json = message.initRoot<JsonValue>();
    if (!is_utf8(value))
      return user_error(fmt::format("{} is not UTF-8 text", name));
    if (!field->getType().isList()) {
      set_string(json, value);
      return set_field("", json, *field, out);
    }
    std::vector<std::string_view> parts;
    for (std::size_t start = 0; start <= value.size();) {
      auto end = std::min(value.find(',', start), value.size());
      parts.push_back(value.substr(start, end - start));
      start = end + 1;
    }
    auto array = json.initArray(static_cast<unsigned>(parts.size()));
    for (unsigned i = 0; i < array.size(); ++i)
      set_string(array[i], parts[i]);
    return set_field("", json, *field, out);
  }
  return unknown_field("", name, out.getSchema());
}

absl::Status fill_request(const route_match& match, const http_target& target,
                          std::string_view body, bool json_body,
                          DynamicStruct::Builder out) {
  auto raw_field = match.found->body_field;
  if (!raw_field.empty() && !json_body) {
    auto text = kj::heapString(body.data(), body.size());
    auto name = kj::heapString(raw_field.data(), raw_field.size());
    out.set(name, capnp::Text::Reader(text));
  } else if (!body.empty()) {
    HERALD_TRY(from_json(body, out));
  }
  for (const auto& [name, value] : target.query)
    HERALD_TRY(set_from_text(name, value, out));
  if (!match.found->path_field.empty())
    HERALD_TRY(set_from_text(match.found->path_field, match.name, out));
  return absl::OkStatus();
}

std::string to_json(DynamicStruct::Reader in) {
  capnp::MallocMessageBuilder message;
  auto root = message.initRoot<JsonValue>();
  std::vector<StructSchema::Field> fields;
  for (auto field : in.getSchema().getFields())
    if (!field.getType().isInterface()
        && in.has(field, capnp::HasMode::NON_NULL))
      fields.push_back(field);
  auto object = root.initObject(static_cast<unsigned>(fields.size()));
  for (unsigned i = 0; i < object.size(); ++i) {
    object[i].setName(fields[i].getProto().getName());
    codec().encode(in.get(fields[i]), fields[i].getType(),
                   object[i].initValue());
  }
  return text_of(codec().encodeRaw(root)) + "\n";
}

std::string error_json(const absl::Status& status) {
  capnp::MallocMessageBuilder message;
  auto error = message.initRoot<protocol::Error>();
  write_error(error, status);
  return to_json(error.asReader());
}

} // namespace herald::gateway
