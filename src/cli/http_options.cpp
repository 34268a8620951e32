#include "cli/http_options.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <nlohmann/json.hpp>

#include "base/base64.hpp"
#include "base/file.hpp"
#include "cli/values.hpp"
#include "client/url.hpp"

namespace rtctl::cli {
namespace {

constexpr std::uint64_t kBodyBytesMax = std::uint64_t{64} << 20;

bool is_token(std::string_view text) {
  constexpr std::string_view kSpecials = "!#$%&'*+-.^_`|~";  // RFC 9110, section 5.6.2
  const auto is_allowed = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kSpecials.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), is_allowed);
}

bool is_field_value(std::string_view text) {
  return std::none_of(text.begin(), text.end(), [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F;
  });
}

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

Result<net::Header> parse_header(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view name = text.substr(0, colon);
  if (colon == std::string_view::npos || !is_token(name) || !is_field_value(text.substr(colon))) {
    return usage_error(
        fmt::format("\"{}\" is not a header; write it like \"X-Name: value\"", text));
  }
  return net::Header{std::string(name), std::string(trimmed(text.substr(colon + 1)))};
}

/// What `-H` says stands; the other flags fill in what it left out.
Result<void> add_header(net::Headers& headers, const char* name, const std::string& value) {
  if (net::find_header(headers, name)) return {};
  if (!is_field_value(value))
    return usage_error(fmt::format("the value for {} holds a control character", name));
  headers.push_back({name, value});
  return {};
}

/// A user without a password has an empty one (RFC 7617).
std::string basic(std::string user_password) {
  if (user_password.find(':') == std::string::npos) user_password += ':';
  return "Basic " + encode_base64(user_password);
}

/// Empty: those of the system. The environment's names are curl's.
std::string trusted_certificates(const HttpFlags& flags) {
  if (!flags.ca_file.empty()) return flags.ca_file;
  for (const char* name : {"CURL_CA_BUNDLE", "SSL_CERT_FILE"}) {
    const char* const path = std::getenv(name);
    if (path != nullptr && *path != '\0') return path;
  }
  return {};
}

CLI::Option* add_path(CLI::App& command, const std::string& name, std::string& target,
                      const std::string& description) {
  return command.add_option(name, target, description)->type_name("FILE")->check(CLI::ExistingFile);
}

void add_body_flags(CLI::App& command, HttpFlags& flags) {
  const char* const kGroup = "Request";
  command.add_option("-X,--request", flags.method, "HTTP method (default: GET, with -d POST)")
      ->type_name("METHOD")
      ->group(kGroup);
  command.add_option("-d,--data", flags.data, "Send this body; @FILE and @- read it")
      ->type_name("TEXT")
      ->group(kGroup);
}

void add_request_flags(CLI::App& command, HttpFlags& flags) {
  const char* const kGroup = "Request";
  command.add_option("-H,--header", flags.headers, "Send this header field (repeatable)")
      ->type_name("'K: V'")
      ->allow_extra_args(false)
      ->group(kGroup);
  command.add_option("--bearer", flags.bearer, "Send this bearer token")
      ->type_name("TOKEN")
      ->envname("RTCTL_TOKEN")
      ->group(kGroup);
  command.add_option("--user", flags.user, "Send these credentials (Basic authentication)")
      ->type_name("U:P")
      ->group(kGroup);
  command.add_option("--cookie", flags.cookie, "Send these cookies")
      ->type_name("'N=V; ...'")
      ->group(kGroup);
  command.add_flag("--netrc", flags.netrc, "Take credentials from ~/.netrc")->group(kGroup);
}

void add_connection_flags(CLI::App& command, HttpFlags& flags) {
  const char* const kGroup = "Connection";
  command.add_flag("-k,--insecure", flags.insecure, "Accept any certificate")->group(kGroup);
  add_path(command, "--cacert", flags.ca_file, "Trust the certificates in this file")
      ->group(kGroup);
  add_path(command, "--cert", flags.certificate_file, "Client certificate")->group(kGroup);
  add_path(command, "--key", flags.key_file, "Key of the client certificate")->group(kGroup);
  command.add_option("--proxy", flags.proxy, "Connect through this proxy")
      ->type_name("URL")
      ->group(kGroup);
  command.add_option("--unix-socket", flags.unix_socket, "Connect to this socket")
      ->type_name("PATH")
      ->group(kGroup);
  CLI::Option* one = command.add_flag("--http1.1", flags.http1_1, "Use HTTP/1.1");
  CLI::Option* two = command.add_flag("--http2", flags.http2, "Use HTTP/2");
  one->excludes(two)->group(kGroup);
  two->group(kGroup);
  add_duration(command, "--connect-timeout", flags.connect_timeout,
               "Give up connecting after this long")
      ->group(kGroup);
  add_duration(command, "--timeout", flags.timeout, "End the whole command after this long")
      ->group(kGroup);
  add_duration(command, "--idle-timeout", flags.idle_timeout,
               "Count a connection as lost when no byte came for this long; 0 = never")
      ->group(kGroup);
}

