// The one list of what the server is made of.
#include "server/activity_endpoint.hpp"
#include "server/chat_endpoint.hpp"
#include "server/completion_endpoint.hpp"
#include "server/endpoints.hpp"
#include "server/operations.hpp"
#include "server/page_endpoint.hpp"
#include "server/static_files.hpp"
#include "server/status_endpoint.hpp"

namespace rtctl::server {

const std::vector<MakePart>& all_parts() {
  static const std::vector<MakePart> kParts{make_operations, make_status,      make_chat,
                                            make_activity,   make_completions, make_static_files,
                                            make_pages};
  return kParts;
}

}  // namespace rtctl::server
