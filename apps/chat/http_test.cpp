#include "apps/chat/http.h"

#include <gtest/gtest.h>

#include <future>
#include <thread>

#include "apps/chat/test_server.h"

namespace mueca {
namespace {

constexpr const char* kKey = "sk-test-0123456789";

HttpLimits quick() {
  HttpLimits limits;
  limits.connect_seconds = 2, limits.total_seconds = 20;
  limits.retry.first_delay = 0.01;
  return limits;
}

template <class Work>
std::string error_of(Work work) {
  try {
    work();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(ChatHttp, PostsJsonWithTheKeyInOneHeader) {
  TestServer server([](const TestRequest&) {
    return TestReply{200, R"({"ok":true})", "application/json; charset=utf-8", {}, {}};
  });
  HttpClient client(server.url() + "/v1/", ApiKey(kKey), quick());
  const HttpResponse response = client.post_json("/chat/completions", R"({"a":1})");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body, R"({"ok":true})");
  const TestRequest request = server.received().at(0);
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.path, "/v1/chat/completions");
  EXPECT_EQ(request.body, R"({"a":1})");
  EXPECT_EQ(request.headers.at("content-type"), "application/json");
  EXPECT_EQ(request.headers.at("authorization"), std::string("Bearer ") + kKey);
  for (const auto& [name, value] : request.headers)
    EXPECT_EQ(value.find(kKey) == std::string::npos, name != "authorization") << name;
}

TEST(ChatHttp, PostsFormsAndGets) {
  TestServer server([](const TestRequest& r) { return TestReply{200, r.method, "text/plain", {}, {}}; });
  HttpClient client(server.url(), ApiKey(), quick());
  const FormPart parts[] = {{"purpose", "fine-tune", "", ""}, {"file", "{}\n{}\n", "a.jsonl", "application/jsonl"}};
  EXPECT_EQ(client.post_form("/files", parts).body, "POST");
  EXPECT_EQ(client.get("/models").body, "GET");
  const TestRequest request = server.received().at(0);
  ASSERT_EQ(request.form.size(), 2u);
  EXPECT_EQ(request.form[0].name, "file");
  EXPECT_EQ(request.form[0].file_name, "a.jsonl");
  EXPECT_EQ(request.form[0].content, "{}\n{}\n");
  EXPECT_EQ(request.form[1].content, "fine-tune");
  EXPECT_FALSE(request.headers.contains("authorization"));
}

TEST(ChatHttp, StreamsOnlyGoodAnswers) {
  TestServer server([](const TestRequest& r) {
    if (r.path == "/bad") return TestReply{400, "no", "text/plain", {}, {}};
    TestReply reply;
    reply.stream = [](const auto& send) { return send("one ") && stall(0.05, send) && send("two"); };
    return reply;
  });
  HttpClient client(server.url(), ApiKey(), quick());
  std::string seen;
  const OnBytes see = [&](std::string_view bytes) { seen += bytes; };
  EXPECT_TRUE(client.post_json("/good", "{}", see).body.empty());
  EXPECT_EQ(seen, "one two");
  EXPECT_EQ(client.post_json("/bad", "{}", see).body, "no");
  EXPECT_EQ(seen, "one two");
}

TEST(ChatHttp, TriesAgainWhereThatHelpsAndSaysSo) {
  TestServer server([](const TestRequest& r) {
    if (r.path == "/twice" && r.number < 2) return TestReply{503, "", "text/plain", {}, {}};
    if (r.path == "/never") return TestReply{401, "who?", "text/plain", {}, {}};
    if (r.path == "/asked-not-to") return TestReply{500, "", "text/plain", {{"x-should-retry", "false"}}, {}};
    if (r.path == "/always")
      return TestReply{429, "", "text/plain", {{"Retry-After-Ms", "5"}, {"Retry-After", "60"}}, {}};
    if (r.path == "/tomorrow") return TestReply{429, "", "text/plain", {{"Retry-After", "86400"}}, {}};
    return TestReply{};
  });
  HttpClient client(server.url(), ApiKey(), quick());
  std::vector<double> waits;
  client.on_retry = [&](const std::string&, double seconds) { waits.push_back(seconds); };
  EXPECT_EQ(client.get("/twice").status, 200);
  EXPECT_EQ(server.received().size(), 3u);
  ASSERT_EQ(waits.size(), 2u);
  EXPECT_GT(waits[1], waits[0]);
  EXPECT_EQ(client.get("/never").status, 401);
  EXPECT_EQ(client.get("/asked-not-to").status, 500);
  EXPECT_EQ(waits.size(), 2u);
  EXPECT_EQ(client.get("/always").status, 429);
  ASSERT_EQ(waits.size(), 4u);
  EXPECT_EQ(waits[3], 0.005);
  const HttpResponse tomorrow = client.get("/tomorrow");
  EXPECT_EQ(tomorrow.hints.after, 86400);
  EXPECT_EQ(waits.size(), 4u);
}

TEST(ChatHttp, AConnectionThatBreaksIsTriedAgainOnlyBeforeItsFirstByte) {
  TestServer server([](const TestRequest& r) {
    TestReply reply;
    reply.stream = [first = r.path == "/late"](const auto& send) {
      if (first) send("partly");
      return false;
    };
    return reply;
  });
  HttpClient client(server.url(), ApiKey(), quick());
  EXPECT_THROW(client.post_json("/late", "{}", [](std::string_view) {}), HttpError);
  EXPECT_EQ(server.received().size(), 1u);
  EXPECT_THROW(client.post_json("/early", "{}", [](std::string_view) {}), HttpError);
  EXPECT_EQ(server.received().size(), 4u);
}

TEST(ChatHttp, RefusesAnAnswerThatIsTooLargeAtOnce) {
  TestServer server([](const TestRequest&) { return TestReply{200, std::string(5000, 'x'), "text/plain", {}, {}}; });
  HttpLimits limits = quick();
  limits.body_bytes = 4000;
  HttpClient client(server.url(), ApiKey(), limits);
  EXPECT_EQ(error_of([&] { client.get("/"); }), server.url() + " answered with more than 4000 bytes");
  std::size_t seen = 0;
  EXPECT_THROW(client.post_json("/", "{}", [&](std::string_view b) { seen += b.size(); }), HttpError);
  EXPECT_LE(seen, 4000u);
  EXPECT_EQ(server.received().size(), 2u);
}

TEST(ChatHttp, NamesAServerThatIsNotThere) {
  std::string url;
  {
    url = TestServer([](const TestRequest&) { return TestReply{}; }).url();
  }  // its port is free again
  HttpClient client(url, ApiKey(kKey), quick());
  int retries = 0;
  client.on_retry = [&](const std::string&, double) { ++retries; };
  const std::string error = error_of([&] { client.get("/models"); });
  EXPECT_NE(error.find(url), std::string::npos) << error;
  EXPECT_EQ(error.find(kKey), std::string::npos) << error;
  EXPECT_EQ(retries, 2);
}

TEST(ChatHttp, FollowsNoRedirect) {
  TestServer other([](const TestRequest&) { return TestReply{}; });
  TestServer server([&](const TestRequest&) {
    return TestReply{302, "", "text/plain", {{"Location", other.url()}}, {}};
  });
  HttpClient client(server.url(), ApiKey(kKey), quick());
  EXPECT_EQ(client.get("/").status, 302);
  EXPECT_TRUE(other.received().empty());
}

TEST(ChatHttp, StopsAtOnceWhenCancelled) {
  std::promise<void> asked;
  TestServer server([&](const TestRequest&) {
    TestReply reply;
    reply.stream = [&](const auto& send) {
      asked.set_value();
      return stall(60, send);
    };
    return reply;
  });
  HttpClient client(server.url(), ApiKey(), quick());
  std::atomic<bool> cancel{false};
  client.cancel = &cancel;
  std::thread presser([&] {
    asked.get_future().wait();
    cancel = true;
  });
  EXPECT_THROW(client.post_json("/", "{}"), HttpCancelled);  // and not the time limit's HttpError
  presser.join();
}

TEST(ChatHttp, GivesUpOnAServerThatStalls) {
  TestServer server([](const TestRequest&) {
    TestReply reply;
    reply.stream = [](const auto& send) { return stall(60, send); };
    return reply;
  });
  HttpLimits limits = quick();
  limits.total_seconds = 0.1, limits.retry.most = 1;
  HttpClient client(server.url(), ApiKey(), limits);
  EXPECT_NE(error_of([&] { client.get("/"); }).find("timed out"), std::string::npos);
  EXPECT_EQ(server.received().size(), 2u);
}

TEST(ChatHttp, AKeyLeavesThisMachineOnlyEncrypted) {
  const ApiKey key(kKey);
  for (const char* good : {"https://example.org/v1", "http://127.0.0.1:8080/v1", "http://127.8.9.1",
                           "http://[::1]:80/v1", "http://localhost:11434/v1", "HTTP://LOCALHOST/v1/"})
    EXPECT_EQ(error_of([&] { HttpClient(good, key); }), "no error") << good;
  for (const char* bad : {"http://example.org/v1", "http://127.0.0.1.example.org", "http://localhost.example.org/",
                          "http://128.0.0.1/", "http://[::2]/", "http://0.0.0.0/"}) {
    const std::string error = error_of([&] { HttpClient(bad, key); });
    EXPECT_NE(error.find("unencrypted"), std::string::npos) << bad << ": " << error;
    EXPECT_EQ(error_of([&] { HttpClient(bad, ApiKey()); }), "no error") << bad;
  }
  for (const char* bad : {"", "ftp://example.org", "file:///etc/passwd", "example.org/v1", "https://", "https://a b/",
                          "https://me:pass@example.org/v1", "https://example.org/v1?key=1", "https://example.org/#v1"})
    EXPECT_NE(error_of([&] { HttpClient(bad, key); }), "no error") << bad;
}

TEST(ChatHttp, AKeyThatCannotStandInAHeaderIsRefusedWithoutQuotingIt) {
  for (const char* bad : {"sk-1\nHost: evil", "sk 2", "sk-\xc3\xa9"}) {
    const std::string error = error_of([&] { ApiKey key{bad}; });
    EXPECT_NE(error, "no error") << bad;
    EXPECT_EQ(error.find("sk"), std::string::npos) << error;
  }
  EXPECT_EQ(ApiKey(kKey).redacted(str("a ", kKey, " b ", kKey)), "a [key] b [key]");
  EXPECT_EQ(ApiKey().redacted("as it is"), "as it is");
}

TEST(ChatHttp, AnEchoedKeyIsRedactedInBodies) {
  TestServer server([](const TestRequest& r) {
    return TestReply{401, r.headers.at("authorization"), "text/plain", {}, {}};
  });
  EXPECT_EQ(HttpClient(server.url(), ApiKey(kKey), quick()).get("/").body, "Bearer [key]");
}

TEST(ChatHttpRetry, WaitsAsTheConventionSays) {
  const RetryPolicy policy;
  EXPECT_EQ(retry_delay(policy, 0, 500, {}, 0), 0.5);
  EXPECT_EQ(retry_delay(policy, 1, 500, {}, 0), 1.0);
  EXPECT_EQ(retry_delay(policy, 1, 0, {}, 0.5), 0.875);
  EXPECT_FALSE(retry_delay(policy, 2, 500, {}, 0));
  for (const long status : {0, 408, 409, 429, 500, 503}) EXPECT_TRUE(retry_delay(policy, 0, status, {}, 0)) << status;
  for (const long status : {302, 400, 401, 404, 413, 422})
    EXPECT_FALSE(retry_delay(policy, 0, status, {}, 0)) << status;
  EXPECT_EQ(retry_delay(policy, 0, 429, {120, {}}, 0.9), 120);
  EXPECT_FALSE(retry_delay(policy, 0, 429, {121, {}}, 0));
  EXPECT_TRUE(retry_delay(policy, 0, 400, {{}, true}, 0));
  EXPECT_FALSE(retry_delay(policy, 0, 500, {{}, false}, 0));
  RetryPolicy patient;
  patient.most = 10;
  EXPECT_EQ(retry_delay(patient, 9, 500, {}, 0), 8);
}

TEST(ChatHttpRetry, ReadsSecondsAndDates) {
  EXPECT_EQ(parse_retry_after("1.5", 0), 1.5);
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 40), 60);
  EXPECT_EQ(parse_retry_after("Thu, 01 Jan 1970 00:01:40 GMT", 400), 0);
  for (const char* bad : {"", "soon", "-3", "nan", "inf"}) EXPECT_FALSE(parse_retry_after(bad, 0)) << bad;
}

}  // namespace
}  // namespace mueca
