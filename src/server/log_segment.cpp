#include "server/log_segment.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/check.hpp"

namespace rtctl::server {
namespace {

constexpr std::uint64_t kHeaderBytes = 4096;                  // one page
constexpr std::uint64_t kGrowBytes = std::uint64_t{1} << 20;  // reserved at a time (guess)
constexpr char kMagic[8] = {'r', 't', 'c', 't', 'l', 'o', 'g', '1'};

struct FileHeader {
  char magic[8];
  std::uint64_t next_id;
};

struct RecordHeader {
  std::uint32_t length;  // of topic, type, data and key, plus one: 0 says "no record here"
  std::uint32_t crc;     // of everything behind it
  std::uint64_t id;
  std::uint32_t topic_length;
  std::uint16_t type_length;
  std::uint8_t kind;
  std::uint8_t key_length;
};
static_assert(sizeof(RecordHeader) == 24);

std::uint64_t aligned(std::uint64_t bytes) {
  return (bytes + 7) & ~std::uint64_t{7};
}

std::uint64_t payload_bytes(const EventView& event) {
  return event.topic.size() + event.type.size() + event.data.size() + event.request_key.size();
}

std::uint64_t record_bytes(const EventView& event) {
  return aligned(sizeof(RecordHeader) + payload_bytes(event));
}

std::uint32_t record_crc(const char* record, std::uint64_t payload) {
  constexpr std::size_t kSkipped = offsetof(RecordHeader, id);
  const auto* bytes = reinterpret_cast<const Bytef*>(record + kSkipped);
  return static_cast<std::uint32_t>(
      crc32_z(crc32_z(0, nullptr, 0), bytes, sizeof(RecordHeader) - kSkipped + payload));
}

std::string system_message(const std::string& what) {
  return what + ": " + std::strerror(errno);
}

}  // namespace

Result<LogSegment> LogSegment::open(const std::string& path, std::uint64_t bytes_max) {
  const std::string name = path.empty() ? "the event log in memory" : path;
  const int fd = path.empty() ? memfd_create("rtctl-events", MFD_CLOEXEC)
                              : ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) return fail(ErrorKind::system, system_message("cannot open " + name));
  struct stat status {};
  fstat(fd, &status);
  const auto file_size = static_cast<std::uint64_t>(status.st_size);
  const std::uint64_t mapped = aligned(std::max(bytes_max, file_size) + kHeaderBytes + kGrowBytes);
  void* base = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
  if (base == MAP_FAILED) {
    const std::string message = system_message("cannot map " + name);
    close(fd);
    return fail(ErrorKind::system, message);
  }
  LogSegment segment(fd, static_cast<char*>(base), mapped, bytes_max);
  segment.recover(file_size);
  if (const auto reserved = segment.reserve(kHeaderBytes); !reserved)
    return tl::unexpected(reserved.error());
  std::memcpy(segment.base_, kMagic, sizeof kMagic);
  return segment;
}

LogSegment::LogSegment(int fd, char* base, std::uint64_t mapped, std::uint64_t bytes_max)
    : fd_(fd), base_(base), mapped_(mapped), bytes_max_(bytes_max), end_(kHeaderBytes) {}

LogSegment::LogSegment(LogSegment&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)),
      base_(std::exchange(other.base_, nullptr)),
      mapped_(other.mapped_),
      bytes_max_(other.bytes_max_),
      reserved_(other.reserved_),
      end_(other.end_),
      first_id_(other.first_id_),
      offsets_(std::move(other.offsets_)) {}

LogSegment::~LogSegment() {
  if (base_ != nullptr) munmap(base_, mapped_);
  if (fd_ >= 0) close(fd_);
}

/// Finds the records that are whole and consecutive. What lies behind them is overwritten later.
void LogSegment::recover(std::uint64_t file_size) {
  if (file_size < kHeaderBytes || std::memcmp(base_, kMagic, sizeof kMagic) != 0) {
    if (file_size != 0 && ftruncate(fd_, 0) != 0) return;  // not ours or half made: begin anew
    return;
  }
  reserved_ = file_size;
  while (record_at(end_, file_size)) {
    RecordHeader header;
    std::memcpy(&header, base_ + end_, sizeof header);
    if (offsets_.empty()) first_id_ = header.id;
    if (header.id != end_id()) return;
    offsets_.push_back(end_);
    end_ += aligned(sizeof header + header.length - 1);
  }
}

