#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <librdkafka/rdkafka.h>

// How old an event is when it leaves: writes JSON events with the time of
// sending at a steady rate into one topic, and reads two topics: that one (the
// floor, a hop through Kafka) and the one a task writes to (two hops and the
// task). bench/run starts the broker and the task.

namespace {

using steady = std::chrono::steady_clock;

struct bench_options {
  std::string brokers;
  std::string in = "latency_in";
  std::string out = "latency_out";
  std::int64_t rate = 50'000; ///< events a second
  int seconds = 20;
  int warm_up = 5; ///< the first seconds are not counted
  bool json = false;
};

[[noreturn]] void die(const std::string& reason) {
  fmt::print(stderr, "error: {}\n", reason);
  std::exit(1);
}

std::int64_t now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             steady::now().time_since_epoch())
      .count();
}

struct close_handle {
  void operator()(rd_kafka_t* x) const {
    rd_kafka_destroy(x);
  }
};

using handle = std::unique_ptr<rd_kafka_t, close_handle>;

handle
make_handle(rd_kafka_type_t type, const bench_options& options,
            const std::vector<std::pair<const char*, const char*>>& set) {
  char error[512];
  auto* conf = rd_kafka_conf_new();
  rd_kafka_conf_set(conf, "bootstrap.servers", options.brokers.c_str(), error,
                    sizeof error);
  for (auto [key, value] : set)
    if (rd_kafka_conf_set(conf, key, value, error, sizeof error)
        != RD_KAFKA_CONF_OK)
      die(error);
  auto* result = rd_kafka_new(type, conf, error, sizeof error);
  if (!result)
    die(error);
  return handle(result);
}

/// What one reader saw: microseconds between sending and reading.
struct reader {
  handle consumer;
  std::vector<std::int64_t> ages_us;
  std::atomic<std::int64_t> seen = 0;
};

/// `{"sent":N…`: the sender writes this field first, the task too.
std::int64_t sent_us(std::string_view text) {
  constexpr std::string_view key = "\"sent\":";
  auto at = text.find(key);
  std::int64_t result = 0;
  if (at != text.npos)
    std::from_chars(text.data() + at + key.size(), text.data() + text.size(),
                    result);
  return result;
}

void open(reader& x, const bench_options& options, const std::string& topic) {
  x.consumer = make_handle(RD_KAFKA_CONSUMER, options,
                           {{"group.id", "latency"},
                            {"fetch.wait.max.ms", "500"},
                            {"enable.auto.commit", "false"}});
  std::unique_ptr<rd_kafka_topic_partition_list_t,
                  decltype(&rd_kafka_topic_partition_list_destroy)>
      list(rd_kafka_topic_partition_list_new(1),
           rd_kafka_topic_partition_list_destroy);
  rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0)->offset
      = RD_KAFKA_OFFSET_END;
  if (auto error = rd_kafka_assign(x.consumer.get(), list.get()))
    die(rd_kafka_err2str(error));
}

/// Reads until `total` events came, or nothing for ten seconds.
void read_all(reader& x, std::int64_t total, std::int64_t count_from_us) {
  auto last = steady::now();
  while (x.seen < total && steady::now() - last < std::chrono::seconds(10)) {
    auto* message = rd_kafka_consumer_poll(x.consumer.get(), 100);
    if (!message)
      continue;
    if (!message->err) {
      last = steady::now();
      auto sent
          = sent_us({static_cast<const char*>(message->payload), message->len});
      ++x.seen;
      if (sent >= count_from_us)
        x.ages_us.push_back(now_us() - sent);
    }
    rd_kafka_message_destroy(message);
  }
}

