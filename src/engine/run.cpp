#include "rtctl/run.hpp"

#include "engine/run_control.hpp"

namespace rtctl {

Result<Summary> run(const Scenario& scenario, const RunOptions& options, std::stop_token stop) {
  const auto loop = make_asio_loop();
  std::optional<Summary> result;
  auto control = engine::start_run(*loop, scenario, options, [&](Summary summary) {
    result = std::move(summary);
    loop->stop();
  });
  if (!control) return tl::unexpected(control.error());
  const std::stop_callback on_stop(stop, [&] { loop->post([&] { (*control)->finish(); }); });
  loop->run();
  return std::move(*result);
}

}  // namespace rtctl