bool LogSegment::record_at(std::uint64_t offset, std::uint64_t limit) const {
  RecordHeader header;
  if (offset + sizeof header > limit) return false;
  std::memcpy(&header, base_ + offset, sizeof header);
  if (header.length == 0 || header.length - 1 > limit - offset - sizeof header) return false;
  const std::uint64_t payload = header.length - 1;
  if (std::uint64_t{header.topic_length} + header.type_length + header.key_length > payload)
    return false;
  return record_crc(base_ + offset, payload) == header.crc;
}

std::uint64_t LogSegment::next_id() const {
  FileHeader header;
  std::memcpy(&header, base_, sizeof header);
  return std::max(header.next_id, empty() ? 0 : end_id());
}

bool LogSegment::fits(const EventView& event) const {
  return end_ - kHeaderBytes + record_bytes(event) <= bytes_max_;
}

bool LogSegment::could_fit(const EventView& event) const {
  return record_bytes(event) <= bytes_max_;
}

Result<void> LogSegment::reserve(std::uint64_t end) {
  if (end <= reserved_) return {};
  // Ahead of need, but not beyond what may ever be needed.
  const std::uint64_t enough = kHeaderBytes + bytes_max_ + sizeof(RecordHeader);
  const std::uint64_t target = std::max(end, std::min(enough, (end / kGrowBytes + 1) * kGrowBytes));
  RTCTL_CHECK(target <= mapped_);
  const int error =
      posix_fallocate(fd_, static_cast<off_t>(reserved_), static_cast<off_t>(target - reserved_));
  if (error != 0)
    return fail(ErrorKind::system,
                std::string("cannot extend the event log: ") + std::strerror(error));
  reserved_ = target;
  return {};
}

Result<void> LogSegment::append(const EventView& event) {
  RTCTL_CHECK(empty() || event.id == end_id());
  RTCTL_CHECK(event.request_key.size() <= UINT8_MAX);
  const std::uint64_t payload = payload_bytes(event);
  const std::uint64_t next = end_ + aligned(sizeof(RecordHeader) + payload);
  // The length behind the new record is cleared too: an older run may have left bytes there.
  if (const auto reserved = reserve(next + sizeof(RecordHeader)); !reserved) return reserved;
  char* record = base_ + end_;
  std::memset(base_ + next, 0, sizeof(RecordHeader));
  char* out = record + sizeof(RecordHeader);
  for (const std::string_view part : {event.topic, event.type, event.data, event.request_key})
    out = std::copy(part.begin(), part.end(), out);
  RecordHeader header{0,
                      0,
                      event.id,
                      static_cast<std::uint32_t>(event.topic.size()),
                      static_cast<std::uint16_t>(event.type.size()),
                      static_cast<std::uint8_t>(event.kind),
                      static_cast<std::uint8_t>(event.request_key.size())};
  std::memcpy(record, &header, sizeof header);
  header.crc = record_crc(record, payload);
  header.length = static_cast<std::uint32_t>(payload + 1);
  std::memcpy(record + sizeof header.length, &header.crc, sizeof header.crc);
  // The record exists from here on; a kill -9 before leaves a zero length.
  std::atomic_signal_fence(std::memory_order_release);
  std::memcpy(record, &header.length, sizeof header.length);
  std::atomic_signal_fence(std::memory_order_release);
  const std::uint64_t next_id = event.id + 1;
  std::memcpy(base_ + offsetof(FileHeader, next_id), &next_id, sizeof next_id);
  if (offsets_.empty()) first_id_ = event.id;
  offsets_.push_back(end_);
  end_ = next;
  return {};
}

EventView LogSegment::read(std::uint64_t id) const {
  RTCTL_CHECK(!empty() && id >= first_id_ && id < end_id());
  const char* record = base_ + offsets_[id - first_id_];
  RecordHeader header;
  std::memcpy(&header, record, sizeof header);
  const char* payload = record + sizeof header;
  const std::size_t head = header.topic_length + header.type_length;
  const std::size_t data_length = header.length - 1 - head - header.key_length;
  return {id,
          {payload, header.topic_length},
          {payload + header.topic_length, header.type_length},
          {payload + head, data_length},
          static_cast<DataKind>(header.kind),
          {payload + head + data_length, header.key_length}};
}

Result<void> LogSegment::clear(std::uint64_t next_id) {
  offsets_.clear();
  end_ = kHeaderBytes;
  reserved_ = 0;
  if (ftruncate(fd_, 0) != 0)
    return fail(ErrorKind::system, system_message("cannot empty an event log file"));
  if (const auto reserved = reserve(kHeaderBytes); !reserved) return reserved;
  std::memcpy(base_, kMagic, sizeof kMagic);
  std::memcpy(base_ + offsetof(FileHeader, next_id), &next_id, sizeof next_id);
  return {};
}

}  // namespace rtctl::server
