#pragma once

#include <hiredis/hiredis.h>

#include <memory>

/// Owners of hiredis' handles. Only its codec is used: its sockets raise SIGPIPE on a dead peer.
namespace polystore::redis {

struct ReaderDeleter {
  void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};
using ReaderHandle = std::unique_ptr<redisReader, ReaderDeleter>;

struct ReplyDeleter {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using ReplyHandle = std::unique_ptr<redisReply, ReplyDeleter>;

}  // namespace polystore::redis
