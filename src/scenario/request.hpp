// The parts of a scenario that say what is sent and what a good answer is.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "scenario/reader.hpp"

namespace rtctl::scenario {

/// Header templates by lower-case name, so that later ones win over defaults.
using HeaderMap = std::map<std::string, Template>;

/// `headers:` of the mapping, over `headers`. Names are checked (RFC 9110, token), values too.
void read_headers(const ObjectReader& reader, HeaderMap& headers);
std::vector<HeaderTemplate> header_list(const HeaderMap& headers);

/// `json:` and `body:`, of which one may be there.
void read_body(const ObjectReader& reader, RequestTemplate& request);

/// YAML as JSON text, with runtime variables as holes; a text "@FILE" is the file's JSON.
std::optional<Template> read_json(Context& context, const Node& node);

/// `path:` (or another key of that type): below the target, or a whole URL.
void read_path(const ObjectReader& reader, std::string_view key, Template& path);

/// `request: { method, path, headers, json, body }` over the group's headers.
void read_request(const ObjectReader& reader, const HeaderMap& headers, RequestTemplate& request);

/// `expect:` of the mapping.
void read_expect(const ObjectReader& reader, Expectation& expect);

/// Whether the text is a JSON pointer (RFC 6901) to something inside the document.
bool is_pointer(std::string_view text);
bool is_token(std::string_view text);

}  // namespace rtctl::scenario
