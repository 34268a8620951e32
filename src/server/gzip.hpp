// gzip (RFC 1952): whole bodies, and streams whose blocks many subscribers share.
#pragma once

#include <zlib.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace rtctl::server {

/// The whole text as one gzip member.
std::string gzip(std::string_view text);

/// CRC and length of a stretch of uncompressed bytes: what a gzip trailer states.
struct GzipSum {
  std::uint32_t crc = 0;
  std::uint64_t length = 0;

  static GzipSum of(std::string_view bytes);

  /// The sum of this stretch with `next` right behind it.
  GzipSum then(const GzipSum& next) const;

  /// The sum of what follows `prefix`, where this is the sum of `prefix` and what follows.
  GzipSum without_prefix(const GzipSum& prefix) const;
};

/// The ten bytes every member begins with, and the end: an empty last block, CRC, length.
std::string_view gzip_stream_header();
std::string gzip_stream_trailer(const GzipSum& sum);

/// Makes deflate blocks that depend on nothing before them (full flush), so that a subscriber may
/// join a compressed stream at any of them. One per loop.
class BlockCompressor {
 public:
  BlockCompressor();
  ~BlockCompressor();
  BlockCompressor(const BlockCompressor&) = delete;
  BlockCompressor& operator=(const BlockCompressor&) = delete;

  /// `bytes` is not empty.
  std::string compress(std::string_view bytes);

 private:
  z_stream stream_{};
};

}  // namespace rtctl::server
