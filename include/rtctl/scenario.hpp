// A load scenario as plain data: what the YAML of rtctl-scenario(5) says, checked, with all
// defaults filled in. load_scenario() is the only way in from text; the engine reads these structs
// and never sees YAML.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "rtctl/result.hpp"
#include "rtctl/summary.hpp"

namespace rtctl {

using std::chrono::nanoseconds;

/// What `${...}` can stand for while a run is under way. What the command line or the environment
/// gives is put in when the scenario is loaded.
struct Variable {
  enum class Kind {
    user_index,  ///< ${user.index}: 0-based, over the whole group
    iteration,   ///< ${iteration}: 0-based; arrivals of a rate group, rounds of a closed user
    now,         ///< ${now}: RFC 3339, UTC, microseconds
    feeder,      ///< ${people.name}: column `column` of Scenario::feeders[feeder]
    capture,     ///< ${token}: slot `capture` of Group::captures
  };
  Kind kind = Kind::now;
  std::uint32_t feeder = 0;
  std::uint32_t column = 0;
  std::uint32_t capture = 0;

  bool operator==(const Variable&) const = default;
};

/// A text with holes, compiled when the scenario is loaded. A text without variables is one
/// literal piece (or none). Fill it with expand() of scenario/template.hpp.
struct Template {
  /// How a value goes in.
  enum class Form {
    text,         ///< as it is
    json_string,  ///< inside a JSON string: escaped
    json_value,   ///< the whole JSON value: numbers stay numbers, text gets quotes
    url,          ///< inside a path or query: percent-encoded
  };
  struct Piece {
    std::string literal;  ///< comes before the variable
    std::optional<Variable> variable;
    Form form = Form::text;

    bool operator==(const Piece&) const = default;
  };
  std::vector<Piece> pieces;

  bool empty() const { return pieces.empty(); }
  bool is_constant() const {
    return pieces.empty() || (pieces.size() == 1 && !pieces.front().variable);
  }
  bool operator==(const Template&) const = default;
};

/// A value of a feeder's row. Text of a CSV file is never JSON; of JSON lines all but strings is.
struct FeederValue {
  std::string text;
  bool is_json = false;  ///< `text` is a JSON number, boolean, null, array or object
};

/// `data: { people: people.csv }`. One row per user, round robin.
struct Feeder {
  std::string name;
  std::vector<std::string> columns;
  std::vector<std::vector<FeederValue>> rows;  ///< each as long as `columns`; at least one
};

/// `1s..3s`: drawn evenly from it each time; `2s` is both ends.
struct DurationRange {
  nanoseconds min{0};
  nanoseconds max{0};

  bool operator==(const DurationRange&) const = default;
};

struct Timeouts {
  nanoseconds connect = std::chrono::seconds(5);
  nanoseconds request = std::chrono::seconds(10);  ///< whole request; streams: to their header
  nanoseconds idle = std::chrono::seconds(45);     ///< streams: no byte received; 0 means never
};

struct Backoff {
  enum class Jitter { full, equal, none };
  nanoseconds initial = std::chrono::milliseconds(500);
  nanoseconds max = std::chrono::seconds(30);
  double multiplier = 2;
  Jitter jitter = Jitter::full;
};

struct HeaderTemplate {
  std::string name;
  Template value;
};

/// `expect: { status: [200, 304], json: { /uptime: number } }`. What does not hold counts as the
/// error `expectation`.
struct Expectation {
  enum class JsonType { any, number, string, boolean, array, object, null };
  struct Json {
    std::string pointer;  ///< RFC 6901; must be there
    JsonType type = JsonType::any;
    std::string equals;  ///< JSON text the value must equal; "" when only the type counts
  };
  std::vector<int> status;  ///< empty: below 400 is good
  std::vector<Json> json;
  std::map<std::string, std::string> headers;  ///< lower-case name -> text it must contain
  std::string body;                            ///< text the body must contain

  bool empty() const { return status.empty() && json.empty() && headers.empty() && body.empty(); }
};

struct RequestTemplate {
  std::string method = "GET";
  Template path;                        ///< "/..." below the target, or a whole URL
  std::vector<HeaderTemplate> headers;  ///< defaults, group's and own, merged; names lower-case
  Template body;
  bool body_is_json = false;  ///< Content-Type application/json unless `headers` say otherwise
};

/// `say: { every: 2s, text: ... }` of a chat user.
struct Say {
  DurationRange every;
  Template text;
};

/// `log: { every: 2s, type: login, actor: "u${user.index}", data: {...} }` of a feed user; a step
/// uses it without `every`.
struct Log {
  DurationRange every;
  Template type;
  Template actor;
  Template data;  ///< JSON text; empty when there is none
};

/// `disconnect: { all: true, at: 30s }`: a share of the users cut their connection at one instant.
struct Disconnect {
  double share = 1;
  nanoseconds at{0};  ///< since the start of the run
};

/// `stages: [{ for: 10s, rate: 10/s..200/s }]`: the rate goes evenly from one to the other.
struct Stage {
  nanoseconds length{0};
  double from_per_second = 0;
  double to_per_second = 0;
};

/// `capture: { token: /token }`, `{ session: "header:x-session" }`.
struct Capture {
  std::uint32_t slot = 0;  ///< index into Group::captures
  enum class From { body_pointer, header } from = From::body_pointer;
  std::string source;  ///< JSON pointer, or lower-case header name
};

/// One step of a flow. Which fields count follows from the kind.
struct Step {
  enum class Kind { request, sse, poll, say, log, think, repeat };
  Kind kind = Kind::request;

