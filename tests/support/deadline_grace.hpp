#pragma once

#include <chrono>

namespace polystore::test {

/// What a call may take beyond its deadline; more where a sanitizer slows what comes after it.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr std::chrono::milliseconds deadline_grace{500};
#else
inline constexpr std::chrono::milliseconds deadline_grace{100};
#endif

}  // namespace polystore::test