void add_retry_flags(CLI::App& command, HttpFlags& flags) {
  const char* const kGroup = "Trying again";
  static const std::map<std::string, Jitter> kJitters{
      {"full", Jitter::full}, {"equal", Jitter::equal}, {"none", Jitter::none}};
  command.add_flag("--no-reconnect", flags.no_reconnect, "End when the connection is lost")
      ->group(kGroup);
  command.add_option("--max-retries", flags.max_retries, "Failures in a row to bear")
      ->type_name("N")
      ->group(kGroup);
  add_duration(command, "--backoff-initial", flags.backoff.initial, "Shortest wait")->group(kGroup);
  add_duration(command, "--backoff-max", flags.backoff.max, "Longest wait")->group(kGroup);
  command.add_option("--backoff-multiplier", flags.backoff.multiplier, "Growth from wait to wait")
      ->type_name("X")
      ->check(CLI::Range(1.0, 1000.0))
      ->default_str("2")
      ->group(kGroup);
  command
      .add_option_function<std::string>(
          "--backoff-jitter",
          [&flags](const std::string& name) { flags.backoff.jitter = kJitters.at(name); },
          "How waits are spread")
      ->check(CLI::IsMember({"full", "equal", "none"}))
      ->default_str("full")
      ->group(kGroup);
}

}  // namespace

Result<std::string> body_of(const std::string& data) {
  if (!data.starts_with('@')) return data;
  auto content = read_file(data.substr(1), kBodyBytesMax);
  if (!content) return usage_error(content.error().message);
  return content;
}

void add_http_flags(CLI::App& command, HttpFlags& flags, RequestBody body) {
  command.add_option("url", flags.url, "http or https URL of the endpoint")
      ->type_name("URL")
      ->required();
  if (body == RequestBody::users) add_body_flags(command, flags);
  add_request_flags(command, flags);
  add_connection_flags(command, flags);
  add_retry_flags(command, flags);
  CLI::Option* verbose = command.add_flag("-v,--verbose", flags.verbose, "Say more on stderr");
  CLI::Option* quiet = command.add_flag("-q,--quiet", flags.quiet, "Say only errors on stderr");
  verbose->excludes(quiet);
  CLI::Option* stats = command.add_flag("--stats", flags.stats,
                                        "At the end, print the connection's health on stderr");
  for (CLI::Option* option : {verbose, quiet, stats})
    option->group("Common");
}

Result<net::Request> request_of(const HttpFlags& flags) {
  auto url = client::parse_url(flags.url);
  if (!url) return tl::unexpected(url.error());
  net::Request request{.url = url->url};
  for (const std::string& text : flags.headers) {
    auto header = parse_header(text);
    if (!header) return tl::unexpected(header.error());
    request.headers.push_back(std::move(*header));
  }
  if (!flags.method.empty() && !is_token(flags.method))
    return usage_error(fmt::format("\"{}\" is not an HTTP method", flags.method));
  if (flags.data) {
    auto body = body_of(*flags.data);
    if (!body) return tl::unexpected(body.error());
    request.body = std::move(*body);
    const bool is_json = nlohmann::json::accept(request.body);
    (void)add_header(request.headers, "Content-Type",
                     is_json ? "application/json" : "application/x-www-form-urlencoded");
  }
  request.method = !flags.method.empty() ? flags.method : flags.data ? "POST" : "GET";
  Result<void> added;
  if (!flags.user.empty()) added = add_header(request.headers, "Authorization", basic(flags.user));
  if (added && !flags.bearer.empty())
    added = add_header(request.headers, "Authorization", "Bearer " + flags.bearer);
  if (added && !url->user_password.empty())
    added = add_header(request.headers, "Authorization", basic(url->user_password));
  if (added && !flags.cookie.empty()) added = add_header(request.headers, "Cookie", flags.cookie);
  if (!added) return tl::unexpected(added.error());
  return request;
}

net::ChannelOptions channel_of(const HttpFlags& flags) {
  net::ChannelOptions channel;
  channel.connect_timeout = flags.connect_timeout;
  if (flags.http1_1) channel.version = net::HttpVersion::http1_1;
  if (flags.http2) channel.version = net::HttpVersion::http2;
  channel.accept_compressed = true;
  channel.insecure = flags.insecure;
  channel.ca_file = trusted_certificates(flags);
  channel.certificate_file = flags.certificate_file;
  channel.key_file = flags.key_file;
  channel.proxy = flags.proxy;
  channel.unix_socket = flags.unix_socket;
  channel.use_netrc = flags.netrc;
  return channel;
}

client::RequestOptions transfer_of(const HttpFlags& flags) {
  client::RequestOptions transfer;
  transfer.channel = channel_of(flags);
  transfer.idle_timeout = flags.idle_timeout;
  return transfer;
}

std::optional<std::uint32_t> retries_of(const HttpFlags& flags) {
  return flags.no_reconnect ? 0 : flags.max_retries;
}

PaceOptions pace_of(const HttpFlags& flags, Duration interval, double jitter) {
  return {.interval = interval,
          .jitter = jitter,
          .backoff = flags.backoff,
          .max_retries = retries_of(flags)};
}

}  // namespace rtctl::cli
