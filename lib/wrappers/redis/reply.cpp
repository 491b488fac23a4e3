#include "polystore/redis/reply.hpp"

#include "polystore/redis/classify.hpp"

#include <string>

namespace polystore::redis {
namespace {

[[noreturn]] void fail_type() {
  throw Error({.code = ErrorCode::data_loss,
               .backend = Backend::redis,
               .operation = "read a reply",
               .message = "it has another type than the command gives"});
}

const char* describe(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
      return "the server can't run the command now";
    case ErrorCode::overloaded:
      return "the server has no memory or connection left for it";
    case ErrorCode::access_denied:
      return "the server refuses the credentials, or the right to do this";
    case ErrorCode::invalid_argument:
      return "the key holds another kind of value, or the command does not fit";
    default:
      return "the server answered with an error";
  }
}

}  // namespace

std::string_view ReplyView::text() const {
  if (reply_->type != REDIS_REPLY_STRING && reply_->type != REDIS_REPLY_STATUS) fail_type();
  return {reply_->str, static_cast<std::size_t>(reply_->len)};
}

bool ReplyView::is_array() const noexcept {
#ifdef REDIS_REPLY_PUSH
  if (reply_->type == REDIS_REPLY_PUSH) return true;
#endif
  return reply_->type == REDIS_REPLY_ARRAY;
}

std::int64_t ReplyView::integer() const {
  if (reply_->type != REDIS_REPLY_INTEGER) fail_type();
  return reply_->integer;
}

std::size_t ReplyView::size() const {
  if (!is_array()) fail_type();
  return reply_->elements;
}

ReplyView ReplyView::at(std::size_t index) const {
  if (index >= size() || reply_->element[index] == nullptr) fail_type();
  return ReplyView(*reply_->element[index]);
}

std::string_view ReplyView::error_text() const noexcept {
  return {reply_->str, static_cast<std::size_t>(reply_->len)};
}

Error ReplyView::error() const {
  const Classification meaning = classify(error_text());
  return Error({.code = meaning.code,
                .backend = Backend::redis,
                .retryable = meaning.retryable,
                .operation = "run a command",
                .native_code = std::string(error_word(error_text())),
                .message = describe(meaning.code)});
}

std::optional<Redirect> ReplyView::redirect() const {
  if (!is_error()) return std::nullopt;
  return read_redirect(error_text());
}

bool ReplyView::ends_connection() const noexcept {
  return is_error() && classify(error_text()).scope == Scope::connection;
}

void ReplyView::check() const {
  if (is_error()) throw error();
}

}  // namespace polystore::redis
