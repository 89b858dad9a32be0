// The sections of a study's story, each told into one Teller; tell.cpp puts them in order.
#pragma once
#include <functional>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "apps/report/tell.h"
#include "apps/report/teller.h"

namespace mueca {

// The figures that no section has shown yet.
class Figures {
 public:
  Figures(std::vector<StoryFigure> figures, bool images);

  std::vector<StoryFigure> take_if(const std::function<bool(const StoryFigure&)>& wanted);
  std::vector<StoryFigure> take(std::initializer_list<std::string_view> kinds);            // stems KIND and KIND-...
  std::vector<StoryFigure> take_arm(const std::string& arm, const StudyResults& results);  // stems ...-ARM[-...]
  int left_out() const { return left_out_; }                                               // made of pictures

 private:
  std::vector<StoryFigure> figures_;
  int left_out_ = 0;
};

std::string label_of(const StudyArm& arm);
std::string label_of(const Study& study, const std::string& name);  // the name itself when there is no such arm
std::string interval_of(const ArmResult& arm);  // "95 % interval 65.1 to 68.2": over seeds, or of one seed over images

void tell_data(Teller& to, const Study& study, const StudyResults& results, Figures& figures);
void tell_method(Teller& to, const Study& study, const StudyResults& results, const StoryOptions& options);
void tell_results(Teller& to, const StudyResults& results, Figures& figures);
void tell_benchmarks(Teller& to, const StudyResults& results, Figures& figures);
void tell_claims(Teller& to, const Study& study, const StudyResults& results, Figures& figures);
void tell_again(Teller& to, const Study& study, const StudyResults& results, const StoryOptions& options);

}  // namespace mueca
