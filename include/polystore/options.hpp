#pragma once

#include "polystore/cache_options.hpp"
#include "polystore/vector_options.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace polystore {

/// Where a ContentStore keeps what, and how long a call may take. docs/urls.md lists the URLs.
///
/// An empty URL is taken from the environment (POLYSTORE_METADATA_URL, POLYSTORE_OUTPUTS_URL,
/// POLYSTORE_RESPONSES_URL, POLYSTORE_VECTORS_URL). With neither, the embedded default is used:
/// metadata and outputs in the SQLite file polystore.db in the folder that POLYSTORE_HOME names,
/// else in the working directory; responses in memory. Metadata and outputs are named both or
/// neither, so that half a configuration never puts data into a local file of one machine; an
/// SQLite metadata URL alone keeps both. Where both URLs are the same, one transaction writes both.
/// Vectors are kept where responses are, if that is Redis, else where the metadata are, if that is
/// SQLite, else in memory.
struct OpenOptions {
  std::string metadata{};   ///< postgresql://…, mysql://… or sqlite:path
  std::string outputs{};    ///< mongodb://…, postgresql://… or sqlite:path
  std::string responses{};  ///< redis://… or memory:
  std::string vectors{};    ///< redis://…, sqlite:path or memory:

  /// Of every call that is given none, responses aside. 1 ms to 24 h.
  std::chrono::milliseconds deadline{5000};
  /// Of every call on responses() that is given none: a slow cache must not hold up serving.
  std::chrono::milliseconds response_deadline{50};
  /// Of open itself: connect and bring schemas up to date.
  std::chrono::milliseconds open_deadline{15000};

  /// While the output store is away, its part of each put waits in the outbox. Puts that would make
  /// the outbox larger than this fail with `unavailable`; reads go on. 1 MiB to 1 TiB.
  std::size_t outbox_limit_bytes = std::size_t{1024} * 1024 * 1024;
  /// The same for the age of its oldest entry. 1 s to a year.
  std::chrono::seconds outbox_limit_age = std::chrono::hours(24);

  /// What memory: may hold, keys and bookkeeping included. 1 MiB to 1 TiB.
  std::size_t memory_response_bytes = std::size_t{64} * 1024 * 1024;

  /// The output store keeps an index of words, for ContentStore::search. The first open with it
  /// indexes what is there, in the time of open_deadline (docs/urls.md has what it costs). Also on
  /// by POLYSTORE_TEXT_SEARCH=1. Set it in every process that puts.
  bool text_search = false;

  CacheOptions cache{};  ///< Of ContentStore::cache().

  VectorOptions vector{};  ///< Of ContentStore::vectors().
};

}  // namespace polystore
