// A made-up chat completion in the shape that clients of language models know, so that they can be
// tested without a model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.hpp"
#include "rtctl/result.hpp"

namespace rtctl::server {

struct CompletionOptions {
  Duration first = std::chrono::milliseconds(300);  ///< request to first token
  Duration gap = std::chrono::milliseconds(20);     ///< token to token
  std::uint32_t tokens = 64;
};

/// One answer. A stream is `frames()` pieces of an event stream, the last one `[DONE]`; piece `i`
/// is due `due(i)` after the request. The text is the same for every request of as many tokens.
class Completion {
 public:
  /// Reads the request's body: a JSON object with `messages` (a non-empty array); `model`,
  /// `stream`, `max_tokens` and `stream_options.include_usage` are heeded, everything else is
  /// ignored.
  static Result<Completion> parse(std::string_view body, const CompletionOptions& options,
                                  WallTime now);

  bool is_stream() const { return stream_; }
  std::size_t frames() const;
  Duration due(std::size_t index) const;
  std::string frame(std::size_t index) const;

  /// The whole answer as one JSON object, for `stream: false`; due when the last frame would be.
  std::string whole() const;

 private:
  std::string chunk(std::string_view delta_json, bool finished) const;
  std::string usage_json() const;

  CompletionOptions options_;
  std::string id_;
  std::string model_;
  std::int64_t created_ = 0;  // seconds since 1970
  std::size_t prompt_tokens_ = 0;
  bool stream_ = false;
  bool include_usage_ = false;
};

}  // namespace rtctl::server
