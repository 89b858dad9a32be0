// A picture in, faces and their expressions out: consumer_photo PICTURE...
#include <iostream>

#include "apps/faces/picture.h"
#include "apps/faces/pipeline.h"

int main(int argc, char** argv) {
  try {
    mueca::FacePipeline pipeline({}, WEIGHTS);
    for (int i = 1; i < argc; ++i) {
      const auto faces = pipeline.see(mueca::read_picture(argv[i]));
      std::cout << argv[i] << ": " << faces.size() << " face(s)\n";
      for (const mueca::SeenFace& face : faces) {
        const auto label = static_cast<std::size_t>(face.expression.label);
        std::cout << "  " << pipeline.recognizer->classes[label] << " " << face.expression.probability[label] << " at "
                  << face.where.box << "\n";
      }
    }
  } catch (const mueca::Error& error) {  // says which file and why
    std::cerr << error.what() << "\n";
    return 1;
  }
}
