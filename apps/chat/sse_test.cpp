#include "apps/chat/sse.h"

#include <gtest/gtest.h>

#include <vector>

#include "apps/chat/completion.h"

namespace mueca {
namespace {

std::vector<std::string> events_of(std::string_view bytes, std::size_t piece) {
  std::vector<std::string> events;
  SseParser parser([&](const std::string& data) { events.push_back(data); });
  for (std::size_t at = 0; at < bytes.size(); at += piece) parser.feed(bytes.substr(at, piece));
  parser.finish();
  return events;
}

TEST(ChatSse, ReadsEveryLineEndingInAnyPieces) {
  for (const char* stream :
       {"data: a\n\ndata: b\ndata: c\n\n", "data: a\r\n\r\ndata: b\r\ndata: c\r\n\r\n", "data:a\r\rdata:b\rdata:c\r\r",
        "\xef\xbb\xbf"
        "data: a\n\n: comment\nid: 7\nevent: x\ndata: b\ndata: c"})
    for (const std::size_t piece : {1, 2, 3, 100})
      EXPECT_EQ(events_of(stream, piece), (std::vector<std::string>{"a", "b\nc"}))
          << stream << " in pieces of " << piece;
}

TEST(ChatSse, IgnoresWhatIsNoData) {
  EXPECT_TRUE(events_of("", 1).empty());
  EXPECT_TRUE(events_of(": ping\n\n\n\nretry: 10\n\ndatax: y\n\n", 5).empty());
  EXPECT_EQ(events_of("data\n\n", 1), std::vector<std::string>{""});
}

TEST(ChatSse, AnEventHasALimit) {
  SseParser parser([](const std::string&) {}, 100);
  EXPECT_NO_THROW(parser.feed("data: " + std::string(80, 'x') + "\n\n"));
  EXPECT_THROW(parser.feed("data: " + std::string(101, 'x')), Error);
  SseParser lines([](const std::string&) {}, 100);
  EXPECT_THROW(for (int i = 0; i < 20; ++i) lines.feed("data: 0123456789\n"), Error);
}

std::string text_of(const std::string& body, const std::string& type = "text/event-stream") {
  std::string text;
  Completion completion("server", [&](std::string_view piece) { text += piece; });
  completion.feed(body);
  completion.finish(type);
  return text;
}

std::string error_of(const std::string& body, const std::string& type = "text/event-stream") {
  try {
    return "no error: " + text_of(body, type);
  } catch (const ContextTooLong& error) {
    return std::string("too long: ") + error.what();
  } catch (const Error& error) {
    return error.what();
  }
}

TEST(ChatCompletion, ReadsStreamsOfManyServers) {
  const std::string a = R"(data: {"choices":[{"delta":{"role":"assistant","content":null}}]})", nl = "\n\n";
  const std::string b = R"(data: {"choices":[{"delta":{"content":"Hi"}}],"x":[1]})";
  const std::string c = R"(data: {"choices":[{"delta":{"content":" you"},"finish_reason":"stop"}]})";
  const std::string usage = R"(data: {"choices":[],"usage":{"total_tokens":3}})", done = "data: [DONE]";
  EXPECT_EQ(text_of(a + nl + b + nl + c + nl + usage + nl + done + nl), "Hi you");
  EXPECT_EQ(text_of(b + nl + c), "Hi you");               // no [DONE], no last blank line
  EXPECT_EQ(text_of(b + nl + done + nl + c + nl), "Hi");  // nothing counts after it
  EXPECT_EQ(text_of(": OPENROUTER PROCESSING" + nl + b + nl), "Hi");
  EXPECT_EQ(text_of(R"({"choices":[{"message":{"content":"all at once"}}]})", "application/json"), "all at once");
  EXPECT_EQ(text_of(R"(data: {"choices":[{"delta":{"refusal":"no"}}]})" + nl), "no");
}

TEST(ChatCompletion, SaysWhatIsWrong) {
  EXPECT_EQ(error_of(R"(data: {"error":{"message":"overloaded","code":503}})"
                     "\n\n"),
            "server: overloaded");
  EXPECT_EQ(error_of(R"({"error":"model crashed"})", "application/json"), "server: model crashed");
  EXPECT_EQ(error_of(R"(data: {"error":{"message":"n_ctx","type":"exceed_context_size_error"}})"
                     "\n\n"),
            "too long: n_ctx");
  EXPECT_NE(error_of("<html>hello</html>", "text/html").find("text/html instead of a chat completion"),
            std::string::npos);
  EXPECT_NE(error_of("hello", "text/plain").find("text/plain"), std::string::npos);
  EXPECT_NE(error_of("").find("without a word"), std::string::npos);
  EXPECT_NE(error_of("data: [DONE]\n\n").find("without a word"), std::string::npos);
  EXPECT_NE(error_of("data: {nonsense\n\n").find("JSON"), std::string::npos);
  EXPECT_NE(error_of("data: " + std::string(500, '[') + "\n\n").find("nested"), std::string::npos);
  for (const char* odd : {"[]", "7", "null", R"({"choices":7})", R"({"choices":[7]})", R"({"choices":[{"delta":7}]})",
                          R"({"choices":[{"delta":{"content":7}}]})"})
    EXPECT_NE(error_of(std::string("data: ") + odd + "\n\n").find("without a word"), std::string::npos) << odd;
}

}  // namespace
}  // namespace mueca
