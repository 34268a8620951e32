#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "rtctl/sse.hpp"
#include "transcript.hpp"

using rtctl::sse::Event;
using rtctl::sse::Parser;
using rtctl::test::parse;
using rtctl::test::Transcript;
using namespace std::string_literals;

namespace {

using Lines = std::vector<std::string>;

struct Row {
  const char* why;
  std::string input;
  Lines expected;
};

const std::vector<Row> kRows{
    {"one event", "data: a\n\n", {"event|message|a|", "id|"}},
    {"no space after the colon", "data:a\n\n", {"event|message|a|", "id|"}},
    {"only one leading space goes", "data:  a \n\n", {"event|message| a |", "id|"}},
    {"a tab is no space", "data:\ta\n\n", {"event|message|\ta|", "id|"}},
    {"data lines are joined by LF",
     "data: a\ndata: b\ndata\ndata:c\n\n",
     {"event|message|a\nb\n\nc|", "id|"}},
    {"an empty data field is an event", "data\n\n", {"event|message||", "id|"}},
    {"two empty data fields are one LF", "data\ndata\n\n", {"event|message|\n|", "id|"}},
    {"data with a colon only", "data:\n\n", {"event|message||", "id|"}},
    {"data may hold colons", "data: a:b: c\n\n", {"event|message|a:b: c|", "id|"}},
    {"no data, no event", "event: x\n\n", {"id|"}},
    {"the type does not outlive its block", "event: x\n\ndata: a\n\n", {"event|message|a|", "id|"}},
    {"a named event", "event: tick\ndata: a\n\n", {"event|tick|a|", "id|"}},
    {"the last type counts", "event: a\nevent: b\ndata: 1\n\n", {"event|b|1|", "id|"}},
    {"an empty type is message", "event: a\nevent:\ndata: 1\n\n", {"event|message|1|", "id|"}},
    {"an id stays for later events",
     "id: 7\ndata: a\n\ndata: b\n\n",
     {"event|message|a|7*", "event|message|b|7", "id|7"}},
    {"an empty id clears",
     "id: 7\ndata: a\n\nid\ndata: b\n\n",
     {"event|message|a|7*", "event|message|b|*", "id|"}},
    {"an id without data is committed", "id: 9\n\n", {"id|9"}},
    {"the last id of a block counts", "id: 1\nid: 2\ndata: a\n\n", {"event|message|a|2*", "id|2"}},
    {"an id with NUL is ignored",
     "id: 1\n\nid: 2\0003\ndata: a\n\n"s,
     {"event|message|a|1", "id|1"}},
    {"NUL in data stays", "data: a\0b\n\n"s, {"event|message|a\0b|"s, "id|"}},
    {"comments",
     ":\n: one\n:two\n:  three\n",
     {"comment|", "comment|one", "comment|two", "comment| three", "id|"}},
    {"a comment inside an event",
     "data: a\n:x\ndata: b\n\n",
     {"comment|x", "event|message|a\nb|", "id|"}},
    {"unknown fields are ignored", "foo: 1\nDATA: x\n data: y\ndata : z\n\n", {"id|"}},
    {"retry", "retry: 1500\n", {"retry|1500", "id|"}},
    {"retry takes digits only",
     "retry: 1.5\nretry: -1\nretry: 1s\nretry:  1\nretry:\nretry\nretry: 0x1\n",
     {"id|"}},
    {"retry with leading zeros", "retry:007\n", {"retry|7", "id|"}},
    {"a huge retry is held at the most there is",
     "retry: 99999999999999999999999\n",
     {"retry|18446744073709551615", "id|"}},
    {"EOF discards the unfinished event and its id", "id: 1\ndata: a\n", {"id|"}},
    {"EOF discards an unfinished line", "data: a\n\ndata: b", {"event|message|a|", "id|"}},
    {"a byte order mark at the start goes",
     "\xEF\xBB\xBF"
     "data: a\n\n",
     {"event|message|a|", "id|"}},
    {"only one byte order mark goes",
     "\xEF\xBB\xBF\xEF\xBB\xBF"
     "data: a\n\n",
     {"id|"}},
    {"a byte order mark on a later line is text",
     "\n\xEF\xBB\xBF"
     "data: a\n\n",
     {"id|"}},
    {"a byte order mark alone on a line", "\xEF\xBB\xBF\ndata: a\n\n", {"event|message|a|", "id|"}},
    {"half a byte order mark is text",
     "\xEF\xBB"
     "data: a\n\n",
     {"id|"}},
    {"blank lines alone", "\n\n\n", {"id|"}},
    {"valid UTF-8 stays",
     "data: \xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\n\n",
     {"event|message|\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80|", "id|"}},
    {"invalid UTF-8 becomes U+FFFD",
     "data: a\xFF"
     "b\xC3\nid: \x80\nevent: \xF0\x9F\x98\ndata: \xED\xA0\x80\n\n",
     {"event|\xEF\xBF\xBD|a\xEF\xBF\xBD"
      "b\xEF\xBF\xBD\n\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD*",
      "id|\xEF\xBF\xBD"}},
    {"overlong and out of range UTF-8",
     "data: \xC0\xAF|\xE0\x80\xAF|\xF4\x90\x80\x80|\xF5\n\n",
     {"event|message|\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|"
      "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD|\xEF\xBF\xBD|",
      "id|"}},
    {"invalid UTF-8 in a comment", ":\xFE\n", {"comment|\xEF\xBF\xBD", "id|"}},
};

Lines parse_whole(const std::string& input) {
  return parse({input});
}

/// `text` with every LF replaced by the line end that `choose` gives.
template <typename Choose>
std::string with_line_ends(const std::string& text, Choose choose) {
  std::string result;
  for (const char c : text) {
    if (c == '\n') {
      result += choose();
    } else {
      result += c;
    }
  }
  return result;
}

}  // namespace

