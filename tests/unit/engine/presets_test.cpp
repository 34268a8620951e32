// Scenarios know the ready-made paths of the proxy by name only.
#include <doctest/doctest.h>

#include "proxy/settings.hpp"
#include "scenario/spec.hpp"

using namespace rtctl;

TEST_CASE("presets: scenarios and the proxy know the same") {
  std::vector<std::string_view> names;
  for (const proxy::Preset& preset : proxy::presets())
    names.push_back(preset.name);
  CHECK(names == scenario::network_presets());
}
