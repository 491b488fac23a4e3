#pragma once

namespace polystore::mongo {

/// Prepares libmongoc, once per process. Threads: any.
void initialise_driver();

}  // namespace polystore::mongo
