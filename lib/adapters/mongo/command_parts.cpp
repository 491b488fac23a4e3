#include "adapters/mongo/command_parts.hpp"

#include "polystore/error.hpp"

#include <algorithm>
#include <chrono>

namespace polystore::adapters::mongo {
namespace {

// The server gives up waiting for other servers a little earlier than we do.
constexpr std::chrono::milliseconds write_concern_margin{20};

}  // namespace

void require(bool good) {
  if (good) return;
  throw Error({.code = ErrorCode::internal,
               .backend = Backend::mongo,
               .operation = "build a command",
               .message = "the command is too large"});
}

Bson begin(const char* command, const char* in) {
  Bson bson;
  require(bson_append_utf8(bson.get(), command, -1, in, -1));
  return bson;
}

void append_write_concern(bson_t* to, Deadline deadline) {
  const int time_limit = std::max(1, deadline.less(write_concern_margin).remaining_ms());
  bson_t concern;
  require(bson_append_document_begin(to, "writeConcern", -1, &concern) &&
          bson_append_utf8(&concern, "w", -1, "majority", -1) &&
          bson_append_bool(&concern, "j", -1, true) &&
          bson_append_int32(&concern, "wtimeout", -1, time_limit) &&
          bson_append_document_end(to, &concern));
}

void fail_form() {
  throw Error({.code = ErrorCode::data_loss,
               .backend = Backend::mongo,
               .operation = "read outputs",
               .message = "a document of the collection aiGenerated was written by something else, "
                          "or is damaged"});
}

}  // namespace polystore::adapters::mongo
