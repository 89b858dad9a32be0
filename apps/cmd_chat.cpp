// mueca chat: a conversation whose answers take into account what the face seems to express.
#include <langinfo.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <clocale>
#include <cmath>
#include <filesystem>
#include <iostream>

#include "apps/chat/offline.h"
#include "apps/chat/openai_provider.h"
#include "apps/chat/session.h"
#include "apps/chat/session_words.h"
#include "apps/chat/system_prompt.h"
#include "apps/chat/text.h"
#include "apps/chat_expression.h"
#include "apps/cmd_chat_finetune.h"
#include "apps/command.h"
#include "apps/interrupt.h"
#include "apps/terminal.h"
#include "core/files/atomic_file.h"
#include "data/pack.h"

namespace mueca {
namespace {

struct ChatArguments {
  std::string provider, base_url, model, token_field;
  std::string emotion, source, language = "auto", log, system;
  std::uint64_t seed = 0;
  int most_tokens = 400;
  bool no_emotion = false, yes = false, seed_given = false;
};

std::string from_environment(const char* name) {
  const char* value = std::getenv(name);
  return value ? value : "";
}

// Words leave this machine only when the command line says so: a key that happens to be in the environment does not.
std::string chosen_provider(const ChatArguments& a) {
  if (!a.provider.empty()) return a.provider;
  return a.base_url.empty() ? "offline" : "custom";
}

std::unique_ptr<ChatProvider> make_provider(const ChatArguments& a) {
  const std::string name = chosen_provider(a);
  if (name == "offline") {
    if (!a.base_url.empty() || !a.model.empty() || !a.token_field.empty())
      throw UsageError("--base-url, --model and --token-field are for a server: add --provider custom, openai, ...");
    return std::make_unique<OfflineProvider>(a.seed);
  }
  for (const ServerKind& kind : server_kinds()) {
    if (kind.name != name) continue;
    const std::string environment = kind.takes_environment ? from_environment("OPENAI_BASE_URL") : "";
    const std::string url = !a.base_url.empty()    ? a.base_url
                            : !environment.empty() ? environment
                                                   : std::string(kind.base_url);
    if (url.empty()) throw UsageError("--provider custom needs --base-url URL or OPENAI_BASE_URL");
    const ApiKey key = kind.takes_environment ? ApiKey::from_environment("OPENAI_API_KEY") : ApiKey();
    HttpClient client(url, key);
    client.cancel = &interrupt_requested();
    client.on_retry = [key](const std::string& why, double seconds) {
      std::cerr << key.redacted(printable(why)) << "; again in " << std::ceil(10 * seconds) / 10 << " s\n"
                << std::flush;
    };
    OpenAiOptions options{
        a.model, a.token_field.empty() ? std::string(kind.token_field) : a.token_field, a.most_tokens, {}};
    if (a.seed_given) options.seed = a.seed;
    return std::make_unique<OpenAiProvider>(std::move(client), std::move(options));
  }
  throw UsageError("--provider " + name + ": expected offline, openai, llamacpp, ollama or custom");
}

// Asks at the terminal before a camera opens; nobody to ask is a no.
bool consents(const SessionWords& words, bool terminal) {
  if (!terminal) return false;
  std::cerr << words.consent << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  return !answer.empty() && std::string_view("yYsS").find(answer[0]) != std::string_view::npos;
}

std::unique_ptr<ExpressionSource> make_expression(const ChatArguments& a, const SessionWords& words, bool terminal) {
  if (a.no_emotion) return nullptr;
  if (!a.emotion.empty()) return std::make_unique<FixedExpression>(a.emotion);
  const bool camera_by_itself = a.source.empty() && terminal && std::filesystem::exists("/dev/video0");
  const std::string source = camera_by_itself ? "0" : a.source;
  if (source.empty()) return nullptr;
  const bool camera = source_is_camera(source);
  if (camera && !a.yes && !consents(words, terminal)) {
    std::cerr << words.no_consent << (terminal ? "" : " (--yes)") << "\n";
    return nullptr;
  }
  try {
    return open_expression_source(source);
  } catch (const Error& error) {
    if (!camera) throw;  // a file that was typed wrong should be typed again
    std::cerr << error.what() << "\n" << words.no_consent << "\n";
    return nullptr;
  }
}

int chat(const ChatArguments& a) {
  const bool typed = isatty(STDIN_FILENO), watched = isatty(STDOUT_FILENO);
  std::setlocale(LC_CTYPE, "");
  ConversationOptions options;
  options.follow_language = a.language == "auto";
  options.language = a.language == "en"   ? Language::english
                     : a.language == "es" ? Language::spanish
                                          : language_of_environment();
  options.persona = a.system.empty() ? persona() : printable(read_file(a.system, 64 << 10));
  const SessionWords& words = session_words(options.language);

  const InterruptGuard guard(OnInterrupt::take_note);
  const std::unique_ptr<ChatProvider> provider = make_provider(a);
  const bool offline = chosen_provider(a) == "offline";
  auto log = a.log.empty() ? nullptr : std::make_unique<ChatLog>(a.log);
  auto expression = make_expression(a, words, typed);
  if (typed) {
    std::cerr << words.welcome << "\n" << words.sent << printable(provider->name()) << ".\n";
    if (offline && !from_environment("OPENAI_API_KEY").empty())
      std::cerr << "OPENAI_API_KEY is set; --provider openai would use it.\n";
  }
  Conversation conversation(*provider, options);
  const bool terminal = typed && watched;
  const auto lines = line_source(terminal, wants_color(STDOUT_FILENO) ? "\1\033[1m\1you>\1\033[0m\1 " : "you> ",
                                 interrupt_requested());
  const std::string_view codeset = nl_langinfo(CODESET);
  SessionView view{std::cout, std::cerr, terminal, wants_color(STDOUT_FILENO), codeset == "UTF-8", terminal_width()};
  return Session(conversation, *lines, std::move(expression), std::move(log), offline ? "[offline]" : "", view,
                 interrupt_requested())
      .run();
}

}  // namespace

Action declare_chat(CLI::App& app) {
  auto a = std::make_shared<ChatArguments>();
  app.add_option(
      "--provider", a->provider,
      "offline (the default: rules on this machine), openai, llamacpp, ollama, custom. openai and custom take "
      "OPENAI_API_KEY and OPENAI_BASE_URL from the environment");
  app.add_option("--base-url", a->base_url, "Of the server, usually ending in /v1; alone it means --provider custom");
  app.add_option("--model", a->model, "As the server calls it; not needed when it has just one");
  app.add_option("--max-tokens", a->most_tokens, "Longest answer; 0: the server decides")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--token-field", a->token_field, "The request's name for that")
      ->check(CLI::IsMember({"max_tokens", "max_completion_tokens"}));
  app.add_option("--system", a->system, "A file that says who the model shall be; rules about faces and safety stay")
      ->check(CLI::ExistingFile);
  auto* emotion = app.add_option("--emotion", a->emotion, "Pretend that the face expresses this")
                      ->check(CLI::IsMember(emotion_names()));
  auto* source = app.add_option("--source", a->source, "Camera (0, /dev/video2), clip or picture to look at");
  auto* none = app.add_flag("--no-emotion", a->no_emotion, "Look at no face, pass on no expression");
  emotion->excludes(source)->excludes(none);
  source->excludes(none);
  app.add_flag("--yes", a->yes, "The camera may open without asking");
  app.add_option("--language", a->language, "en, es, or auto: that of your words")
      ->check(CLI::IsMember({"en", "es", "auto"}));
  auto* seed =
      app.add_option("--seed", a->seed, "Same words and seed, same offline answers; servers get it, too, when given");
  app.add_option("--log", a->log, "Append the conversation to this file as JSON lines, readable for you alone");
  CLI::App* finetune = app.add_subcommand("finetune", "Training data for chat models, and the jobs that learn from it");
  const Action finetune_action = declare_chat_finetune(*finetune);
  return [a, seed, finetune, finetune_action] {
    if (finetune->parsed()) return finetune_action();
    a->seed_given = seed->count() > 0;
    return chat(*a);
  };
}

}  // namespace mueca
