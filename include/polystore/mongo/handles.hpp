#pragma once

#include <mongoc/mongoc.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <utility>

/// Owners of libmongoc's and libbson's handles.
namespace polystore::mongo {

struct UriDeleter {
  void operator()(mongoc_uri_t* uri) const noexcept { mongoc_uri_destroy(uri); }
};
using UriHandle = std::unique_ptr<mongoc_uri_t, UriDeleter>;

struct DriverPoolDeleter {
  void operator()(mongoc_client_pool_t* pool) const noexcept { mongoc_client_pool_destroy(pool); }
};
using DriverPoolHandle = std::unique_ptr<mongoc_client_pool_t, DriverPoolDeleter>;

struct ServerDescriptionDeleter {
  void operator()(mongoc_server_description_t* server) const noexcept {
    mongoc_server_description_destroy(server);
  }
};
using ServerDescriptionHandle =
    std::unique_ptr<mongoc_server_description_t, ServerDescriptionDeleter>;

/// Owns a BSON document. Not a unique_ptr: as a template argument bson_t would lose its alignment,
/// and g++ says so. After move: only destruction and assignment.
class Bson {
 public:
  Bson() : bson_(bson_new()) {}
  Bson(Bson&& other) noexcept : bson_(std::exchange(other.bson_, nullptr)) {}
  Bson& operator=(Bson&& other) noexcept {
    std::swap(bson_, other.bson_);
    return *this;
  }
  Bson(const Bson&) = delete;
  Bson& operator=(const Bson&) = delete;
  ~Bson() {
    if (bson_ != nullptr) bson_destroy(bson_);
  }

  [[nodiscard]] bson_t* get() const noexcept { return bson_; }

 private:
  bson_t* bson_;
};

/// A read-only view of BSON bytes, valid as long as they are; false if their length prefix is
/// wrong.
inline bool view_bson(std::span<const std::byte> bytes, bson_t& view) noexcept {
  return bson_init_static(&view, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
}

}  // namespace polystore::mongo
