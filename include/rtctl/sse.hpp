// Server-Sent Events: bytes to events and events to bytes (HTML Standard, section 9.2).
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace rtctl::sse {

/// One dispatched event. The views live until the callback they were handed to returns.
struct Event {
  std::string_view type;  ///< the `event` field, "message" when the stream named none
  std::string_view data;  ///< the data lines joined by LF; valid UTF-8
  std::string_view
      last_event_id;    ///< the last event id string as of this event, "" when there is none
  bool has_id = false;  ///< whether this very event carried an `id` field
};

/// Told what a Parser found, in stream order. Callbacks may not feed or destroy the same parser;
/// `Parser::reset` inside one ends the feed under way.
class Listener {
 public:
  virtual void on_event(const Event& event) = 0;
  virtual void on_comment(std::string_view /*text*/) {}
  virtual void on_retry(std::uint64_t /*milliseconds*/) {}

 protected:
  ~Listener() = default;
};

/// Splits an event stream into events, wherever the cuts between reads fall. A CR ends its line at
/// once; an LF that follows it, even in a later read, belongs to it. Memory: a few words, and a
/// buffer only while an event spans two reads; an event that lies within one read is not copied.
/// Not thread-safe.
class Parser {
 public:
  explicit Parser(std::size_t event_bytes_max = std::size_t{64} << 20);
  ~Parser();
  Parser(Parser&&) noexcept;
  Parser& operator=(Parser&&) noexcept;

  /// False when one event, with the line that is being read, grew over the limit; the stream is
  /// then of no more use.
  [[nodiscard]] bool feed(std::string_view bytes, Listener& listener);

  /// Starts a new stream: forgets the unfinished event, keeps the last event id as browsers do.
  void reset();

  /// The id that a reconnection sends: committed by dispatched events and by blocks without data.
  std::string_view last_event_id() const { return last_event_id_; }
  void set_last_event_id(std::string_view id) { last_event_id_ = id; }

 private:
  struct Unfinished;
  struct Fields;

  void take_line(std::string_view line, Fields& fields, Listener& listener);
  void take_field(std::string_view name, std::string_view value, Fields& fields,
                  Listener& listener);
  void take_data(std::string_view value, Fields& fields);
  void end_event(Fields& fields, Listener& listener);
  bool fits(const Fields& fields, std::size_t line_bytes) const;
  void keep(Fields& fields);

  std::size_t event_bytes_max_;
  std::string last_event_id_;
  std::unique_ptr<Unfinished> unfinished_;
  bool is_first_line_ = true;
  bool is_after_cr_ = false;
  bool is_feeding_ = false;
  bool has_failed_ = false;
};

/// What a server sends. `data` may hold several lines; CR, LF and CRLF all end one.
struct Frame {
  std::string_view data;
  std::string_view type;               ///< "" and "message" are left out; must hold no CR or LF
  std::optional<std::string_view> id;  ///< must hold no CR, LF or NUL
};

/// Appends the wire form, blank line included. parse(format(frame)) gives the frame back.
void format(const Frame& frame, std::string& out);

/// Appends `: text` and a blank line.
void format_comment(std::string_view text, std::string& out);

}  // namespace rtctl::sse
