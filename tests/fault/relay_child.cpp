// Relays until the outbox is empty: a process of its own that a test can kill.
//   fault_relay_child <metadata URL> <outputs URL> <lease in ms>
#include "polystore/error.hpp"

#include "adapters/mongo/factory.hpp"
#include "adapters/postgres/factory.hpp"
#include "write/relay.hpp"

#include <chrono>
#include <iostream>
#include <string>
#include <thread>

using namespace std::chrono_literals;

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  try {
    const auto metadata = polystore::adapters::postgres::open_metadata(argv[1]);
    const auto outputs = polystore::adapters::mongo::open_outputs(argv[2]);
    polystore::write::Relay relay(*metadata, *outputs,
                                  {.lease = std::chrono::milliseconds(std::stoi(argv[3]))});
    const auto give_up = polystore::Deadline::after(60s);
    while (!give_up.expired()) {
      (void)relay.run(polystore::Deadline::after(20s));
      if (metadata->outbox_stats(polystore::Deadline::after(20s)).pending == 0) return 0;
      std::this_thread::sleep_for(20ms);
    }
    std::cerr << "the outbox did not get empty\n";
  } catch (const std::exception& error) {
    std::cerr << error.what() << '\n';
  }
  return 1;
}
