// vector_writer <redis url> <folder> <writer>: takes steps (vector_steps.hpp) until it is killed.
// Prints "p <step>" after each put and "e <step>" after each erase that was acknowledged.
#include "polystore/polystore.hpp"

#include "fault/vector_steps.hpp"

#include <unistd.h>

#include <cstdio>
#include <exception>
#include <string>

using namespace polystore;

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    const std::string writer = argv[3];
    auto store = ContentStore::open({.metadata = std::string("sqlite:") + argv[2] + "/writer.db",
                                     .responses = "memory:",
                                     .vectors = argv[1],
                                     .deadline = std::chrono::seconds(20)});
    for (int step = 0; step < test::most_steps; ++step) {
      store.vectors().put(test::step_vector(writer, step));
      std::printf("p %d\n", step);
      std::fflush(stdout);
      if (!test::step_erases(step)) continue;
      store.vectors().erase(test::step_name(writer, step - 2));
      std::printf("e %d\n", step - 2);
      std::fflush(stdout);
    }
    for (;;) pause();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
