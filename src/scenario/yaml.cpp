#include "scenario/yaml.hpp"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>

#include <map>
#include <sstream>

#include "scenario/utf8.hpp"

namespace rtctl::scenario {
namespace {

constexpr std::size_t kBytesMax = std::size_t{1} << 20;  // a scenario is written by hand
constexpr std::size_t kDepthMax = 64;
constexpr std::uint64_t kNodesMax = 100'000;
constexpr std::size_t kKeysMax = 5'000;  // of one mapping: each is compared with those before it

Position position_of(const YAML::Mark& mark) {
  return {mark.line + 1, mark.column + 1};
}

/// Ends the parse from inside yaml-cpp's callbacks; caught in parse_yaml.
struct Refusal {
  Position at;
  std::string message;
};

[[noreturn]] void refuse(Position at, std::string message) {
  throw Refusal{at, std::move(message)};
}

/// Builds the tree from yaml-cpp's events: its own node tree knows no position of a key, keeps
/// duplicate keys and expands aliases without a bound.
class Builder final : public YAML::EventHandler {
 public:
  NodePtr take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (root_ || !open_.empty()) refuse(position_of(mark), "there is more than one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    add(start(mark, Node::Kind::null), anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = anchors_.find(anchor);
    if (found == anchors_.end()) refuse(position_of(mark), "an anchor refers to itself");
    place(found->second, position_of(mark));
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    auto node = start(mark, Node::Kind::scalar);
    check_tag(tag, node->at);
    node->text = value;
    node->quoted = tag == "!" || tag == "tag:yaml.org,2002:str";
    // "~" and "null" are YAML's words for nothing.
    if (!node->quoted && (value == "~" || value == "null")) node->kind = Node::Kind::null;
    add(std::move(node), anchor);
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open(start(mark, Node::Kind::sequence), tag, anchor);
  }
  void OnSequenceEnd() override { close(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open(start(mark, Node::Kind::map), tag, anchor);
  }
  void OnMapEnd() override {
    merge_into(*open_.back().node);
    close();
  }

 private:
  struct Open {
    std::shared_ptr<Node> node;
    YAML::anchor_t anchor;
    bool has_key = false;
    std::string key;
    bool key_quoted = false;
    Position key_at;
    std::vector<std::pair<NodePtr, Position>> merges;  ///< what `<<` brought
  };

  static std::shared_ptr<Node> start(const YAML::Mark& mark, Node::Kind kind) {
    auto node = std::make_shared<Node>();
    node->kind = kind;
    node->at = position_of(mark);
    return node;
  }

  static void check_tag(const std::string& tag, Position at) {
    const bool known =
        tag.empty() || tag == "?" || tag == "!" || tag.starts_with("tag:yaml.org,2002:");
    if (!known) refuse(at, fmt::format("the tag \"{}\" has no meaning here", tag));
  }

  void open(std::shared_ptr<Node> node, const std::string& tag, YAML::anchor_t anchor) {
    check_tag(tag, node->at);
    if (open_.size() >= kDepthMax)
      refuse(node->at, fmt::format("nested deeper than {} levels", kDepthMax));
    open_.push_back({.node = std::move(node), .anchor = anchor});
  }

  void close() {
    const Open done = std::move(open_.back());
    open_.pop_back();
    add(done.node, done.anchor);
  }

  void add(std::shared_ptr<Node> node, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = node;
    const Position at = node->at;
    place(std::move(node), at);
  }

  void place(NodePtr node, Position at) {
    if (open_.empty()) {
      root_ = std::move(node);
      return;
    }
    Open& into = open_.back();
    if (into.node->kind == Node::Kind::map && !into.has_key) return take_key(into, *node, at);
    into.node->size += node->size;
    if (into.node->size > kNodesMax)
      refuse(at, fmt::format("aliases expand to more than {} nodes", kNodesMax));
    if (into.node->kind == Node::Kind::sequence) {
      into.node->items.push_back(std::move(node));
      return;
    }
    into.has_key = false;
    if (into.key == "<<" && !into.key_quoted) {
      into.merges.emplace_back(std::move(node), at);
    } else {
      into.node->entries.push_back({std::move(into.key), into.key_at, std::move(node)});
    }
  }

  static void take_key(Open& into, const Node& key, Position at) {
    if (key.kind != Node::Kind::scalar)
      refuse(at, fmt::format("a key must be text, not {}", describe(key)));
    if (into.node->entries.size() >= kKeysMax)
      refuse(at, fmt::format("a mapping has at most {} keys", kKeysMax));
    for (const Node::Entry& entry : into.node->entries) {
      if (entry.key == key.text)
        refuse(at, fmt::format("\"{}\" is given twice; it is first at line {}", key.text,
                               entry.at.line));
    }
    into.has_key = true;
    into.key = key.text;
    into.key_quoted = key.quoted;
    into.key_at = at;
  }

  /// `<<: *a` and `<<: [*a, *b]`: keys that the map has not got itself; earlier ones win.
  void merge_into(Node& node) {
    for (const auto& [merged, at] : open_.back().merges) {
      const auto take = [&node, at = at](const Node& from) {
        if (from.kind != Node::Kind::map)
          refuse(at, fmt::format("\"<<\" takes a mapping, not {}", describe(from)));
        for (const Node::Entry& entry : from.entries) {
          if (node.find(entry.key) == nullptr) node.entries.push_back(entry);
        }
      };
      if (merged->kind == Node::Kind::sequence) {
        for (const NodePtr& item : merged->items)
          take(*item);
      } else {
        take(*merged);
      }
    }
  }

  NodePtr root_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, NodePtr> anchors_;
};

std::string_view line_of(std::string_view text, int line) {
  for (int i = 1; i < line; ++i) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos) return {};
    text.remove_prefix(end + 1);
  }
  return text.substr(0, text.find('\n'));
}

/// yaml-cpp's words, and what a person would want to know instead where that is plain.
std::string explain(std::string_view text, Position at, const std::string& message) {
  const std::string_view line = line_of(text, at.line);
  const auto column = static_cast<std::size_t>(at.column - 1);
  if (column >= 1 && column < line.size() && line[column] == '{' && line[column - 1] == '$') {
    const std::string_view rest = line.substr(column - 1);
    const std::string_view variable = rest.substr(0, rest.find('}') + 1);
    return fmt::format("{} needs quotes inside {{ }}: write \"{}\"", variable, variable);
  }
  const std::string_view indent = line.substr(0, line.find_first_not_of(" \t"));
  if (indent.find('\t') != std::string_view::npos) return "a tab cannot indent in YAML; use spaces";
  if (column < line.size() && (line[column] == '@' || line[column] == '`'))
    return fmt::format("a value that begins with {} needs quotes", line[column]);
  return fmt::format("not valid YAML: {}", message);
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const Entry& entry : entries) {
    if (entry.key == key) return entry.value.get();
  }
  return nullptr;
}

