#include "report/html_table.hpp"

#include <fmt/format.h>

#include "report/format.hpp"

namespace rtctl::report {

std::string cell(std::string_view text, std::string_view kind) {
  return kind.empty() ? fmt::format("<td>{}</td>", escaped(text))
                      : fmt::format("<td class=\"{}\">{}</td>", kind, escaped(text));
}

std::string head(std::string_view text, std::string_view kind) {
  return fmt::format("<th scope=\"col\" class=\"{}\">{}</th>", kind, text);
}

std::string table(std::string_view name, std::string_view kind, std::string_view heads,
                  std::string_view rows) {
  return fmt::format(
      "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"{}\"><table class=\"{}\">"
      "<thead><tr>{}</tr></thead><tbody>{}</tbody></table></div>",
      escaped(name), kind, heads, rows);
}

}  // namespace rtctl::report
