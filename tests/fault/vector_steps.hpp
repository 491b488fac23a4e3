#pragma once

#include "polystore/vectors.hpp"

#include <string>
#include <vector>

namespace polystore::test {

/// What the writers of these tests do: step n puts vector n, and each fifth one then erases the
/// vector two steps before.
inline const Tenant writers_tenant = Tenant::named("writers");

/// One search gives what is left of so many.
inline constexpr int most_steps = 900;

inline VectorName step_name(const std::string& writer, int step) {
  return {.tenant = writers_tenant, .id = writer + "/" + std::to_string(step)};
}

inline Vector step_vector(const std::string& writer, int step) {
  return {.name = step_name(writer, step),
          .values = {1, static_cast<float>(step % 100), static_cast<float>(step % 7)},
          .model = "m",
          .tags = {writer}};
}

inline bool step_erases(int step) { return step % 5 == 4; }

}  // namespace polystore::test
