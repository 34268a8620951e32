// Every key that a scenario may hold, described once: the reader checks files against it, and the
// JSON Schema and the list of allowed keys in messages are made from it.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "rtctl/scenario.hpp"

namespace rtctl::scenario {

/// What a value may look like.
enum class Type {
  text,             ///< any text, variables of the command line and environment filled in
  name,             ///< text without control characters and ':' '<' '>' '=' '!'
  url,              ///< http or https
  text_template,    ///< text with runtime variables
  path,             ///< the same, beginning with "/" or a whole URL
  method,           ///< an HTTP method
  json,             ///< any YAML, sent as JSON; or "@file"
  duration,         ///< 250ms
  duration_range,   ///< 1s or 1s..3s
  size,             ///< 64KiB
  size_rate,        ///< 256KiB/s
  rate,             ///< 100/s
  rate_range,       ///< 10/s or 10/s..200/s
  share,            ///< 5%
  share_or_switch,  ///< 5%, true (all) or false (none)
  count,            ///< a whole number
  number,           ///< a number
  factor,           ///< a number of at least 1
  boolean,          ///< true or false
  choice,           ///< one of `choices`
  pointer,          ///< JSON pointer
  sequence,         ///< "id" or a JSON pointer
  file,             ///< path of a file, relative to the scenario
  object,           ///< `object`
  objects,          ///< a list of `object`, at least one
  headers,          ///< name: text with variables
  texts,            ///< name: text
  files,            ///< name: path of a file
  captures,         ///< name: JSON pointer or "header:NAME"
  statuses,         ///< 200 or [200, 304]
  json_checks,      ///< JSON pointer: type or value
  condition,        ///< `group:delivery.p99 < 100ms`
  thresholds,       ///< a list of conditions or of { check, abort, after }
};

struct Object;

struct Key {
  std::string_view name;
  Type type;
  std::string_view help;
  enum class Limit { none, positive };
  struct More {
    Limit limit = Limit::none;  ///< numbers and durations
    bool required = false;
    std::vector<std::string_view> choices{};
    const Object& (*object)() = nullptr;  ///< a function, as steps hold steps
    std::vector<Group::Kind> kinds{};     ///< groups: who may have it; empty: all
  };
  More more{};
};

struct Object {
  std::string_view name;     ///< in the schema
  std::string_view article;  ///< in messages: "a group"
  std::string_view help;
  std::vector<Key> keys;

  const Key* find(std::string_view key) const;
  std::vector<std::string> key_names() const;
};

const Object& scenario_object();
const Object& defaults_object();
const Object& timeouts_object();
const Object& backoff_object();
const Object& group_object();
const Object& request_object();
const Object& expect_object();
const Object& say_object();
const Object& log_object();
const Object& step_log_object();
const Object& disconnect_object();
const Object& stage_object();
const Object& network_object();
const Object& threshold_object();
const Object& step_object();
const Object& repeat_object();

/// The methods that a step may be named for, in lower case.
const std::vector<std::string_view>& step_methods();

/// What a step does is named by its one action key; the others only say how.
struct Action {
  std::string_view key;
  Step::Kind kind;
  std::vector<std::string_view> with;  ///< keys that may go along
};
const std::vector<Action>& actions();

const std::vector<std::string_view>& kind_names();
const std::vector<std::string_view>& json_type_names();
/// The ready-made paths of src/proxy, which this layer does not see; a test holds the two together.
const std::vector<std::string_view>& network_presets();

}  // namespace rtctl::scenario
