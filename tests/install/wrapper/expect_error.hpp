#pragma once

#include <polystore/deadline.hpp>
#include <polystore/error.hpp>
#include <polystore/version.hpp>

#include <chrono>
#include <cstdlib>
#include <iostream>

/// Calls `use` where there is no server or no folder: what the library throws must be caught here
/// as the same type. Prints the component and the version that is linked.
template <class Use>
int expect_error(const char* component, polystore::Backend backend, Use use) {
  const auto version = polystore::linked_version();
  std::cout << component << ' ' << version.major << '.' << version.minor << '.' << version.patch;
  try {
    use(polystore::Deadline::after(std::chrono::seconds(5)));
  } catch (const polystore::Error& error) {
    std::cout << ": " << error.what() << '\n';
    const bool as_expected = error.backend() == backend && version == polystore::header_version;
    return as_expected ? EXIT_SUCCESS : EXIT_FAILURE;
  }
  std::cout << ": no error, although there is nothing to connect to\n";
  return EXIT_FAILURE;
}
