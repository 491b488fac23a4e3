#pragma once

#include <cstddef>

#if defined(__linux__)
#include <sys/mman.h>
#endif

namespace polystore::detail {

/// The size of a page that processors have beside the usual ones.
inline constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;

/// Asks the system for such pages under memory that begins where one may; it need not have them.
inline void prefer_huge_pages(void* memory, std::size_t bytes) noexcept {
#if defined(MADV_HUGEPAGE)
  (void)::madvise(memory, bytes, MADV_HUGEPAGE);
#else
  (void)memory;
  (void)bytes;
#endif
}

}  // namespace polystore::detail
