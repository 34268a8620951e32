// Saved reports may come from anywhere; what is read must render in every format.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "report/report.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto summary = rtctl::report::parse_json(text, "f");
  if (!summary) return 0;
  for (const std::string& name : rtctl::report::format_names())
    rtctl::report::render(*summary, *rtctl::report::format_named(name));
  rtctl::Summary twice = *summary;
  if (!rtctl::merge(twice, *summary)) return 0;
  const auto again =
      rtctl::report::parse_json(rtctl::report::render(*summary, rtctl::report::Format::json), "g");
  if (!again) std::abort();
  return 0;
}
