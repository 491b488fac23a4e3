// Puts contents into the store that the environment names, and prints their ids.
#include <polystore/polystore.hpp>

#include <cstdlib>
#include <iostream>
#include <string>

int main(int argc, char** argv) {
  try {
    const int count = argc == 2 ? std::atoi(argv[1]) : 0;
    auto store = polystore::ContentStore::open();
    store.ensure_user(1, "Ada");
    for (int i = 0; i < count; ++i) {
      std::cout << store
                       .put({.title = "title " + std::to_string(i),
                             .model = "model",
                             .user_id = 1,
                             .output = polystore::Document::from_json(R"({"text": "hello"})"),
                             .tags = {"tool"}})
                       .to_string()
                << '\n';
    }
    return count > 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
    return 1;
  }
}
