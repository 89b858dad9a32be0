// What the user sees while a model trains: on a terminal one bar that is redrawn, elsewhere plain lines; then one line
// per epoch. All of it goes to stderr.
#pragma once
#include <cstdint>
#include <string>

#include "apps/task_bar.h"

namespace mueca {

// What is known at the end of an epoch; shares are in [0, 1].
struct EpochFigures {
  int epoch = 0, epochs = 0;  // 1-based
  double train_loss = 0, train_accuracy = 0;
  double select_loss = 0, select_accuracy = 0;  // on the split that chooses the best epoch; NaN without one
  double best_accuracy = 0;
  int best_epoch = 0;
  double learning_rate = 0, gradient_norm = 0;
  double images_per_second = 0;
  double seconds = 0;  // this epoch, validation included
  double memory_gib = 0;
};

// epoch 12/50  loss 0.982/1.104  acc 63.9/61.2 (best 61.8 @10)  lr 3.0e-4  8 412 img/s  mem 1.9 GiB  00:31  ETA 19:40
std::string epoch_line(const EpochFigures& figures, double eta_seconds);

std::string clock_text(double seconds);        // "00:31", "1:02:03"
std::string grouped(std::int64_t number);      // "8 412"
std::string short_rate(double learning_rate);  // "3.0e-4"

class ProgressDisplay {
 public:
  explicit ProgressDisplay(bool live, bool quiet = false);  // see terminal.h: wants_live_bar(); quiet: errors only

  void begin(int epoch, int epochs, std::int64_t steps);
  void step(std::int64_t done, double loss, double images_per_second);
  void line(const std::string& text) { bar_.line(text); }  // clears the bar first

 private:
  TaskBar bar_;
};

}  // namespace mueca
