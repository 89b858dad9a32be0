#include "nn/keras.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>

#include "core/files/hdf5.h"
#include "nn/layers.h"
#include "nn/registry.h"

namespace mueca {
namespace {

namespace fs = std::filesystem;

// Conv1 [3, 3, 1, 4], bn_Conv1, Conv2_depthwise [3, 3, 4], Conv3 [1, 1, 4, 4], predictions [4, classes].
class TinyModel : public Model {
 public:
  explicit TinyModel(std::uint64_t seed, int classes = 7) : Model({.name = "tiny", .classes = classes}, Device::cpu) {
    Maker make{parameters, seed};
    make.conv("Conv1", 1, 4, 3);
    make.norm("bn_Conv1", 4);
    make.depthwise("Conv2_depthwise", 4, 3, 1, Pad::same);
    make.conv("Conv3", 4, 4, 1, 1, Pad::same, true);
    make.dense("predictions", 4, classes);
    parameters.flatten();
  }
  Tensor layers(const Tensor& x, const Context&) override { return x; }
};

std::vector<float> values_of(const Model& model) { return model.parameters.flat().to_vector(); }

void fill(Model& model, float start) {  // every value different
  for (auto& parameter : model.parameters)
    for (float& value : parameter.value.span()) value = start += 0.25f;
}

class Keras : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    path_ = fs::path(testing::TempDir()) / str("mueca_keras_", info->name(), "_", ::getpid(), ".h5");
    fill(source_, 1);
  }
  void TearDown() override { fs::remove(path_); }

  // Writes a parameter of source_ to a place in the file.
  void put(Hdf5File& file, const std::string& dataset, const char* parameter) {
    const Tensor& value = source_.parameters.find(parameter)->value;
    Shape shape = value.shape();
    if (std::string(parameter).ends_with("depthwise_kernel")) shape = {shape[0], shape[1], shape[2], 1};
    file.write<float>(dataset, shape, value.to_vector());
  }
  std::string message(Model& model, const KerasLoadOptions& options = {}) {
    const auto before = values_of(model);
    try {
      load_keras_weights(model, path_, options);
    } catch (const Error& error) {
      EXPECT_EQ(values_of(model), before) << "changed in spite of an error";
      const std::string text = error.what(), prefix = path_.string() + ": ";
      EXPECT_EQ(text.rfind(prefix, 0), 0u) << text;
      return text.substr(std::min(prefix.size(), text.size()));
    }
    return "no error";
  }

  fs::path path_;
  TinyModel source_{1}, target_{2};
};

TEST_F(Keras, EveryModelSurvivesBothLayouts) {
  for (const auto& name : model_names()) {
    ModelConfig config{.name = name, .width = 0.25f, .seed = 5};
    if (name == "vgg") config.variant = "keras";
    const auto saved = make_model(config);
    fill(*saved, 0);
    for (const auto layout : {KerasLayout::legacy, KerasLayout::keras3}) {
      save_keras_weights(*saved, path_, layout);
      config.seed = 6;
      const auto loaded = make_model(config);
      const KerasReport report = load_keras_weights(*loaded, path_, {.allow_other_head = false, .strict = true});
      EXPECT_EQ(report.layout, layout);
      EXPECT_EQ(report.matched.size(), saved->parameters.size());
      EXPECT_EQ(report.values, saved->parameters.value_count());
      EXPECT_EQ(values_of(*loaded), values_of(*saved)) << name;
    }
  }
}

TEST_F(Keras, WritesWhatKerasWrites) {
  save_keras_weights(source_, path_, KerasLayout::legacy);
  {
    const auto file = Hdf5File::open_read(path_);
    EXPECT_EQ(file.read_texts("/", "layer_names"),
              (std::vector<std::string>{"Conv1", "bn_Conv1", "Conv2_depthwise", "Conv3", "predictions"}));
    EXPECT_EQ(file.read_texts("bn_Conv1", "weight_names"),
              (std::vector<std::string>{"bn_Conv1/gamma:0", "bn_Conv1/beta:0", "bn_Conv1/moving_mean:0",
                                        "bn_Conv1/moving_variance:0"}));
    EXPECT_EQ(file.shape_of("Conv2_depthwise/Conv2_depthwise/depthwise_kernel:0"), (Shape{3, 3, 4, 1}));
  }
  save_keras_weights(source_, path_, KerasLayout::keras3);
  const auto file = Hdf5File::open_read(path_);
  EXPECT_EQ(file.list("layers"),
            (std::vector<std::string>{"batch_normalization", "conv2d", "conv2d_1", "dense", "depthwise_conv2d"}));
  EXPECT_TRUE(file.has_group("vars"));
  EXPECT_EQ(file.read_text("layers/conv2d_1/vars", "name"), "Conv3");
  EXPECT_EQ(file.shape_of("layers/conv2d_1/vars/0"), (Shape{1, 1, 4, 4}));
  EXPECT_EQ(file.list("layers/batch_normalization/vars").size(), 4u);
}

