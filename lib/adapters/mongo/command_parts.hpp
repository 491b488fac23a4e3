#pragma once

#include "polystore/deadline.hpp"
#include "polystore/mongo/handles.hpp"

/// What the commands of this adapter have in common.
namespace polystore::adapters::mongo {

using polystore::mongo::Bson;

/// Where the read copies are.
inline constexpr const char* collection = "aiGenerated";

/// Throws unless `good`. Appending fails only beyond 2 GiB, which the callers' limits keep far
/// away.
void require(bool good);

/// A command on a collection.
[[nodiscard]] Bson begin(const char* command, const char* in = collection);

/// Asks for an acknowledgement by a majority of the servers, from their journals.
void append_write_concern(bson_t* to, Deadline deadline);

/// Says that a document, or a reply, has not the form it must have: data_loss.
[[noreturn]] void fail_form();

}  // namespace polystore::adapters::mongo
