// --static DIR: a folder of one's own under /static/.
#pragma once

#include "server/endpoints.hpp"

namespace rtctl::server {

Result<std::unique_ptr<Part>> make_static_files(ServerContext& context, Router& router);

}  // namespace rtctl::server