/// Sends `rate` events a second, those of each millisecond together.
void send_all(const bench_options& options) {
  auto producer = make_handle(RD_KAFKA_PRODUCER, options,
                              {{"linger.ms", "1"}, {"acks", "1"}});
  auto* topic = rd_kafka_topic_new(producer.get(), options.in.c_str(), nullptr);
  auto per_ms = std::max<std::int64_t>(1, options.rate / 1000);
  auto step = std::chrono::microseconds(1'000'000 * per_ms / options.rate);
  auto next = steady::now();
  auto total = options.rate * options.seconds;
  for (std::int64_t i = 0; i < total; i += per_ms) {
    std::this_thread::sleep_until(next);
    next += step;
    for (std::int64_t k = i; k < std::min(i + per_ms, total); ++k) {
      auto text = fmt::format(
          R"({{"sent":{},"auction":{},"price":{},"channel":"apple"}})",
          now_us(), k % 1000, k);
      while (rd_kafka_produce(topic, 0, RD_KAFKA_MSG_F_COPY, text.data(),
                              text.size(), nullptr, 0, nullptr)
             != 0)
        rd_kafka_poll(producer.get(), 1);
    }
    rd_kafka_poll(producer.get(), 0);
  }
  rd_kafka_flush(producer.get(), 10'000);
  rd_kafka_topic_destroy(topic);
}

double percentile_ms(const std::vector<std::int64_t>& sorted, double share) {
  auto at = static_cast<std::size_t>(share * double(sorted.size() - 1));
  return double(sorted[at]) / 1000;
}

void print(const char* name, reader& x, const bench_options& options) {
  std::sort(x.ages_us.begin(), x.ages_us.end());
  if (x.ages_us.empty())
    die(fmt::format("no event of {} came", name));
  auto p50 = percentile_ms(x.ages_us, 0.5);
  auto p99 = percentile_ms(x.ages_us, 0.99);
  auto lost = options.rate * options.seconds - x.seen;
  if (options.json)
    fmt::print("{{\"path\":\"{}\",\"rate\":{},\"events\":{},\"p50_ms\":{:.2f},"
               "\"p99_ms\":{:.2f},\"max_ms\":{:.2f},\"missing\":{}}}\n",
               name, options.rate, x.ages_us.size(), p50, p99,
               double(x.ages_us.back()) / 1000, lost);
  else
    fmt::print("{:<22} {:>9} {:>9.2f} {:>9.2f} {:>9.2f} {:>9}\n", name,
               x.ages_us.size(), p50, p99, double(x.ages_us.back()) / 1000,
               lost);
}

/// A reader at the end of a topic misses what comes before its first fetch,
/// so events go through both topics before the clock starts.
void warm_up(const bench_options& options, reader& floor, reader& task) {
  auto small = options;
  small.rate = 1000;
  small.seconds = 1;
  for (int tries = 0; tries < 30; ++tries) {
    std::thread sender([&] { send_all(small); });
    auto poll = [](reader& x) {
      auto until = steady::now() + std::chrono::seconds(2);
      auto any = false;
      while (steady::now() < until)
        if (auto* m = rd_kafka_consumer_poll(x.consumer.get(), 100)) {
          any = any || !m->err;
          rd_kafka_message_destroy(m);
        }
      return any;
    };
    auto one = false;
    std::thread other([&] { one = poll(floor); });
    auto two = poll(task);
    other.join();
    sender.join();
    if (one && two)
      return;
  }
  die(fmt::format("the task gives nothing in '{}'", options.out));
}

void run(const bench_options& options) {
  reader floor, task;
  open(floor, options, options.in);
  open(task, options, options.out);
  warm_up(options, floor, task);
  auto total = options.rate * options.seconds;
  auto from = now_us() + std::int64_t(options.warm_up) * 1'000'000;
  std::thread one([&] { read_all(floor, total, from); });
  std::thread two([&] { read_all(task, total, from); });
  send_all(options);
  one.join();
  two.join();
  if (!options.json)
    fmt::print("{:<22} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "path", "events",
               "p50 ms", "p99 ms", "max ms", "missing");
  print("one hop of Kafka", floor, options);
  print("Kafka, Herald, Kafka", task, options);
}

} // namespace

int main(int argc, char** argv) {
  bench_options options;
  CLI::App app{"The age of events when they leave a task"};
  app.add_option("--brokers", options.brokers, "host:port")->required();
  app.add_option("--in", options.in, "The topic to write to");
  app.add_option("--out", options.out, "The topic the task writes to");
  app.add_option("--rate", options.rate, "Events a second");
  app.add_option("--seconds", options.seconds, "How long");
  app.add_flag("--json", options.json, "One object a line");
  CLI11_PARSE(app, argc, argv);
  run(options);
}
