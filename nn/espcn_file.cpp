// The file of an Espcn: format tag, version, factor and weights.
#include "core/files/atomic_file.h"
#include "core/files/hdf5.h"
#include "nn/espcn.h"

namespace mueca {
namespace {

constexpr std::string_view kFormat = "mueca espcn";
constexpr std::int64_t kVersion = 1;
constexpr Hdf5Limits kLimits{.dataset_bytes = 1 << 20, .total_bytes = 4 << 20, .objects = 100, .depth = 4};

}  // namespace

void save_espcn(const std::filesystem::path& path, const Espcn& network) {
  AtomicFile target(path);
  Hdf5File file = Hdf5File::create(target.temporary());
  file.write_text("/", "format", kFormat);
  file.write_integer("/", "version", kVersion);
  file.write_integer("/", "factor", network.factor());
  for (const auto& parameter : network.parameters)
    file.write<float>("parameters/" + parameter.name, parameter.value.shape(), parameter.value.to_vector());
  file.close();
  target.commit();
}

std::unique_ptr<Espcn> load_espcn(const std::filesystem::path& path) {
  const auto file = Hdf5File::open_read(path, kLimits);
  check(file.has_attribute("/", "format") && file.read_text("/", "format") == kFormat, file.path(),
        ": is not an ESPCN network of mueca");
  const auto version = file.read_integer("/", "version");
  check(version == kVersion, file.path(), ": is an ESPCN network of version ", version, "; this build reads ",
        kVersion);
  const auto factor = file.read_integer("/", "factor");
  check(factor >= Espcn::kLeastFactor && factor <= Espcn::kMostFactor, file.path(), ": factor must be ",
        Espcn::kLeastFactor, " to ", Espcn::kMostFactor, ", got ", factor);
  auto network = std::make_unique<Espcn>(static_cast<int>(factor));
  for (const auto& parameter : network->parameters)
    file.read_finite_into("parameters/" + parameter.name, parameter.value.shape(), parameter.value.span());
  return network;
}

}  // namespace mueca
