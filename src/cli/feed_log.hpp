// rtctl feed --log: write one activity to a feed.
#pragma once

#include "cli/command.hpp"
#include "cli/feed_flags.hpp"
#include "client/feed.hpp"

namespace rtctl::cli {

/// Logs the activity that the flags describe, once, however often it has to be tried. Returns the
/// exit code.
int run_feed_log(const FeedFlags& flags, const CommonOptions& common,
                 const client::FeedOptions& options);

}  // namespace rtctl::cli
