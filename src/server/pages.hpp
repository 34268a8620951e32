// The pages that people open: the files of server/pages, built into the program.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http.hpp"

namespace rtctl::server {

/// One file as it is served. Everything here lives as long as the program.
struct Page {
  std::string path;               ///< "/realtime", or "/assets/style.css"
  std::string_view content_type;  ///< with the charset
  std::string_view body;
  std::string etag;          ///< strong, quoted: a digest of the body
  bool is_document = false;  ///< opened by a person, rather than by another page
};

/// All pages and what they are made of. The page of a document `name.html` is `/name` (`/` for
/// index.html); everything else is under `/assets/`.
const std::vector<Page>& all_pages();

/// The page of a path (without query), or nullptr.
const Page* find_page(std::string_view path);

/// 200 with the page, its ETag, and the fields that keep others from putting script into it or
/// it into a frame. Answers an `If-None-Match` not itself: the session does, for everything.
Response page_response(const Page& page);

/// Browsers cannot send a token in a field of their own, so a document may be opened once with
/// `?access_token=`: 303 to itself without it, and the token in a cookie that no script can read
/// (200 with `Refresh` when a link on another site led there).
/// nullopt when there is nothing to move. `request` has passed authentication.
std::optional<Response> move_token_to_cookie(const Request& request, bool is_tls);

}  // namespace rtctl::server
