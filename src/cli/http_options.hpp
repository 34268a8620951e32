// The HTTP flags that tail, poll, chat, feed and check share, and what they mean to the clients.
#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/backoff.hpp"
#include "cli/pace.hpp"
#include "client/request.hpp"
#include "client/stream.hpp"
#include "rtctl/result.hpp"

namespace rtctl::cli {

/// As the user gave them.
struct HttpFlags {
  std::string url;
  std::vector<std::string> headers;
  std::string method;
  std::optional<std::string> data;
  std::string bearer, user, cookie;
  bool insecure = false;
  std::string ca_file, certificate_file, key_file;
  std::string proxy, unix_socket;
  bool netrc = false, http1_1 = false, http2 = false;
  Duration connect_timeout = std::chrono::seconds(10);
  std::optional<Duration> timeout;
  Duration idle_timeout = std::chrono::seconds(45);
  bool no_reconnect = false;
  std::optional<std::uint32_t> max_retries;
  BackoffPolicy backoff;
  bool verbose = false, quiet = false, stats = false;
};

/// Whether -X and -d are the user's, or the command makes its own requests.
enum class RequestBody { users, commands };

/// Adds the URL and the flags; `flags` must outlive the parsing.
void add_http_flags(CLI::App& command, HttpFlags& flags, RequestBody body = RequestBody::users);

/// The request and the channel as the flags describe them. Reads the body's file. Errors are usage:
/// a URL, header or file that cannot be used.
Result<net::Request> request_of(const HttpFlags& flags);
net::ChannelOptions channel_of(const HttpFlags& flags);

/// The time-outs of one request; the whole command has --timeout.
client::RequestOptions transfer_of(const HttpFlags& flags);

/// Failures in a row to bear; unset: any number.
std::optional<std::uint32_t> retries_of(const HttpFlags& flags);

/// When a command that polls each `interval` asks, and how many failures it bears.
PaceOptions pace_of(const HttpFlags& flags, Duration interval, double jitter = 0);

/// What `-d` means: the text itself, or with @ the content of a file.
Result<std::string> body_of(const std::string& data);

}  // namespace rtctl::cli
