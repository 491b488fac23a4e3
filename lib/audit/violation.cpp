#include "polystore/maintenance.hpp"

#include <array>

namespace polystore {
namespace {

struct Description {
  std::string_view name;
  std::string_view invariant;
};

constexpr std::array<Description, violations> descriptions{{
    {"output_missing", "I1"},
    {"output_damaged", "I1"},
    {"body_incomplete", "I1"},
    {"output_outdated", "I3"},
    {"output_ahead", "I3"},
    {"copy_differs", "I3"},
    {"orphan_output", "I4"},
    {"orphan_body", "I4"},
    {"dead_entry", "I4"},
    {"entry_of_erased", "I5"},
    {"row_of_erased", "I5"},
}};

const Description& description_of(Violation violation) noexcept {
  return descriptions[static_cast<std::size_t>(violation)];
}

}  // namespace

std::string_view to_string(Violation violation) noexcept { return description_of(violation).name; }

std::string_view invariant_of(Violation violation) noexcept {
  return description_of(violation).invariant;
}

}  // namespace polystore
