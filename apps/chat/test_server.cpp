#include "apps/chat/test_server.h"

#include <httplib.h>

#include <atomic>
#include <chrono>
#include <mutex>
#include <thread>

namespace mueca {

struct TestServer::Impl {
  httplib::Server server;
  Answer answer;
  std::atomic<bool> stopping{false};
  std::mutex mutex;
  std::vector<TestRequest> received;
  int port = 0;
  std::thread thread;

  void handle(const httplib::Request& in, httplib::Response& out) {
    TestRequest request{in.method, in.path, in.body, {}, {}, 0};
    for (const auto& [name, value] : in.headers) {
      std::string low = name;
      for (char& c : low) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      request.headers[low] = value;
    }
    for (const auto& [name, value] : in.params) request.query[name] = value;
    for (const auto& [name, file] : in.files)
      request.form.push_back({file.name, file.content, file.filename, file.content_type});
    {
      const std::lock_guard lock(mutex);
      request.number = received.size();
      received.push_back(request);
    }
    TestReply reply = answer(request);
    out.status = reply.status;
    for (const auto& [name, value] : reply.headers) out.set_header(name, value);
    if (!reply.stream) {
      out.set_content(reply.body, reply.content_type);
      return;
    }
    out.set_chunked_content_provider(reply.content_type,
                                     [this, stream = std::move(reply.stream)](std::size_t, httplib::DataSink& sink) {
                                       const bool whole = stream([&](std::string_view bytes) {
                                         if (stopping || !sink.is_writable()) return false;
                                         return bytes.empty() || sink.write(bytes.data(), bytes.size());
                                       });
                                       if (whole) sink.done();
                                       return whole;
                                     });
  }
};

TestServer::TestServer(Answer answer, int port) : impl_(std::make_unique<Impl>()) {
  impl_->answer = std::move(answer);
  const auto handler = [impl = impl_.get()](const httplib::Request& in, httplib::Response& out) {
    impl->handle(in, out);
  };
  impl_->server.Get(".*", handler);
  impl_->server.Post(".*", handler);
  impl_->server.Delete(".*", handler);
  impl_->port = port;
  if (port == 0)
    impl_->port = impl_->server.bind_to_any_port("127.0.0.1");
  else
    check(impl_->server.bind_to_port("127.0.0.1", port), "port ", port, " of 127.0.0.1 is taken");
  check(impl_->port > 0, "no free port on 127.0.0.1");
  impl_->thread = std::thread([impl = impl_.get()] { impl->server.listen_after_bind(); });
  while (!impl_->server.is_running()) std::this_thread::sleep_for(std::chrono::milliseconds(1));
}

TestServer::~TestServer() {
  impl_->stopping = true;
  impl_->server.stop();
  impl_->thread.join();
}

std::string TestServer::url() const { return str("http://127.0.0.1:", impl_->port); }

std::vector<TestRequest> TestServer::received() const {
  const std::lock_guard lock(impl_->mutex);
  return impl_->received;
}

bool stall(double seconds, const std::function<bool(std::string_view)>& send) {
  for (int step = 0; step < seconds * 100; ++step) {
    if (!send("")) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return true;
}

}  // namespace mueca
