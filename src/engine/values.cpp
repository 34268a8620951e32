#include "engine/values.hpp"

#include <fmt/format.h>

namespace rtctl::engine {

scenario::Value UserValues::value(const Variable& variable) const {
  switch (variable.kind) {
    case Variable::Kind::user_index:
      text_ = fmt::to_string(user_);
      return {text_, true};
    case Variable::Kind::iteration:
      text_ = fmt::to_string(iteration_);
      return {text_, true};
    case Variable::Kind::now:
      text_ = format_rfc3339(site_->wall_at(site_->now()));
      return {text_, false};
    case Variable::Kind::feeder: {
      const Feeder& feeder = site_->scenario.feeders[variable.feeder];
      const FeederValue& cell = feeder.rows[user_ % feeder.rows.size()][variable.column];
      return {cell.text, cell.is_json};
    }
    case Variable::Kind::capture:
      if (captures_ == nullptr || variable.capture >= captures_->size()) return {};
      return {(*captures_)[variable.capture].text, (*captures_)[variable.capture].is_json};
  }
  return {};
}

}  // namespace rtctl::engine
