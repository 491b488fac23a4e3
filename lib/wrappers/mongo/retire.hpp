#pragma once

#include <functional>

namespace polystore::mongo {

/// Runs `destroy` on a thread of its own and waits a moment for it: what holds a driver's pool may
/// take seconds to destroy, because the driver waits for its threads, and they for a silent server.
/// The end of the process waits for what is still under way. Never throws; any thread.
void retire(std::function<void()> destroy) noexcept;

}  // namespace polystore::mongo
