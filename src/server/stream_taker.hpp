// How a response without an end leaves the HTTP session.
#pragma once

#include <string>

namespace rtctl::server {

class Socket;
class Worker;

/// Takes connections over from the session, on the loop of the connection.
class StreamTaker {
 public:
  virtual ~StreamTaker() = default;

  /// `head` is the response head, ready to be sent and not yet sent. The stream closes the socket.
  virtual void take(Worker& worker, Socket socket, std::string head) = 0;
};

}  // namespace rtctl::server
