// What a process has used: CPU time and memory of its own, read from the kernel.
#pragma once

#include <malloc.h>
#include <sys/resource.h>

#include <cstdio>
#include <string>

namespace rtctl::bench {

/// CPU time of this process so far, user and system, in microseconds.
inline double cpu_us() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto us = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1e6 + static_cast<double>(time.tv_usec);
  };
  return us(usage.ru_utime) + us(usage.ru_stime);
}

/// Bytes of the heap in use: what the program asked for, without what the allocator holds back.
inline double heap_bytes() {
  const struct mallinfo2 info = ::mallinfo2();
  return static_cast<double>(info.uordblks) + static_cast<double>(info.hblkhd);
}

/// Resident anonymous memory in bytes: heap and stacks as the kernel sees them.
inline double resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/status", "r");
  if (file == nullptr) return 0;
  char line[256];
  double kib = 0;
  while (std::fgets(line, sizeof line, file) != nullptr) {
    if (std::sscanf(line, "RssAnon: %lf", &kib) == 1) break;
  }
  std::fclose(file);
  return kib * 1024;
}

/// As many descriptors as the hard limit allows.
inline void raise_descriptors() {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}

/// The value after `name` on the command line, or `otherwise`.
inline std::string argument(int argc, char** argv, const std::string& name,
                            const std::string& otherwise) {
  for (int i = 1; i + 1 < argc; ++i) {
    if (name == argv[i]) return argv[i + 1];
  }
  return otherwise;
}

}  // namespace rtctl::bench
