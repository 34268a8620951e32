#include "net/head_collector.hpp"

#include <charconv>

namespace rtctl::net {
namespace {

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

void HeadCollector::reset() {
  head_ = {};
  bytes_ = 0;
  complete_ = false;
}

void HeadCollector::begin(std::string_view status_line) {
  head_.status = 0;
  head_.headers.clear();
  const std::size_t slash = status_line.find('/');
  const std::size_t space = status_line.find(' ');
  if (slash == std::string_view::npos || space == std::string_view::npos || space < slash) return;
  head_.version = std::string(status_line.substr(slash + 1, space - slash - 1));
  const std::string_view digits = trim(status_line.substr(space)).substr(0, 3);
  std::from_chars(digits.data(), digits.data() + digits.size(), head_.status);
}

void HeadCollector::add_field(std::string_view line) {
  if (line.front() == ' ' || line.front() == '\t') {  // a folded line (RFC 9112, section 5.2)
    if (!head_.headers.empty()) head_.headers.back().value.append(" ").append(trim(line));
    return;
  }
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  head_.headers.push_back(
      {std::string(line.substr(0, colon)), std::string(trim(line.substr(colon + 1)))});
}

HeadCollector::Step HeadCollector::feed(std::string_view line) {
  if (complete_) return Step::ignored;
  bytes_ += line.size();
  if (bytes_ > kHeadBytesMax) return Step::too_large;
  if (!trim(line).empty()) {
    if (line.starts_with("HTTP/"))
      begin(line);
    else
      add_field(line);
    return Step::more;
  }
  if (head_.status >= 100 && head_.status < 200) return Step::more;
  complete_ = true;
  return Step::complete;
}

}  // namespace rtctl::net
