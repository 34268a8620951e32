#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <thread>

#include "base/units.hpp"
#include "cli/command.hpp"
#include "cli/exit_code.hpp"
#include "cli/service.hpp"
#include "cli/signals.hpp"
#include "cli/values.hpp"
#include "rtctl/server.hpp"

namespace rtctl::cli {
namespace {

void add_place_options(CLI::App& command, ServerOptions& options) {
  command.add_option("--listen", options.listen, "Address to listen on; port 0 picks one")
      ->type_name("HOST:PORT")
      ->allow_extra_args(false)
      ->capture_default_str();
  command
      .add_option("--store", options.store,
                  "sqlite:PATH, postgresql://... or memory (default: SQLite in --state-dir)")
      ->type_name("URL");
  command.add_option("--store-connections", options.store_connections, "Connections to the store")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command
      .add_option("--state-dir", options.state_dir,
                  "Folder of event log and store (default: the user's state directory)")
      ->type_name("DIR");
  command.add_flag("--ephemeral", options.ephemeral, "Keep everything in memory");
  command.add_option("--static", options.static_dir, "Serve this folder under /static/")
      ->type_name("DIR");
  command.add_option("--threads", options.threads, "Event loops (default: one per core)")
      ->check(CLI::Range(1, 64));
}

void add_event_options(CLI::App& command, ServerOptions& options) {
  add_duration(command, "--tick", options.tick, "Time between the server's own events; 0: none");
  add_duration(command, "--heartbeat", options.heartbeat,
               "Send a comment when a stream was silent for so long; 0: never");
  add_duration(command, "--retry", options.retry, "What clients are told to wait after a loss");
  command.add_option("--history", options.history, "Events that can be replayed, at least")
      ->check(CLI::Range(std::uint64_t{1}, std::uint64_t{1} << 40))
      ->capture_default_str();
  add_size(command, "--history-size", options.history_bytes_max, "Bytes of history, at most");
  add_size(command, "--outbox", options.outbox_bytes_max,
           "How far a live subscriber may be behind before it is cut");
}

void add_limit_options(CLI::App& command, ServerOptions& options) {
  command.add_option("--max-connections", options.connections_max,
                     "More are told 503 (default: the limit of open files less 100)");
  add_size(command, "--max-body", options.body_bytes_max, "Longest request body");
  add_size(command, "--max-header", options.header_bytes_max,
           "Longest request line, and longest header");
  add_duration(command, "--header-timeout", options.header_timeout,
               "From the first byte of a request to the end of its header, and again for its body");
  add_duration(command, "--keep-alive", options.keep_alive, "Close connections idle for so long");
  command
      .add_option_function<std::string>(
          "--rate-limit",
          [&options](const std::string& text) {
            if (text == "0") {
              options.rate_limit = 0;
              return;
            }
            const auto rate = parse_rate(text);
            if (!rate) throw CLI::ValidationError("--rate-limit", rate.error().message);
            options.rate_limit = *rate;
          },
          "Requests of one remote address; 0: no limit (default: 200/s, loopback exempt)")
      ->type_name("RATE");
  add_duration(command, "--client-ttl", options.client_ttl,
               "Forget chat clients unseen for so long");
  add_duration(command, "--drain", options.drain, "How long shutting down may take");
}

void add_access_options(CLI::App& command, ServerOptions& options) {
  command
      .add_option("--auth-token", options.auth_token,
                  "What clients must present as bearer token, cookie or ?access_token=")
      ->type_name("TOKEN")
      ->envname("RTCTL_TOKEN");
  command.add_flag("--allow-anonymous", options.allow_anonymous,
                   "Listen beyond loopback without a token");
  command
      .add_option("--cors-origin", options.cors_origin,
                  "Origin whose pages may use the server, or *")
      ->type_name("ORIGIN");
  command
      .add_option("--tls-cert", options.tls_certificate,
                  "Certificate chain (PEM); read again on SIGHUP")
      ->type_name("FILE");
  command.add_option("--tls-key", options.tls_key, "Its private key (PEM)")->type_name("FILE");
  command.add_option("--access-log", options.access_log, "Write JSON lines there; - is stdout")
      ->type_name("FILE");
}

void add_behaviour_options(CLI::App& command, ServerOptions& options) {
  command
      .add_option("--fault", options.faults,
                  "Misbehave on purpose: latency=200ms, jitter=50ms, error=5%, drop=1%, stall=1%, "
                  "status=503, joined by commas; with @/path for one path (repeatable)")
      ->type_name("SPEC")
      ->allow_extra_args(false);
  add_duration(command, "--llm-first", options.llm_first,
               "/v1/chat/completions: time to the first token");
  add_duration(command, "--llm-gap", options.llm_gap, "Time from token to token");
  command.add_option("--llm-tokens", options.llm_tokens, "Tokens of a completion")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
}

void print_urls(const Server& server) {
  for (const std::string& url : server.urls())
    std::cerr << "listening on " << url << std::endl;
}

/// Signals are waited for on a thread of their own; the server's loops know nothing of them.
class SignalThread {
 public:
  explicit SignalThread(Server& server)
      : loop_(make_asio_loop()),
        signals_(watch_signals(*loop_,
                               [this, &server](int signal) {
                                 received_ = signal;
                                 tell_service_manager("STOPPING=1");
                                 server.stop();
                               })),
        hang_up_(watch_hang_up(*loop_, [&server] { server.reload(); })) {
    thread_ = std::thread([this] { loop_->run(); });
  }

  /// The first signal that came, 0 if none.
  int join() {
    loop_->stop();
    thread_.join();
    return received_;
  }

 private:
  std::unique_ptr<AsioLoop> loop_;
  std::unique_ptr<Signals> signals_;
  std::unique_ptr<HangUp> hang_up_;
  std::thread thread_;
  int received_ = 0;  // written by the thread, read after it was joined
};

int run_serve(const ServerOptions& options) {
  spdlog::set_default_logger(spdlog::stderr_logger_mt("rtctl"));  // stdout may be the access log
  const auto server = make_server(options);
  if (!server) {
    std::cerr << "rtctl serve: " << server.error().message << std::endl;
    return exit_code_of(server.error().kind);
  }
  SignalThread signals(**server);
  print_urls(**server);
  tell_service_manager("READY=1");
  (*server)->run();
  const int signal = signals.join();
  return signal == 0 ? exit_ok : exit_code_of_signal(signal);
}

}  // namespace

void setup_serve(CLI::App& app, CommonOptions& /*common*/, std::function<int()>& chosen) {
  CLI::App* command = app.add_subcommand("serve", "Run the reference server");
  auto options = std::make_shared<ServerOptions>();  // lives as long as the callback that reads it
  const auto begin_group = [command](const char* title) {
    command->option_defaults()->group(title);
  };
  begin_group("Where");
  add_place_options(*command, *options);
  begin_group("Events");
  add_event_options(*command, *options);
  begin_group("Limits");
  add_limit_options(*command, *options);
  begin_group("Access");
  add_access_options(*command, *options);
  begin_group("Misbehaviour and completions");
  add_behaviour_options(*command, *options);
  command->footer(
      "  rtctl serve\n"
      "  rtctl serve --ephemeral --listen 127.0.0.1:0 --fault 'error=5%,drop=1%@/api/events'");
  command->callback([&chosen, options] { chosen = [options] { return run_serve(*options); }; });
}

}  // namespace rtctl::cli
