// Tables of the HTML report.
#pragma once

#include <string>
#include <string_view>

namespace rtctl::report {

/// One cell; its text is escaped here.
std::string cell(std::string_view text, std::string_view kind = "");

/// The head of a column; `text` is HTML.
std::string head(std::string_view text, std::string_view kind = "");

/// A table that scrolls in itself, by keyboard too, where the window is narrower.
std::string table(std::string_view name, std::string_view kind, std::string_view heads,
                  std::string_view rows);

}  // namespace rtctl::report
