#pragma once

#include "arguments.hpp"
#include "output.hpp"

#include <polystore/content_store.hpp>
#include <polystore/deadline.hpp>

namespace polystore::tool {

/// What a command works with. `deadline` is the end of all that it does.
struct Run {
  const Arguments& arguments;
  Deadline deadline;
  Output& output;
};

/// The commands. Each says what it found through `run.output` and returns its exit code.
/// Errors: those of the library.
ExitCode migrate(Run& run);
ExitCode doctor(Run& run);
ExitCode stats(Run& run);
ExitCode relay(Run& run);
ExitCode verify(Run& run);
ExitCode sweep(Run& run);
ExitCode dead_letters(Run& run);
ExitCode retain(Run& run);
ExitCode export_user(Run& run);
ExitCode prove_erased(Run& run);
ExitCode invalidate(Run& run);
ExitCode calibrate(Run& run);

/// The store that the arguments name. With none named, the embedded one, which must be there: in a
/// wrong folder a command would find an empty store, and nothing wrong with it.
/// Errors: invalid_argument when it is not there; those of ContentStore::open.
ContentStore open_store(const Run& run);

[[nodiscard]] nlohmann::ordered_json json_of(const StoreIdentity& identity);

}  // namespace polystore::tool
