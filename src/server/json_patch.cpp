#include "server/json_patch.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

namespace rtctl::server {
namespace {

using nlohmann::json;

constexpr std::size_t kOperationBytes = 40;  // of {"op":"replace","path":"","value":} and a comma

std::size_t size_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace).size();
}

/// Collects operations until they are longer than allowed.
class Differ {
 public:
  explicit Differ(std::size_t bytes_max) : bytes_left_(bytes_max) {}

  /// False when it became too long; the operations are of no use then.
  bool compare(const json& from, const json& to, const std::string& pointer) {
    if (from == to) return true;
    if (from.is_object() && to.is_object()) return compare_objects(from, to, pointer);
    if (from.is_array() && to.is_array()) return compare_arrays(from, to, pointer);
    return add("replace", pointer, &to);
  }

  json take() { return std::move(operations_); }

 private:
  bool add(const char* operation, const std::string& pointer, const json* value) {
    const std::size_t bytes =
        kOperationBytes + pointer.size() + (value == nullptr ? 0 : size_of(*value));
    if (bytes > bytes_left_) return false;
    bytes_left_ -= bytes;
    json& added = operations_.emplace_back(json{{"op", operation}, {"path", pointer}});
    if (value != nullptr) added["value"] = *value;
    return true;
  }

  bool compare_objects(const json& from, const json& to, const std::string& pointer) {
    for (const auto& [key, old] : from.items()) {
      const auto kept = to.find(key);
      const bool fits = kept == to.end() ? add("remove", pointer_to(pointer, key), nullptr)
                                         : compare_member(old, *kept, pointer, key);
      if (!fits) return false;
    }
    for (const auto& [key, value] : to.items()) {
      if (!from.contains(key) && !add("add", pointer_to(pointer, key), &value)) return false;
    }
    return true;
  }

  bool compare_arrays(const json& from, const json& to, const std::string& pointer) {
    const std::size_t common = std::min(from.size(), to.size());
    for (std::size_t i = 0; i < common; ++i) {
      if (!compare_member(from[i], to[i], pointer, std::to_string(i))) return false;
    }
    for (std::size_t i = from.size(); i > common; --i) {
      if (!add("remove", pointer_to(pointer, std::to_string(i - 1)), nullptr)) return false;
    }
    for (std::size_t i = common; i < to.size(); ++i) {
      if (!add("add", pointer + "/-", &to[i])) return false;
    }
    return true;
  }

  /// The pointer is made only for what differs.
  bool compare_member(const json& from, const json& to, const std::string& pointer,
                      const std::string& key) {
    return from == to || compare(from, to, pointer_to(pointer, key));
  }

  std::size_t bytes_left_;
  json operations_ = json::array();
};

}  // namespace

std::string pointer_to(std::string_view pointer, std::string_view key) {
  std::string result(pointer);
  result += '/';
  for (const char c : key) {
    if (c == '~')
      result += "~0";
    else if (c == '/')
      result += "~1";
    else
      result += c;
  }
  return result;
}

json patch_between(const json& from, const json& to, const std::string& pointer) {
  Differ differ(kOperationBytes + pointer.size() + size_of(to));
  if (differ.compare(from, to, pointer)) return differ.take();
  return json::array({{{"op", "replace"}, {"path", pointer}, {"value", to}}});
}

}  // namespace rtctl::server
