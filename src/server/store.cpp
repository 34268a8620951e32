#include "server/store.hpp"

namespace rtctl::server {

Result<std::unique_ptr<Store>> make_store(const StoreOptions& options) {
  const std::string_view url = options.url;
  if (url == "memory") return make_memory_store();
  if (url.starts_with("sqlite:") && url.size() > 7) {
    return make_sqlite_store(std::string(url.substr(7)), options.connections);
  }
  if (url.starts_with("postgresql://") || url.starts_with("postgres://")) {
    return make_postgresql_store(options);
  }
  return usage_error("store \"" + options.url +
                     "\" is unknown; write sqlite:PATH, postgresql://USER@HOST/DATABASE or memory");
}

}  // namespace rtctl::server
