// The tool `mueca`: the table of its commands.
#include "apps/cmd_embed.h"
#include "apps/command.h"

int main(int argc, char** argv) {
  using namespace mueca;
  const Command commands[] = {
      {"data", "Make packs of images, look into them, split and balance them", declare_data},
      {"train", "Train a network on a pack", declare_train},
      {"evaluate", "Score networks on a split of a pack", declare_evaluate},
      {"calibrate", "Fit how far a network's probabilities may be believed", declare_calibrate},
      {"compound", "Train a head for compound emotions", declare_compound},
      {"study", "Runs of many arms and seeds, held against published figures", declare_study},
      {"predict", "Find the faces of photos and say what they express", declare_predict},
      {"video", "Faces and their expressions in a film or a stream", declare_video},
      {"webcam", "The same from a camera", declare_webcam},
      {"capture", "Take labelled pictures of one's own face", declare_capture},
      {"chat", "Talk with a listener that takes your expression into account", declare_chat},
      {"features", "Write what a layer says about images", declare_features},
      {"embed", "Draw maps of images by PCA and t-SNE, and a page to explore them", declare_embed},
      {"export", "Write a checkpoint's network for other programs: ONNX, Keras, or to ship", declare_export},
      {"doctor", "What this build and this machine can do", declare_doctor},
  };
  return run_tool(argc, argv, commands);
}
