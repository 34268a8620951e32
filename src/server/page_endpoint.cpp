#include "server/page_endpoint.hpp"

#include "base/check.hpp"
#include "server/pages.hpp"

namespace rtctl::server {
namespace {

// Browsers ask for this one by themselves, whatever a page says.
constexpr std::string_view kFavicon = "/favicon.ico";
constexpr std::string_view kIcon = "/assets/icon.svg";

class PageEndpoint final : public Endpoint, public Part {
 public:
  explicit PageEndpoint(bool is_tls) : is_tls_(is_tls) {}

  void add_routes(Router& router) {
    for (const Page& page : all_pages())
      add_route(router, page.path);
    add_route(router, std::string(kFavicon));
  }

  void handle(ExchangePtr exchange) override {
    const Request& request = exchange->request();
    const Page* page = find_page(request.path == kFavicon ? kIcon : request.path);
    RTCTL_CHECK(page != nullptr);  // there are routes for pages only
    auto moved = page->is_document ? move_token_to_cookie(request, is_tls_) : std::nullopt;
    exchange->respond(moved ? std::move(*moved) : page_response(*page));
  }

 private:
  void add_route(Router& router, std::string path) {
    Route route;
    route.path = std::move(path);
    route.methods = {"GET"};
    route.endpoint = this;
    route.metrics_name = "pages";
    router.add(std::move(route));
  }

  bool is_tls_;
};

}  // namespace

Result<std::unique_ptr<Part>> make_pages(ServerContext& context, Router& router) {
  auto pages = std::make_unique<PageEndpoint>(!context.options.tls_certificate.empty());
  pages->add_routes(router);
  return pages;
}

}  // namespace rtctl::server
