// The one list of what the server is made of.
#include "server/endpoints.hpp"
#include "server/page_endpoint.hpp"

namespace rtctl::server {

const std::vector<MakePart>& all_parts() {
  static const std::vector<MakePart> kParts{make_pages};
  return kParts;
}

}  // namespace rtctl::server