std::string_view describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null:
      return "nothing";
    case Node::Kind::scalar:
      return "text";
    case Node::Kind::sequence:
      return "a list";
    case Node::Kind::map:
      break;
  }
  return "a mapping";
}

Error error_at(const std::string& name, Position at, std::string_view message) {
  return {ErrorKind::usage, fmt::format("{}:{}:{}: {}", name, at.line, at.column, message)};
}

Result<NodePtr> parse_yaml(std::string_view text, const std::string& name) {
  const auto at_start = [&](std::string_view message) {
    return tl::unexpected(error_at(name, {}, message));
  };
  if (text.size() > kBytesMax)
    return at_start(fmt::format("a scenario is at most {} bytes, not {}", kBytesMax, text.size()));
  if (!is_utf8(text)) return at_start("not UTF-8 text");
  if (text.find('\0') != std::string_view::npos) return at_start("there is a NUL byte in it");
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    Builder builder;
    while (parser.HandleNextDocument(builder)) {
    }
    NodePtr root = builder.take();
    if (!root || root->kind == Node::Kind::null) return at_start("the scenario is empty");
    return root;
  } catch (const Refusal& refusal) {
    return tl::unexpected(error_at(name, refusal.at, refusal.message));
  } catch (const YAML::Exception& error) {
    const Position at = error.mark.is_null() ? Position{} : position_of(error.mark);
    return tl::unexpected(error_at(name, at, explain(text, at, error.msg)));
  }
}

}  // namespace rtctl::scenario
