// POST /v1/chat/completions: a made-up answer at the pace of a language model.
#pragma once

#include "server/endpoints.hpp"

namespace rtctl::server {

Result<std::unique_ptr<Part>> make_completions(ServerContext& context, Router& router);

}  // namespace rtctl::server
