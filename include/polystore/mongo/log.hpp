#pragma once

#include "polystore/export.hpp"

#include <functional>
#include <string_view>

namespace polystore::mongo {

/// Gets what libmongoc logs. `level` is "error", "warning", "info", …; the texts are the driver's
/// and may name hosts.
using LogHandler = std::function<void(std::string_view level, std::string_view message)>;

/// libmongoc has one log for the whole process, and prints to stderr by default. The first Pool
/// replaces that by silence; this passes the log on instead, or with an empty handler stops that.
/// Call mongoc_log_set_handler after the first Pool to take the log over wholly. Threads: any; the
/// handler is called from the driver's threads and must not throw.
POLYSTORE_EXPORT void set_log_handler(LogHandler handler);

}  // namespace polystore::mongo
