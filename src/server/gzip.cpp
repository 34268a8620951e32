#include "server/gzip.hpp"

#include "base/check.hpp"

namespace rtctl::server {
namespace {

constexpr int kGzipWindow = 15 + 16;  // zlib: 32 KiB window, gzip framing
constexpr int kRawWindow = -15;       // zlib: 32 KiB window, no framing
constexpr int kMemoryLevel = 8;       // zlib's default
constexpr int kBodyLevel = 6;         // zlib's default
constexpr int kStreamLevel = 4;       // events are small; more effort gains little (guess)

Bytef* input(std::string_view bytes) {
  return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));  // zlib's API lacks a const
}

std::string deflated(z_stream& stream, std::string_view bytes, int flush) {
  std::string out(deflateBound(&stream, bytes.size()) + 16, '\0');
  stream.next_in = input(bytes);
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = deflate(&stream, flush);
  RTCTL_CHECK(result == Z_OK || result == Z_STREAM_END);
  RTCTL_CHECK(stream.avail_in == 0 && stream.avail_out > 0);
  out.resize(out.size() - stream.avail_out);
  return out;
}

/// crc32_combine with the length split, for it takes a signed one.
std::uint32_t combine(std::uint32_t first, std::uint32_t second, std::uint64_t second_length) {
  return static_cast<std::uint32_t>(
      crc32_combine(first, second, static_cast<z_off_t>(second_length)));
}

}  // namespace

std::string gzip(std::string_view text) {
  z_stream stream{};
  RTCTL_CHECK(deflateInit2(&stream, kBodyLevel, Z_DEFLATED, kGzipWindow, kMemoryLevel,
                           Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out = deflated(stream, text, Z_FINISH);
  deflateEnd(&stream);
  return out;
}

GzipSum GzipSum::of(std::string_view bytes) {
  return {static_cast<std::uint32_t>(crc32_z(0, input(bytes), bytes.size())), bytes.size()};
}

GzipSum GzipSum::then(const GzipSum& next) const {
  return {combine(crc, next.crc, next.length), length + next.length};
}

GzipSum GzipSum::without_prefix(const GzipSum& prefix) const {
  const std::uint64_t rest = length - prefix.length;
  // combine(a, b) is shift(a) xor b, so shifting the prefix and adding it once more removes it.
  return {crc ^ combine(prefix.crc, 0, rest), rest};
}

std::string_view gzip_stream_header() {
  using namespace std::string_view_literals;
  return "\x1f\x8b\x08\0\0\0\0\0\0\xff"sv;  // deflate, no name, no time, unknown system
}

std::string gzip_stream_trailer(const GzipSum& sum) {
  std::string trailer = {'\x03', '\0'};  // an empty last block with fixed codes
  const auto append = [&](std::uint32_t value) {
    for (int shift = 0; shift < 32; shift += 8)
      trailer += static_cast<char>(value >> shift & 0xff);
  };
  append(sum.crc);
  append(static_cast<std::uint32_t>(sum.length));  // modulo 2^32, as the RFC has it
  return trailer;
}

BlockCompressor::BlockCompressor() {
  RTCTL_CHECK(deflateInit2(&stream_, kStreamLevel, Z_DEFLATED, kRawWindow, kMemoryLevel,
                           Z_DEFAULT_STRATEGY) == Z_OK);
}

BlockCompressor::~BlockCompressor() {
  deflateEnd(&stream_);
}

std::string BlockCompressor::compress(std::string_view bytes) {
  RTCTL_CHECK(!bytes.empty());
  deflateReset(&stream_);
  return deflated(stream_, bytes, Z_FULL_FLUSH);
}

}  // namespace rtctl::server
