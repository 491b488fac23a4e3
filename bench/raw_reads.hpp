#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

namespace bench {

/// Reads and renames as one does by hand on libpq and libmongoc, on polystore's own tables and
/// collection.
class RawReads {
 public:
  /// One connection of each kind per caller.
  RawReads(const std::string& postgres_url, const std::string& mongo_url, std::size_t callers);
  RawReads(const RawReads&) = delete;
  RawReads& operator=(const RawReads&) = delete;
  ~RawReads();

  /// The metadata by a join of the normalised tables, then the document. Threads: one per caller.
  /// Throws std::runtime_error when a server refuses, or one of them is not there.
  void read_joined(std::size_t caller, const std::string& id);

  /// The document alone: the denormalised copy, whatever the metadata say of it.
  void read_document(std::size_t caller, const std::string& id);

  /// One row of the normalised tables, and an updateMany of the documents: not one transaction, and
  /// no version tells a copy from an older one.
  void rename_model(const std::string& from, const std::string& to);

 private:
  struct Session;
  std::vector<std::unique_ptr<Session>> sessions_;
};

}  // namespace bench
