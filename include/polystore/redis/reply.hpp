#pragma once

#include "polystore/error.hpp"
#include "polystore/export.hpp"
#include "polystore/redis/handles.hpp"
#include "polystore/redis/slots.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace polystore::redis {

/// One reply, or an element of one. Getters check the type and throw data_loss when it is another.
/// A view is valid as long as the Reply it came from. Threads: const access from any.
class POLYSTORE_EXPORT ReplyView {
 public:
  explicit ReplyView(const redisReply& reply) noexcept : reply_(&reply) {}

  [[nodiscard]] bool is_nil() const noexcept { return reply_->type == REDIS_REPLY_NIL; }
  /// An array, or what a server of RESP3 pushes.
  [[nodiscard]] bool is_array() const noexcept;
  [[nodiscard]] bool is_integer() const noexcept { return reply_->type == REDIS_REPLY_INTEGER; }
  [[nodiscard]] bool is_error() const noexcept { return reply_->type == REDIS_REPLY_ERROR; }
  /// A bulk or status string.
  [[nodiscard]] std::string_view text() const;
  [[nodiscard]] std::int64_t integer() const;
  /// Elements, where is_array().
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] ReplyView at(std::size_t index) const;

  /// The error that an error reply stands for; its message holds none of the server's text. Only
  /// when is_error().
  [[nodiscard]] Error error() const;
  /// Throws error() if it is one.
  void check() const;
  /// Where a node of a cluster sends the command. Nothing: it is no such error, or names no server.
  [[nodiscard]] std::optional<Redirect> redirect() const;
  /// Whether it is an error after which the connection is of no use.
  [[nodiscard]] bool ends_connection() const noexcept;

 private:
  [[nodiscard]] std::string_view error_text() const noexcept;

  const redisReply* reply_;
};

/// Owns a reply.
class Reply : public ReplyView {
 public:
  explicit Reply(ReplyHandle handle) noexcept : ReplyView(*handle), handle_(std::move(handle)) {}

 private:
  ReplyHandle handle_;
};

}  // namespace polystore::redis