  RequestTemplate request;  ///< request, sse, poll; say and log: where to (POST)
  Expectation expect;       ///< request, poll
  std::vector<Capture> captures;

  std::string until;                    ///< sse: ends well when an event's data equals it
  std::uint64_t until_events = 0;       ///< sse: ends well after so many; 0: no such limit
  std::optional<nanoseconds> for_time;  ///< sse, poll, repeat: ends well after that long
  std::string sent_at, sequence;        ///< sse: as in Group

  nanoseconds interval{0};  ///< poll
  std::uint64_t times = 0;  ///< poll, repeat; 0: not limited by number

  DurationRange think;
  Template text;  ///< say
  Log log;
  std::vector<Step> steps;  ///< repeat
};

struct Group {
  enum class Kind { sse, poll, chat, feed, request, flow };
  enum class Arrivals { constant, poisson };

  std::string name;
  Kind kind = Kind::sse;
  RequestTemplate request;  ///< of `path` or `request`; flow: unused. sse, poll, chat, feed: GET
  Expectation expect;
  Timeouts timeouts;
  Backoff backoff;

  /// Closed: that many users at once; 0 for an open group.
  std::uint64_t users = 0;
  nanoseconds ramp_up{0};
  DurationRange think;  ///< between rounds of request and flow users, and of `until`
  /// Open: arrivals whatever the answers do. A constant rate is one stage as long as the run.
  std::vector<Stage> stages;
  Arrivals arrivals = Arrivals::constant;
  std::uint64_t concurrency_max = 0;  ///< open: more arrivals under way are dropped and counted

  nanoseconds interval{0};  ///< poll, chat, feed: planned distance of requests
  double jitter = 0;        ///< of the interval, as a share
  nanoseconds wait{0};      ///< chat: long poll; 0 means plain polls
  bool ack = true;          ///< chat: `?ack=` cursor, so that nothing is lost with an answer
  std::optional<Say> say;   ///< chat
  std::optional<Log> log;   ///< feed

  std::string until;               ///< sse: a stream that ends well, then starts again
  std::uint64_t until_events = 0;  ///< sse: likewise after so many events
  std::string sent_at;             ///< JSON pointer into the event's data; "": no delivery
  /// "id", or a JSON pointer into the event's data; "": not watched.
  std::string sequence;
  std::optional<DurationRange> drop_every;
  std::uint64_t read_bytes_per_second = 0;  ///< a slow consumer; 0: as fast as it comes
  double half_open = 0;                     ///< share of the users that vanish without a word
  std::optional<Disconnect> disconnect;

  std::vector<std::string> captures;  ///< names, by slot
  std::vector<Step> steps;            ///< flow
};

/// `network:` all users go through an impaired path; the names are those of `rtctl proxy`.
struct NetworkImpairment {
  std::string preset;  ///< a ready-made path by name; what else is set here wins over it
  nanoseconds latency{0};
  nanoseconds jitter{0};
  std::uint64_t bandwidth_bytes_per_second = 0;  ///< 0: unlimited
  nanoseconds slow_open{0};
  nanoseconds stall_every{0};
  nanoseconds stall{0};
  nanoseconds cut_every{0};
  std::uint64_t cut_after_bytes = 0;
  bool reset = false;               ///< cuts are RST, not FIN
  std::uint64_t segment_bytes = 0;  ///< forwards in pieces of that size
  double refuse = 0;                ///< share of connections that are reset at once
};

struct Scenario {
  std::string name;
  std::string file;    ///< where it was read from; "" in quick mode
  std::string target;  ///< scheme://host:port, without a final slash; may have a path
  nanoseconds duration = std::chrono::seconds(30);
  nanoseconds warmup{0};                        ///< run before `duration`, not recorded
  nanoseconds grace = std::chrono::seconds(5);  ///< for what is under way at the end
  std::optional<std::uint64_t> seed;
  bool insecure = false;  ///< do not verify certificates
  enum class Http { automatic, http1_1, http2 } http = Http::automatic;
  std::vector<Feeder> feeders;
  std::vector<Group> groups;  ///< at least one, names unique
  std::optional<NetworkImpairment> network;
  std::vector<Threshold> thresholds;
};

struct LoadOptions {
  std::map<std::string, std::string> variables;  ///< --var; wins over the environment
  /// The environment; unset means the process's.
  std::function<std::optional<std::string>(const std::string&)> environment;
  std::string directory;  ///< that relative paths in the scenario start from; "": the current one
};

/// Reads and checks a scenario. `name` opens every message ("name:line:column: "). Everything is
/// checked before it returns, files that the scenario names included; the first error is reported.
Result<Scenario> load_scenario(std::string_view text, const std::string& name,
                               const LoadOptions& options = {});

/// The same from a file ("-" is stdin), with `directory` the file's own unless given.
Result<Scenario> load_scenario_file(const std::string& path, const LoadOptions& options = {});

/// `rtctl bench --url URL --kind sse --users N`: a scenario of one group.
struct QuickOptions {
  std::string url;
  std::string kind = "sse";
  std::uint64_t users = 1;
  nanoseconds duration = std::chrono::seconds(30);
};
Result<Scenario> quick_scenario(const QuickOptions& options);

/// `--duration` and `--users-scale`: overrides on a loaded scenario. Scaling keeps at least one
/// user per group and scales rates too; stages are stretched when the duration changes.
void override_duration(Scenario& scenario, nanoseconds duration);
void scale_users(Scenario& scenario, double factor);

/// The JSON Schema (draft 2020-12) of scenario files, for editors.
std::string scenario_schema();

/// "sse", "poll", ... as the scenario writes it.
std::string_view kind_name(Group::Kind kind);

}  // namespace rtctl
