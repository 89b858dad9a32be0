#include "apps/vision/consent.h"

#include <unistd.h>

#include <iostream>

#include "apps/faces/frame_source.h"
#include "core/error.h"

namespace mueca {

void ask_consent(const std::string& source, bool agreed, const std::string& stored) {
  if (!names_camera(source)) return;
  expect_camera(source);
  std::cerr << "mueca is about to open the camera " << source
            << " and to guess expressions of every face in view. Everyone in view should know and agree.\n"
               "Pictures stay on this machine; "
            << stored
            << "\nNot for use at work or in education: there, inferring emotions is prohibited in the EU (AI Act, "
               "Article 5(1)(f)).\n";
  if (agreed) return;
  check(::isatty(STDIN_FILENO), "the camera stays closed: nobody can be asked here; agree in advance with --yes");
  std::cerr << "Open the camera? [y/N] " << std::flush;
  std::string answer;
  std::getline(std::cin, answer);
  check(answer == "y" || answer == "Y" || answer == "yes", "the camera stays closed");
}

}  // namespace mueca
