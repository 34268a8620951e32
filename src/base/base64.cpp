#include "base/base64.hpp"

#include <cstdint>

namespace rtctl {

std::string encode_base64(std::string_view bytes) {
  static constexpr std::string_view kAlphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t from = 0; from < bytes.size(); from += 3) {
    const std::string_view group = bytes.substr(from, 3);
    std::uint32_t bits = 0;
    for (std::size_t index = 0; index < 3; ++index)
      bits = bits << 8 | (index < group.size() ? static_cast<unsigned char>(group[index]) : 0U);
    for (std::size_t index = 0; index < 4; ++index)
      text += index <= group.size() ? kAlphabet[bits >> (18 - 6 * index) & 63U] : '=';
  }
  return text;
}

}  // namespace rtctl
