#pragma once

#include <hiredis/hiredis.h>

#include <memory>

/// Owners of hiredis' handles. Only its codec is used: its sockets raise SIGPIPE on a dead peer.
namespace polystore::redis {

/// Whether hiredis, as it was compiled against, reads RESP3: version 1.0 and later.
#ifdef REDIS_REPLY_PUSH
inline constexpr bool reads_resp3 = true;
#else
inline constexpr bool reads_resp3 = false;
#endif

struct ReaderDeleter {
  void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
};
using ReaderHandle = std::unique_ptr<redisReader, ReaderDeleter>;

struct ReplyDeleter {
  void operator()(redisReply* reply) const noexcept { freeReplyObject(reply); }
};
using ReplyHandle = std::unique_ptr<redisReply, ReplyDeleter>;

}  // namespace polystore::redis
