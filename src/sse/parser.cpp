// HTML Standard, section 9.2.6, "Interpreting an event stream". Lines end in ASCII bytes, which no
// UTF-8 sequence holds, so text may be decoded field by field: the result is that of decoding the
// whole stream first.
#include <algorithm>
#include <limits>
#include <utility>

#include "rtctl/sse.hpp"
#include "sse/utf8.hpp"

namespace rtctl::sse {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::size_t kSpareBytesMax = std::size_t{64} << 10;  // what one thread keeps; a guess

/// Finds line ends. Each byte is looked at once for each of the two, also when only one occurs.
class LineEnds {
 public:
  explicit LineEnds(std::string_view bytes) : bytes_(bytes) {}

  /// Index of the first CR or LF at or after `from`, or npos.
  std::size_t next(std::size_t from) {
    if (lf_ < from || from == 0) lf_ = bytes_.find('\n', from);
    if (cr_ < from || from == 0) cr_ = bytes_.find('\r', from);
    return std::min(lf_, cr_);
  }

 private:
  std::string_view bytes_;
  std::size_t lf_ = 0;
  std::size_t cr_ = 0;
};

/// "If the field value consists of only ASCII digits"; more than fits counts as the most that does.
std::optional<std::uint64_t> parse_digits(std::string_view text) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  if (text.empty()) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    const auto digit = static_cast<std::uint64_t>(c - '0');
    value = value > (kMax - digit) / 10 ? kMax : value * 10 + digit;
  }
  return value;
}

}  // namespace

/// What is known of an event whose lines all lie in the bytes being fed: views, no copies.
struct Parser::Fields {
  std::string_view type;
  std::string_view data;
  std::string_view id;
  bool has_data = false;
  bool has_id = false;

  bool is_empty() const { return !has_data && !has_id && type.empty(); }
  std::size_t size() const { return type.size() + data.size() + id.size(); }
};

/// The same once it has to own its bytes: the event spans two reads, or its data two lines.
struct Parser::Unfinished {
  std::string line;  ///< bytes of a line that has not ended
  std::string type;
  std::string data;
  std::string id;
  bool has_data = false;
  bool has_id = false;

  Fields fields() const {
    return {.type = type, .data = data, .id = id, .has_data = has_data, .has_id = has_id};
  }
  std::size_t size() const { return type.size() + data.size() + id.size(); }
  bool is_empty() const { return line.empty() && fields().is_empty(); }

  /// Each thread keeps one for the next event that needs it, so that a busy stream does not
  /// allocate and an idle one holds nothing.
  static std::unique_ptr<Unfinished>& spare() {
    thread_local std::unique_ptr<Unfinished> kept;
    return kept;
  }
  static std::unique_ptr<Unfinished> take() {
    return spare() ? std::move(spare()) : std::make_unique<Unfinished>();
  }
  static void give_back(std::unique_ptr<Unfinished> used) {
    if (!used || used->line.capacity() + used->data.capacity() > kSpareBytesMax) return;
    used->line.clear();
    used->type.clear();
    used->data.clear();
    used->id.clear();
    used->has_data = used->has_id = false;
    spare() = std::move(used);
  }
};

Parser::Parser(std::size_t event_bytes_max) : event_bytes_max_(event_bytes_max) {}
Parser::~Parser() = default;
Parser::Parser(Parser&&) noexcept = default;
Parser& Parser::operator=(Parser&&) noexcept = default;

void Parser::reset() {
  Unfinished::give_back(std::move(unfinished_));
  is_first_line_ = true;
  is_after_cr_ = false;
  is_feeding_ = false;
  has_failed_ = false;
}