TEST_CASE("sse parser: the standard's rules, whole") {
  for (const Row& row : kRows) {
    CAPTURE(row.why);
    CHECK(parse_whole(row.input) == row.expected);
  }
}

TEST_CASE("sse parser: the same wherever one cut falls, and byte by byte") {
  for (const Row& row : kRows) {
    CAPTURE(row.why);
    const std::string_view input = row.input;
    std::vector<std::string_view> single_bytes;
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      CAPTURE(cut);
      CHECK(parse({input.substr(0, cut), input.substr(cut)}) == row.expected);
      if (cut < input.size()) single_bytes.push_back(input.substr(cut, 1));
    }
    CHECK(parse(single_bytes) == row.expected);
  }
}

TEST_CASE("sse parser: the same for CR, CRLF and any mix, at any cut") {
  std::mt19937 random(7);
  MESSAGE("seed 7");
  const std::vector<std::string> ends{"\n", "\r", "\r\n"};
  for (const Row& row : kRows) {
    CAPTURE(row.why);
    // An LF right after a lone CR would make one CRLF of two line ends, so CRLF stands in for it.
    for (int round = 0; round < 6; ++round) {
      std::string last;
      const std::string input = with_line_ends(row.input, [&] {
        const std::size_t kinds = round < 3 ? std::size_t(round) : random() % 3;
        last = ends[last == "\r" && kinds == 0 && round >= 3 ? 2 : kinds];
        return last;
      });
      CAPTURE(round);
      CHECK(parse_whole(input) == row.expected);
      const std::string_view view = input;
      for (std::size_t cut = 0; cut <= view.size(); ++cut) {
        CHECK(parse({view.substr(0, cut), view.substr(cut)}) == row.expected);
      }
    }
  }
}

TEST_CASE("sse parser: random cuts of a long stream change nothing") {
  std::string stream = "\xEF\xBB\xBF";
  std::mt19937 random(11);
  MESSAGE("seed 11");
  for (int index = 0; index < 300; ++index) {
    stream += "id: " + std::to_string(index) + "\r\n";
    if (index % 3 == 0) stream += ": beat\r";
    if (index % 5 == 0) stream += "event: e\xC3\r\n";
    stream += "data: " + std::string(random() % 200, 'x') + "\xE2\x82\n";
    if (index % 2 == 0) stream += "data: \xF0\x9F\x98\x80\n";
    stream += index % 7 == 0 ? "\r" : "\n";
  }
  const Lines whole = parse_whole(stream);
  REQUIRE(whole.size() == 300 + 100 + 1);
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string_view> pieces;
    std::string_view rest = stream;
    while (!rest.empty()) {
      const std::size_t length = std::min<std::size_t>(1 + random() % (1 + round * 5), rest.size());
      pieces.push_back(rest.substr(0, length));
      rest.remove_prefix(length);
    }
    REQUIRE(parse(pieces) == whole);
  }
}

TEST_CASE("sse parser: a lone CR ends its line at once") {
  Parser parser;
  Transcript transcript;
  REQUIRE(parser.feed("data: a\r\r", transcript));
  CHECK(transcript.lines == Lines{"event|message|a|"});
  REQUIRE(parser.feed("\ndata: b\r\n", transcript));
  CHECK(transcript.lines.size() == 1);  // the LF belonged to the CR
  REQUIRE(parser.feed("\r", transcript));
  CHECK(transcript.lines == Lines{"event|message|a|", "event|message|b|"});
}

