// A server that does exactly what a test says, byte by byte: each connection runs a function on a
// thread of its own.
#pragma once

#include <openssl/ssl.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace rtctl::test {

/// One accepted connection. Calls block for at most 20 s, so that a failing test ends.
class Peer {
 public:
  Peer(int fd, SSL* tls) : fd_(fd), tls_(tls) {}
  Peer(const Peer&) = delete;
  Peer& operator=(const Peer&) = delete;
  ~Peer();

  /// Head and body of the next request; empty when the client closed.
  std::string read_request();

  /// False when the client is gone.
  bool send(std::string_view bytes);

  /// Sends one byte at a time, each in a segment of its own as far as the kernel allows.
  void send_bytewise(std::string_view bytes);

  /// Waits until the client closes.
  void wait_for_close();

  /// The end of the script closes with RST instead of FIN.
  void reset();

  /// What the client sends next, at most `bytes_max`; empty at the end.
  std::string read_some(std::size_t bytes_max);

 private:
  void close();

  int fd_;
  SSL* tls_;
  bool reset_ = false;
};

struct TlsFiles {
  std::string certificate;
  std::string key;
  std::string client_ca;  ///< not empty: asks the client for a certificate of this authority
};

class ScriptedServer {
 public:
  using Script = std::function<void(Peer&, int connection)>;

  /// Listens on 127.0.0.1 on a free port. `connection` counts from 0.
  explicit ScriptedServer(Script script, const TlsFiles* tls = nullptr);
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;
  ~ScriptedServer();

  int port() const { return port_; }
  std::string url(std::string_view path = "/") const;
  int connections() const { return connections_; }

  /// Address from which the newest connection came.
  std::string last_client();

  /// No further connection is accepted; the port is closed.
  void stop_listening();

 private:
  void accept_all();
  void serve(int fd, int connection);

  Script script_;
  std::unique_ptr<SSL_CTX, void (*)(SSL_CTX*)> tls_{nullptr, SSL_CTX_free};
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  std::atomic<int> connections_ = 0;
  std::mutex mutex_;  // guards what follows; tests only
  std::vector<std::thread> threads_;
  std::vector<int> open_;
  std::string last_client_;
  std::thread acceptor_;
};

/// A free port on which nobody listens.
int unused_port();

}  // namespace rtctl::test
