#pragma once

#include "polystore/content_id.hpp"
#include "polystore/deadline.hpp"
#include "polystore/mongo/handles.hpp"

#include <cstddef>
#include <functional>
#include <span>

/// What the commands of this adapter have in common.
namespace polystore::adapters::mongo {

using polystore::mongo::Bson;

/// Where the read copies are.
inline constexpr const char* collection = "aiGenerated";

/// Sends one command to the database and returns its reply, or throws Error.
using RunCommand = std::function<Bson(Bson command, Deadline deadline)>;

/// Throws unless `good`. Appending fails only beyond 2 GiB, which the callers' limits keep far
/// away.
void require(bool good);

/// A command on a collection.
[[nodiscard]] Bson begin(const char* command, const char* in = collection);

void append_id(bson_t* to, const char* key, const ContentId& id);

/// {_id: {$in: [ids]}}
void append_id_filter(bson_t* to, const char* key, std::span<const ContentId> ids);

/// Of a find, the documents whose key is a UUID after that one, by it, and from the majority. The
/// server closes the cursor, whether or not the reply holds all: the next page goes on by id.
void append_page(bson_t* to, const ContentId& after, std::size_t limit);

/// Asks for what a majority of the servers has.
void append_read_concern(bson_t* to);

/// Asks for an acknowledgement by a majority of the servers, from their journals.
void append_write_concern(bson_t* to, Deadline deadline);

/// Removes documents by id.
[[nodiscard]] Bson delete_command(std::span<const ContentId> ids, Deadline deadline,
                                  const char* in = collection);

/// Throws what the reply to an insert, update or delete has of errors.
void check_written(const bson_t& reply);

/// The documents of a find's reply. Errors: as fail_form says.
[[nodiscard]] bson_iter_t first_batch(const bson_t& reply);

/// The UUID of an element. Errors: as fail_form says.
[[nodiscard]] ContentId parse_id(const bson_iter_t& element, const char* in = collection);

/// Says that a document, or a reply, has not the form it must have: data_loss.
[[noreturn]] void fail_form(const char* in = collection);

}  // namespace polystore::adapters::mongo