bool Parser::feed(std::string_view bytes, Listener& listener) {
  if (bytes.empty() || has_failed_) return !has_failed_;
  is_feeding_ = true;
  std::size_t from = std::exchange(is_after_cr_, false) && bytes.front() == '\n' ? 1 : 0;
  Fields fields;
  LineEnds ends(bytes);
  for (auto end = ends.next(from); end != std::string_view::npos; end = ends.next(from)) {
    std::string_view line = bytes.substr(from, end - from);
    from = end + 1;
    if (bytes[end] == '\r') {
      if (from == bytes.size()) is_after_cr_ = true;
      if (from < bytes.size() && bytes[from] == '\n') ++from;
    }
    const bool is_continued = unfinished_ && !unfinished_->line.empty();
    has_failed_ = !fits(fields, line.size());
    if (has_failed_) return false;
    if (is_continued) line = unfinished_->line.append(line);
    take_line(line, fields, listener);
    if (!is_feeding_) return true;
    if (is_continued && unfinished_) unfinished_->line.clear();
  }
  const std::string_view rest = bytes.substr(from);
  has_failed_ = !fits(fields, rest.size());
  if (has_failed_) return false;
  if (!rest.empty() || !fields.is_empty()) keep(fields);
  if (!rest.empty()) unfinished_->line.append(rest);
  if (unfinished_ && unfinished_->is_empty()) Unfinished::give_back(std::move(unfinished_));
  is_feeding_ = false;
  return true;
}

bool Parser::fits(const Fields& fields, std::size_t line_bytes) const {
  const std::size_t kept = unfinished_ ? unfinished_->size() + unfinished_->line.size() : 0;
  return kept + fields.size() + line_bytes <= event_bytes_max_;
}

void Parser::keep(Fields& fields) {
  if (unfinished_) return;
  unfinished_ = Unfinished::take();
  unfinished_->type = fields.type;
  unfinished_->data = fields.data;
  unfinished_->id = fields.id;
  unfinished_->has_data = fields.has_data;
  unfinished_->has_id = fields.has_id;
  fields = {};
}

void Parser::take_line(std::string_view line, Fields& fields, Listener& listener) {
  if (std::exchange(is_first_line_, false) && line.starts_with(kByteOrderMark)) {
    line.remove_prefix(kByteOrderMark.size());
  }
  if (line.empty()) return end_event(fields, listener);
  const std::size_t colon = line.find(':');
  if (colon == 0) {
    std::string scratch;
    line.remove_prefix(line.starts_with(": ") ? 2 : 1);
    return listener.on_comment(repaired(line, scratch));
  }
  std::string_view value;
  if (colon != std::string_view::npos) {
    value = line.substr(colon + 1);
    if (value.starts_with(' ')) value.remove_prefix(1);
  }
  take_field(line.substr(0, colon), value, fields, listener);
}

void Parser::take_field(std::string_view name, std::string_view value, Fields& fields,
                        Listener& listener) {
  if (name == "data") return take_data(value, fields);
  if (name == "event") {
    if (unfinished_) {
      unfinished_->type = value;
    } else {
      fields.type = value;
    }
  } else if (name == "id") {
    if (value.find('\0') != std::string_view::npos) return;
    if (unfinished_) {
      unfinished_->id = value;
      unfinished_->has_id = true;
    } else {
      fields.id = value;
      fields.has_id = true;
    }
  } else if (name == "retry") {
    if (const auto milliseconds = parse_digits(value)) listener.on_retry(*milliseconds);
  }
}

void Parser::take_data(std::string_view value, Fields& fields) {
  if (fields.has_data) keep(fields);
  if (!unfinished_) {
    fields.data = value;
    fields.has_data = true;
    return;
  }
  Unfinished& event = *unfinished_;
  if (!event.has_data && event.line.size() > kSpareBytesMax) {
    // A long line, gathered from many reads, becomes the data without a second copy. `value` is the
    // end of it: only a line that continues an earlier read's is in `line`.
    event.line.erase(0, event.line.size() - value.size());
    std::swap(event.data, event.line);
  } else {
    if (event.has_data) event.data += '\n';
    event.data.append(value);
  }
  event.has_data = true;
}

void Parser::end_event(Fields& fields, Listener& listener) {
  // Taken out first: the listener may reset the parser.
  std::unique_ptr<Unfinished> owner = std::move(unfinished_);
  const Fields event = owner ? owner->fields() : std::exchange(fields, {});
  std::string id_scratch;
  std::string type_scratch;
  std::string data_scratch;
  if (event.has_id) last_event_id_ = repaired(event.id, id_scratch);
  if (event.has_data) {
    listener.on_event({.type = event.type.empty() ? "message" : repaired(event.type, type_scratch),
                       .data = repaired(event.data, data_scratch),
                       .last_event_id = last_event_id_,
                       .has_id = event.has_id});
  }
  Unfinished::give_back(std::move(owner));
}

}  // namespace rtctl::sse
