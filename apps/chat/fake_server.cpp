// mueca_chat_server [PORT]: the tests' echoing server to try `mueca chat --base-url` against; no model. Ends with
// Ctrl-C.
#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>

#include "apps/chat/fake_model.h"

int main(int argc, char** argv) {
  using namespace mueca;
  int port = 0;
  if (argc > 1) {
    const char* end = argv[1] + std::strlen(argv[1]);
    const auto [at, error] = std::from_chars(argv[1], end, port);
    if (error != std::errc{} || at != end || port < 1 || port > 65535) {
      std::fprintf(stderr, "mueca_chat_server: %s is no port; usage: mueca_chat_server [PORT]\n", argv[1]);
      return 2;
    }
  }
  sigset_t stops;
  sigemptyset(&stops);
  sigaddset(&stops, SIGINT), sigaddset(&stops, SIGTERM);
  sigprocmask(SIG_BLOCK, &stops, nullptr);  // in the server's threads, too
  try {
    const TestServer server([](const TestRequest& request) { return echo_model(request, 0.05); }, port);
    std::printf("mueca chat --base-url %s/v1\n", server.url().c_str());
    std::fflush(stdout);
    int which = 0;
    sigwait(&stops, &which);
  } catch (const Error& error) {
    std::fprintf(stderr, "mueca_chat_server: %s\n", error.what());
    return 1;
  }
}