// model.save("x.h5") of Keras 2: everything within model_weights, a nested trunk as one layer, and names cut in parts.
TEST_F(Keras, ReadsWholeModelsNestedLayersAndLongLists) {
  {
    auto file = Hdf5File::create(path_);
    file.write_text("/", "model_config", R"({"class_name": "Lambda", "config": "never read"})");
    file.make_group("model_weights/input_1");
    file.write_texts("model_weights/input_1", "weight_names", {});
    const auto w = [&](const std::string& name, const char* parameter) {
      put(file, "model_weights/trunk/" + name, parameter);
    };
    w("Conv1/kernel:0", "Conv1/kernel");
    w("bn_Conv1/gamma:0", "bn_Conv1/gamma"), w("bn_Conv1/beta:0", "bn_Conv1/beta");
    w("bn_Conv1/moving_mean:0", "bn_Conv1/moving_mean"), w("bn_Conv1/moving_variance:0", "bn_Conv1/moving_variance");
    w("Conv2_depthwise/depthwise_kernel:0", "Conv2_depthwise/depthwise_kernel");
    w("Conv3/kernel:0", "Conv3/kernel"), w("Conv3/bias:0", "Conv3/bias");
    file.write_texts("model_weights/trunk", "weight_names0",
                     std::vector<std::string>{"Conv1/kernel:0", "bn_Conv1/gamma:0", "bn_Conv1/beta:0",
                                              "Conv2_depthwise/depthwise_kernel:0", "Conv3/kernel:0"});
    file.write_texts("model_weights/trunk", "weight_names1",
                     std::vector<std::string>{"Conv3/bias:0", "bn_Conv1/moving_mean:0", "bn_Conv1/moving_variance:0"});
    put(file, "model_weights/predictions/predictions_3/kernel:0", "predictions/kernel");  // built for the third time
    put(file, "model_weights/predictions/predictions_3/bias:0", "predictions/bias");
    file.write_texts("model_weights/predictions", "weight_names",
                     std::vector<std::string>{"predictions_3/kernel:0", "predictions_3/bias:0"});
    file.write_texts("model_weights", "layer_names", std::vector<std::string>{"input_1", "trunk", "predictions"});
  }
  load_keras_weights(target_, path_, {.allow_other_head = false, .strict = true});
  EXPECT_EQ(values_of(target_), values_of(source_));
}

// Names that say nothing, as Keras 1 wrote them ("block1_conv1_W_1:0" in the VGG16 weights).
TEST_F(Keras, ReadsKeras1Names) {
  {
    auto file = Hdf5File::create(path_);
    const auto layer = [&](const std::string& name, const std::vector<const char*>& parameters) {
      std::vector<std::string> names;
      for (const char* parameter : parameters) {
        names.push_back(str(name, "_w", names.size(), ":0"));
        put(file, name + "/" + names.back(), parameter);
      }
      file.write_texts(name, "weight_names", names);
    };
    layer("Conv1", {"Conv1/kernel"});
    layer("bn_Conv1", {"bn_Conv1/gamma", "bn_Conv1/beta", "bn_Conv1/moving_mean", "bn_Conv1/moving_variance"});
    layer("Conv2_depthwise", {"Conv2_depthwise/depthwise_kernel"});
    layer("Conv3", {"Conv3/kernel", "Conv3/bias"});
    layer("predictions", {"predictions/kernel", "predictions/bias"});
    file.write_texts("/", "layer_names", file.list("/"));
  }
  load_keras_weights(target_, path_, {.strict = true});
  EXPECT_EQ(values_of(target_), values_of(source_));
}

// Automatic names: layers pair by order within their kind, numbers compared as numbers.
TEST_F(Keras, PairsAutomaticNamesByOrder) {
  {
    auto file = Hdf5File::create(path_);
    put(file, "layers/conv2d_9/vars/0", "Conv1/kernel");
    put(file, "layers/conv2d_10/vars/0", "Conv3/kernel");
    put(file, "layers/conv2d_10/vars/1", "Conv3/bias");
    put(file, "layers/depthwise_conv2d/vars/0", "Conv2_depthwise/depthwise_kernel");
    put(file, "layers/dense/vars/0", "predictions/kernel");
    put(file, "layers/dense/vars/1", "predictions/bias");
    const char* norm[] = {"bn_Conv1/gamma", "bn_Conv1/beta", "bn_Conv1/moving_mean", "bn_Conv1/moving_variance"};
    for (int i = 0; i < 4; ++i) put(file, str("layers/batch_normalization/vars/", i), norm[i]);
    file.write<std::uint32_t>("layers/dropout/seed_generator/vars/0", {2}, std::vector<std::uint32_t>{1, 2});
    file.write<float>("optimizer/vars/0", {1}, std::vector<float>{1});
  }
  load_keras_weights(target_, path_, {.strict = true});
  EXPECT_EQ(values_of(target_), values_of(source_));

  auto file = Hdf5File::create(path_);
  put(file, "layers/conv2d/vars/0", "Conv1/kernel");
  file.close();
  EXPECT_EQ(message(target_),
            "no layer has a name of the model's, and by order it holds 1 convolution layers where the model has 2");
}

