#include "polystore/mongo/write_reply.hpp"

#include "polystore/mongo/classify.hpp"

#include "wrappers/mongo/errors.hpp"

#include <string>

namespace polystore::mongo {
namespace {

[[noreturn]] void fail_form() {
  throw Error({.code = ErrorCode::data_loss,
               .backend = Backend::mongo,
               .operation = "read a reply",
               .message = "the server's reply has not the form that the command gives"});
}

// An integer field of the sub-document that `iter` stands at.
std::uint32_t integer_at(const bson_iter_t& iter, const char* name) {
  bson_iter_t child;
  if (!bson_iter_recurse(&iter, &child) || !bson_iter_find(&child, name) ||
      !BSON_ITER_HOLDS_NUMBER(&child)) {
    fail_form();
  }
  const std::int64_t value = bson_iter_as_int64(&child);
  if (value < 0 || value > INT32_MAX) fail_form();
  return static_cast<std::uint32_t>(value);
}

}  // namespace

WriteReply parse_write_reply(const bson_t& reply) {
  WriteReply parsed;
  bson_iter_t iter;
  if (bson_iter_init_find(&iter, &reply, "writeConcernError")) {
    parsed.write_concern_error = integer_at(iter, "code");
  }
  if (!bson_iter_init_find(&iter, &reply, "writeErrors")) return parsed;
  bson_iter_t element;
  if (!BSON_ITER_HOLDS_ARRAY(&iter) || !bson_iter_recurse(&iter, &element)) fail_form();
  while (bson_iter_next(&element)) {
    parsed.errors.push_back({integer_at(element, "index"), integer_at(element, "code")});
  }
  return parsed;
}

Error write_error(std::uint32_t code) {
  return make_error(classify_server_code(code), "write", "server/" + std::to_string(code));
}

Error write_concern_error(std::uint32_t code) {
  return Error(
      {.code = ErrorCode::unavailable,
       .backend = Backend::mongo,
       .outcome = Outcome::unknown,
       .retryable = true,
       .operation = "write",
       .native_code = "write concern/" + std::to_string(code),
       .message = "the write was applied but is not known to be on a majority of servers"});
}

}  // namespace polystore::mongo
