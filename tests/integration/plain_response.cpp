// Stores or shows one plain response, for tests of what other programs see of it.
//   plain_response <sqlite URL> <redis URL> set <key>      stores what comes in
//   plain_response <sqlite URL> <redis URL> get <key>      shows it; status 1: there is none
#include "polystore/polystore.hpp"

#include <chrono>
#include <exception>
#include <iostream>
#include <iterator>
#include <string>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  try {
    auto store = polystore::ContentStore::open(
        {.metadata = argv[1], .responses = argv[2], .response_deadline = 20s});
    if (std::string(argv[3]) == "set") {
      store.responses().set(argv[4], std::string(std::istreambuf_iterator<char>(std::cin), {}), 1h);
      return 0;
    }
    const auto value = store.responses().get(argv[4]);
    std::cout << value.value_or("");
    return value ? 0 : 1;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
}
