#pragma once

#include "polystore/deadline.hpp"

#include <mongoc/mongoc.h>

namespace polystore::mongo {

/// Wraps a stream of the driver: each of its waits is shortened to what is left of `deadline`,
/// which the owner sets before each call and which must outlive the stream. Takes `inner` over.
/// libmongoc documents its stream interface as one that applications may implement.
mongoc_stream_t* make_deadline_stream(mongoc_stream_t* inner, const Deadline& deadline);

/// What is left of a deadline for a driver that counts whole milliseconds: at least 1.
int remaining_for_driver(const Deadline& deadline);

}  // namespace polystore::mongo
