// What a client sends, as the gateway takes it apart. The first byte says
// which: a Cap'n Proto message with the frame that RPC reads, one segment
// read as each request of the schema, or an HTTP request ("VERB TARGET\nBODY").
// Cap'n Proto may throw on a malformed message, since the gateway's edge turns
// that into an RPC exception; nothing else may.

#include "cluster/gateway/json_codec.hpp"
#include "cluster/gateway/limits.hpp"
#include "cluster/gateway/routes.hpp"
#include "cluster/gateway/wire_requests.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>

namespace {

using namespace herald;
using namespace herald::gateway;

template <class Wire>
void read_as(capnp::MessageReader& message) {
  kj::runCatchingExceptions(
      [&]() { (void)gateway::read(message.getRoot<Wire>()); });
}

void read_all(capnp::MessageReader& message) {
  read_as<protocol::CreateTask>(message);
  read_as<protocol::UpdateTask>(message);
  read_as<protocol::ObjectRef>(message);
  read_as<protocol::ListObjects>(message);
  read_as<protocol::PutRule>(message);
  read_as<protocol::SubmitQuery>(message);
  read_as<protocol::ListJobs>(message);
  read_as<protocol::QueueSpec>(message);
  read_as<protocol::PutSetting>(message);
  read_as<protocol::JobStatusRequest>(message);
  read_as<protocol::NextRequest>(message);
}

capnp::ReaderOptions options() {
  capnp::ReaderOptions result;
  result.traversalLimitInWords = max_rpc_message_bytes / sizeof(capnp::word);
  return result;
}

std::vector<capnp::word> words_of(std::string_view bytes) {
  std::vector<capnp::word> words(bytes.size() / sizeof(capnp::word));
  if (!words.empty())
    std::memcpy(words.data(), bytes.data(), words.size() * sizeof(capnp::word));
  return words;
}

void read_frame(std::string_view bytes) {
  auto words = words_of(bytes);
  kj::runCatchingExceptions([&]() {
    capnp::FlatArrayMessageReader message({words.data(), words.size()},
                                          options());
    read_all(message);
  });
}

void read_segment(std::string_view bytes) {
  auto words = words_of(bytes);
  kj::ArrayPtr<const capnp::word> segment(words.data(), words.size());
  kj::runCatchingExceptions([&]() {
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1),
                                             options());
    read_all(message);
  });
}

http_verb verb_of(std::string_view text) {
  if (text == "GET")
    return http_verb::get;
  if (text == "POST")
    return http_verb::post;
  if (text == "PUT")
    return http_verb::put;
  return text == "DELETE" ? http_verb::remove : http_verb::other;
}

void read_http(std::string_view text) {
  auto line = text.substr(0, text.find('\n'));
  auto body = text.substr(std::min(line.size() + 1, text.size()));
  auto space = std::min(line.find(' '), line.size());
  auto url = line.substr(std::min(space + 1, line.size()));
  auto target = parse_target(url.substr(0, max_http_url_bytes));
  if (!target.ok())
    return;
  auto match = find_route(verb_of(line.substr(0, space)), *target);
  if (match.found == nullptr
      || (match.found->kind != route_kind::call
          && match.found->kind != route_kind::submit))
    return;
  auto method = capnp::Schema::from<protocol::Herald>().getMethodByName(
      kj::heapString(match.found->method.data(), match.found->method.size()));
  capnp::MallocMessageBuilder message;
  auto params = message.initRoot<capnp::DynamicStruct>(method.getParamType());
  if (!fill_request(match, *target, body, true, params).ok())
    return;
  (void)to_json(params.asReader());
  auto segments = message.getSegmentsForOutput();
  capnp::SegmentArrayMessageReader again(segments, options());
  read_all(again);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  if (size == 0)
    return 0;
  std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (data[0] == 'f')
    read_frame(rest);
  else if (data[0] == 's')
    read_segment(rest);
  else
    read_http(rest);
  return 0;
}