TEST_F(Keras, HeadOfAnotherTaskStaysAsItWas) {
  save_keras_weights(source_, path_, KerasLayout::legacy);
  TinyModel five(3, 5);
  const auto head = five.parameters.find("predictions/kernel")->value.to_vector();
  const KerasReport report = load_keras_weights(five, path_);
  EXPECT_EQ(report.missing, (std::vector<std::string>{"predictions/kernel", "predictions/bias"}));
  EXPECT_EQ(report.skipped,
            (std::vector<std::string>{"/predictions/predictions/kernel:0", "/predictions/predictions/bias:0"}));
  EXPECT_EQ(five.parameters.find("predictions/kernel")->value.to_vector(), head);
  EXPECT_EQ(five.parameters.find("Conv1/kernel")->value.to_vector(),
            source_.parameters.find("Conv1/kernel")->value.to_vector());
  EXPECT_EQ(message(five, {.allow_other_head = false}),
            "/predictions/predictions/kernel:0: expected shape [4, 5] for predictions/kernel, got [4, 7]");
  EXPECT_EQ(message(five, {.strict = true}),
            "2 weights have no place in the model, first /predictions/predictions/kernel:0");
}

TEST_F(Keras, WrongFilesAreRefusedAndChangeNothing) {
  {  // another stem
    auto file = Hdf5File::create(path_);
    file.write<float>("Conv1/Conv1/kernel:0", {3, 3, 3, 4}, std::vector<float>(108));
    file.write_texts("Conv1", "weight_names", std::vector<std::string>{"Conv1/kernel:0"});
    file.write_texts("/", "layer_names", std::vector<std::string>{"Conv1"});
  }
  EXPECT_EQ(message(target_), "/Conv1/Conv1/kernel:0: expected shape [3, 3, 1, 4] for Conv1/kernel, got [3, 3, 3, 4]");
  {  // only the stem
    auto file = Hdf5File::create(path_);
    put(file, "Conv1/Conv1/kernel:0", "Conv1/kernel");
    file.write_texts("Conv1", "weight_names", std::vector<std::string>{"Conv1/kernel:0"});
    file.write_texts("/", "layer_names", std::vector<std::string>{"Conv1"});
  }
  EXPECT_EQ(message(target_), "bn_Conv1 is missing");
  {
    auto file = Hdf5File::create(path_);
    file.write_texts("/", "layer_names", std::vector<std::string>{"../etc", "Conv1"});
  }
  EXPECT_EQ(message(target_), "layer_names lists '../etc', but there is no such group");
  {
    auto file = Hdf5File::create(path_);
    file.write<float>("x", {1}, std::vector<float>{1});
  }
  EXPECT_EQ(message(target_),
            "holds no Keras weights: neither layer_names (legacy .h5) nor layers/*/vars (.weights.h5)");

  source_.parameters.find("Conv3/bias")->value.span()[2] = std::nanf("");
  save_keras_weights(source_, path_, KerasLayout::keras3);
  EXPECT_EQ(message(target_), "/layers/conv2d_1/vars/1: value 2 is nan; weights must be finite");
}

// The trunks that keras.applications downloads, as published.
TEST(KerasFiles, MobilenetV2Trunks) {
  const fs::path folder = fs::path(MUECA_SHARED) / "weights";
  struct Case {
    const char* width;
    Index values;
  };
  for (const Case c : {Case{"1.0", 2'257'984}, Case{"0.35", 410'208}}) {
    const fs::path path = folder / str("mobilenet_v2_weights_tf_dim_ordering_tf_kernels_", c.width, "_224_no_top.h5");
    if (!fs::exists(path)) GTEST_SKIP() << "skipped: no " << path;
    const auto model = make_model({.name = "mobilenet_v2", .size = 96, .width = std::stof(c.width)});
    const KerasReport report = load_keras_weights(*model, path, {.strict = true});
    EXPECT_EQ(report.values, c.values);
    EXPECT_EQ(report.missing, (std::vector<std::string>{"predictions/kernel", "predictions/bias"}));
  }
}

}  // namespace
}  // namespace mueca
