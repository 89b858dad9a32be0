// For tests alone: a server on 127.0.0.1 that answers as it is told and remembers what it was asked. The system chooses
// its port.
#pragma once
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "apps/chat/http.h"

namespace mueca {

struct TestRequest {
  std::string method, path, body;
  std::map<std::string, std::string> headers;  // names in lower case
  std::vector<FormPart> form;                  // of a multipart body
  std::size_t number = 0;                      // how many came before it, to any path
  std::map<std::string, std::string> query{};  // what follows the path's '?'
};

struct TestReply {
  int status = 200;
  std::string body, content_type = "application/json";
  std::vector<std::pair<std::string, std::string>> headers;
  // Instead of `body`: writes it piece by piece with `send`, which says whether the client is still there. Return false
  // to break the connection off instead of ending the answer.
  std::function<bool(const std::function<bool(std::string_view)>& send)> stream;
};

class TestServer {
 public:
  using Answer = std::function<TestReply(const TestRequest&)>;
  explicit TestServer(Answer answer, int port = 0);  // every method, every path; port 0: the system chooses
  ~TestServer();  // ends answers that still stream (`send` returns false), then stops

  std::string url() const;  // "http://127.0.0.1:40123"
  std::vector<TestRequest> received() const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Sleeps in small steps while the server runs and the client listens; false: stop. For answers that stall.
bool stall(double seconds, const std::function<bool(std::string_view)>& send);

}  // namespace mueca
