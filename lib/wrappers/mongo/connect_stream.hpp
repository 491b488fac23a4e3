#pragma once

#include "polystore/deadline.hpp"

#include <mongoc/mongoc.h>

namespace polystore::mongo {

/// A TCP stream to `host` on a socket of our own, for Client: the driver's own connect knows no
/// deadline, and its look-up of names none at all. Blocks until `connect_deadline` at most.
/// Reads and writes end by `call_deadline`, which the owner sets before each call and which must
/// outlive the stream. Null with `error` in the driver's terms when no address answers.
mongoc_stream_t* connect_stream(const mongoc_host_list_t& host, Deadline connect_deadline,
                                const Deadline& call_deadline, bson_error_t& error) noexcept;

}  // namespace polystore::mongo
