#include "polystore/mongo/log.hpp"

#include "wrappers/mongo/driver.hpp"

#include <mongoc/mongoc.h>

#include <memory>
#include <mutex>
#include <utility>

namespace polystore::mongo {
namespace {

struct Log {
  std::mutex mutex;
  std::shared_ptr<const LogHandler> handler;  // guarded by mutex
};

// Never destroyed: the driver's threads may log until the process has ended.
Log& process_log() {
  static Log* const log = new Log();
  return *log;
}

void forward(mongoc_log_level_t level, const char* /*domain*/, const char* message,
             void* /*user_data*/) noexcept {
  std::shared_ptr<const LogHandler> handler;
  {
    const std::lock_guard lock(process_log().mutex);
    handler = process_log().handler;
  }
  if (handler) (*handler)(mongoc_log_level_str(level), message);
}

}  // namespace

void set_log_handler(LogHandler handler) {
  auto shared = handler ? std::make_shared<const LogHandler>(std::move(handler)) : nullptr;
  const std::lock_guard lock(process_log().mutex);
  process_log().handler = std::move(shared);
}

void initialise_driver() {
  static std::once_flag once;
  std::call_once(once, [] {
    mongoc_log_set_handler(&forward, nullptr);  // before mongoc_init, which logs
    mongoc_init();  // never undone: mongoc_cleanup would break every other user in this process
  });
}

}  // namespace polystore::mongo
