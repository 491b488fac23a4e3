#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace bench {

/// What one put stores, for either side.
struct Sample {
  std::string title;
  std::string model;
  std::int64_t user_id = 1;
  std::string tag;
  std::string output_json;
};

/// Puts as one writes them by hand on libpq and libmongoc: one transaction with an insert for the
/// row and one for its tags, then an insert of the document; each waits for its answer. The tables,
/// the collection and the durability (fsync, w:majority, j:true) are polystore's own.
class RawWriter {
 public:
  /// `connections` of each kind are opened now; more callers than those share them.
  RawWriter(const std::string& postgres_url, const std::string& mongo_url, std::size_t connections);
  RawWriter(const RawWriter&) = delete;
  RawWriter& operator=(const RawWriter&) = delete;
  ~RawWriter();

  /// Threads: any. Throws std::runtime_error when a server refuses.
  void put(const Sample& sample);

 private:
  struct Pools;
  std::unique_ptr<Pools> pools_;
};

}  // namespace bench
