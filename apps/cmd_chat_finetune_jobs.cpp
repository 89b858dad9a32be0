// mueca chat finetune submit, watch, cancel: one job on any server that speaks files and fine_tuning/jobs.
#include <CLI/CLI.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>

#include "apps/chat/finetune/job_run.h"
#include "apps/chat/finetune/validate.h"
#include "apps/cmd_chat_finetune.h"
#include "apps/interrupt.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

constexpr const char* kStateHelp = "The file that remembers the job between commands";

struct EndpointArguments {
  JobEndpoint endpoint;
  std::string key_variable = "OPENAI_API_KEY";
};

void declare_endpoint(CLI::App& app, EndpointArguments& a) {
  app.add_option("--base-url", a.endpoint.base_url, "The server, e.g. https://host/v1")->envname("OPENAI_BASE_URL");
  app.add_option("--jobs-path", a.endpoint.jobs_path, "Where it keeps jobs")->capture_default_str();
  app.add_option("--files-path", a.endpoint.files_path, "Where it takes files")->capture_default_str();
}

void declare_key(CLI::App& app, EndpointArguments& a) {
  app.add_option("--key-variable", a.key_variable, "The environment variable that holds the key, if there is one")
      ->capture_default_str();
}

JobApi open_api(const EndpointArguments& a) {
  if (a.endpoint.base_url.empty()) throw UsageError("no server: give --base-url, or set OPENAI_BASE_URL");
  JobApi api(a.endpoint, ApiKey::from_environment(a.key_variable.c_str()));
  api.on_retry([](const std::string& why, double seconds) { std::cerr << why << "; again in " << seconds << " s\n"; });
  return api;
}

// The state file's server, which is where the job is.
JobApi open_api(const fs::path& state, EndpointArguments a) {
  a.endpoint = load_job_state(state).endpoint;
  return open_api(a);
}

int interrupted(const std::string& how_to_go_on) {
  std::cerr << "mueca: interrupted; " << how_to_go_on << "\n";
  return kExitInterrupted;
}

int finish(const Job& job) {
  if (job.status == "succeeded") {
    std::cout << job.fine_tuned_model << "\n";
    return kExitOk;
  }
  return job.ended() ? kExitFailure : kExitOk;
}

struct SubmitArguments {
  EndpointArguments server;
  std::string training, validation, state;
  JobRequest request;
  bool send = false;
};

void check_examples(const fs::path& path) {
  const ValidationReport report = validate_examples(path, {});
  check(report.bad == 0, report.bad ? report.problems.front() : "", "; ", report.bad,
        " bad lines, nothing was sent ('mueca chat finetune validate' lists them)");
  check(report.examples > 0, path.string(), ": holds no example, nothing was sent");
  if (report.warned) std::cerr << report.warnings.front() << " (" << report.warned << " warnings in all)\n";
}

int submit(SubmitArguments a) {
  SubmitOptions options{a.training, a.validation, a.state, a.request};
  if (a.state.empty()) options.state = fs::path(a.training).parent_path() / "job.json";
  JobApi api = open_api(a.server);
  check_examples(options.training);
  if (!a.validation.empty()) check_examples(options.validation);
  if (!a.send) {
    std::cout << request_preview(options, api.endpoint());
    std::cerr << "\na dry run: nothing was sent; --send does\n";
    return kExitOk;
  }
  const InterruptGuard guard;
  api.set_cancel(&interrupt_requested());
  try {
    submit_job(options, api, std::cerr);
  } catch (const HttpCancelled&) {
    return interrupted("the same command goes on, what is uploaded stays so");
  }
  std::cerr << "follow it: mueca chat finetune watch " << options.state.string() << "\n";
  return kExitOk;
}

struct WatchArguments {
  EndpointArguments server;
  std::string state, job;
  WatchOptions options;
};

int watch(const WatchArguments& a) {
  if (!a.job.empty()) {
    check(!fs::exists(a.state), a.state, ": is there already; name another file for job ", a.job);
    if (a.server.endpoint.base_url.empty()) throw UsageError("--job wants --base-url, or OPENAI_BASE_URL");
    JobState state;
    state.endpoint = open_api(a.server).endpoint();
    state.job = a.job;
    save_job_state(state, a.state);
  }
  JobApi api = open_api(a.state, a.server);
  const InterruptGuard guard;
  try {
    return finish(watch_job(a.state, api, a.options, &interrupt_requested(), std::cerr));
  } catch (const HttpCancelled&) {
    return interrupted("the job runs on; 'mueca chat finetune watch " + a.state + "' goes on from here");
  }
}

struct CancelArguments {
  EndpointArguments server;
  std::string state;
  bool send = false;
};

int cancel(const CancelArguments& a) {
  JobState state = load_job_state(a.state);
  check(!state.job.empty(), a.state, ": holds no job");
  JobApi api = open_api(a.state, a.server);
  if (!a.send) {
    std::cout << "POST " << api.endpoint().base_url << api.endpoint().jobs_path << "/" << state.job << "/cancel\n";
    std::cerr << "a dry run: nothing was sent; --send does\n";
    return kExitOk;
  }
  const Job job = api.cancel(state.job);
  state.status = job.status;
  save_job_state(state, a.state);
  std::cerr << "job " << job.id << ": " << job.status << "\n";
  return kExitOk;
}

// --send and --no-dry-run are the same; --dry-run is the default and may be said.
void declare_send(CLI::App& app, bool& send) {
  app.add_flag("--send,--no-dry-run,!--dry-run", send, "Really send it; without it the request is printed (--dry-run)");
}

}  // namespace

Action declare_finetune_submit(CLI::App& app) {
  auto a = std::make_shared<SubmitArguments>();
  app.add_option("training", a->training, "Chat JSONL to train on")->required();
  app.add_option("--validation", a->validation, "Chat JSONL to measure on");
  app.add_option("--model", a->request.model, "The model to begin with, as the server names it")->required();
  declare_endpoint(app, a->server);
  declare_key(app, a->server);
  app.add_option("--suffix", a->request.suffix, "Becomes part of the new model's name; at most 64 characters");
  app.add_option("--seed", a->request.seed, "The job's seed");
  app.add_option("--epochs", a->request.epochs, "n_epochs; the server chooses without it");
  app.add_option("--batch-size", a->request.batch_size, "The server chooses without it");
  app.add_option("--learning-rate-multiplier", a->request.learning_rate_multiplier, "The server chooses without it");
  app.add_option("--state", a->state, std::string(kStateHelp) + " (default: job.json beside the training file)");
  declare_send(app, a->send);
  return [a] { return submit(*a); };
}

Action declare_finetune_watch(CLI::App& app) {
  auto a = std::make_shared<WatchArguments>();
  app.add_option("state", a->state, kStateHelp)->required();
  app.add_option("--job", a->job, "A job that another program started: makes the state file");
  declare_endpoint(app, a->server);
  declare_key(app, a->server);
  app.add_option("--interval", a->options.interval, "Seconds between two looks")
      ->capture_default_str()
      ->check(CLI::Range(0.05, 86400.0));
  app.add_option("--patience", a->options.patience, "Seconds without a usable answer before it gives up")
      ->capture_default_str()
      ->check(CLI::NonNegativeNumber);
  app.add_flag("--once", a->options.once, "One look");
  return [a] { return watch(*a); };
}

Action declare_finetune_cancel(CLI::App& app) {
  auto a = std::make_shared<CancelArguments>();
  app.add_option("state", a->state, kStateHelp)->required();
  declare_key(app, a->server);
  declare_send(app, a->send);
  return [a] { return cancel(*a); };
}

}  // namespace mueca