TEST_CASE("sse parser: 10,000 events in one feed") {
  std::string stream;
  for (int index = 0; index < 10'000; ++index)
    stream += "id: " + std::to_string(index) + "\ndata: {\"n\":" + std::to_string(index) + "}\n\n";
  const Lines lines = parse_whole(stream);
  REQUIRE(lines.size() == 10'001);
  CHECK(lines.front() == "event|message|{\"n\":0}|0*");
  CHECK(lines.back() == "id|9999");
}

TEST_CASE("sse parser: an event within one read is not copied") {
  struct Where final : rtctl::sse::Listener {
    void on_event(const Event& event) override { data = event.data.data(); }
    const char* data = nullptr;
  } where;
  const std::string stream = "event: x\ndata: abc\n\n";
  Parser parser;
  REQUIRE(parser.feed(stream, where));
  CHECK(where.data == stream.data() + stream.find("abc"));
}

TEST_CASE("sse parser: 16 MiB in one event, whole and in pieces") {
  const std::string data(std::size_t{16} << 20, 'x');
  const std::string stream = "id: big\ndata: " + data + "\ndata: y\n\n";
  std::vector<std::string_view> pieces;
  for (std::size_t from = 0; from < stream.size(); from += 16'384)
    pieces.push_back(std::string_view(stream).substr(from, 16'384));
  const Lines expected{"event|message|" + data + "\ny|big*", "id|big"};
  CHECK((parse_whole(stream) == expected));
  CHECK((parse(pieces) == expected));
}

TEST_CASE("sse parser: the limit holds for lines, events and comments, at any cut") {
  struct LimitRow {
    const char* why;
    std::string input;
    bool fits;
  };
  const std::vector<LimitRow> rows{
      {"a line of the limit", "data: " + std::string(34, 'x') + "\n\n", true},
      {"a line over the limit", "data: " + std::string(35, 'x') + "\n\n", false},
      {"an unknown field over the limit", "x: " + std::string(38, 'x') + "\n\n", false},
      {"a comment over the limit", ":" + std::string(40, 'x') + "\n\n", false},
      {"lines that add up",
       "data: " + std::string(20, 'x') + "\ndata: " + std::string(15, 'x') + "\n\n", false},
      {"many comments do not add up", ": 0123456789\n: 0123456789\n: 0123456789\n: 0123456789\n",
       true},
      {"many events do not add up", "data: 0123456789\n\ndata: 0123456789\n\ndata: 0123456789\n\n",
       true},
      {"a line that never ends", std::string(41, 'x'), false},
      {"type and id count",
       "event: " + std::string(15, 'x') + "\nid: " + std::string(15, 'x') + "\ndata: 12345\n\n",
       false},
  };
  for (const LimitRow& row : rows) {
    CAPTURE(row.why);
    const std::string_view input = row.input;
    for (std::size_t cut = 0; cut <= input.size(); ++cut) {
      const Lines lines = parse({input.substr(0, cut), input.substr(cut)}, 40);
      CHECK((lines.back() == "too long") == !row.fits);
    }
  }
}

TEST_CASE("sse parser: after the limit every feed fails until a reset") {
  Parser parser(10);
  Transcript transcript;
  CHECK_FALSE(parser.feed("data: 123456789", transcript));
  CHECK_FALSE(parser.feed("\n\n", transcript));
  parser.reset();
  CHECK(parser.feed("data: 1\n\n", transcript));
  CHECK(transcript.lines == Lines{"event|message|1|"});
}

TEST_CASE("sse parser: a new stream keeps the last event id and forgets the unfinished event") {
  Parser parser;
  Transcript transcript;
  REQUIRE(parser.feed("id: 5\ndata: a\n\nid: 6\ndata: b\nda", transcript));
  parser.reset();
  CHECK(parser.last_event_id() == "5");
  REQUIRE(
      parser.feed("\xEF\xBB\xBF"
                  "data: c\n\n",
                  transcript));
  CHECK(transcript.lines.back() == "event|message|c|5");
}

TEST_CASE("sse parser: an id given beforehand is carried by events without one") {
  Parser parser;
  Transcript transcript;
  parser.set_last_event_id("42");
  REQUIRE(parser.feed("data: a\n\n", transcript));
  CHECK(transcript.lines == Lines{"event|message|a|42"});
}

TEST_CASE("sse parser: reset in a callback ends the feed under way") {
  struct Resetter final : rtctl::sse::Listener {
    explicit Resetter(Parser& used) : parser(used) {}
    void on_event(const Event&) override {
      ++events;
      parser.reset();
    }
    Parser& parser;
    int events = 0;
  };
  Parser parser;
  Resetter resetter(parser);
  CHECK(parser.feed("data: a\n\ndata: b\n\ndata: c", resetter));
  CHECK(resetter.events == 1);
  CHECK(parser.feed("data: ", resetter));
  CHECK(parser.feed("x\n\ndata: y\n\n", resetter));
  CHECK(resetter.events == 2);
}

TEST_CASE("sse parser: a few words when idle") {
  CHECK(sizeof(Parser) <= 64);
}
