#pragma once

#include "polystore/export.hpp"
#include "polystore/request.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace polystore {

/// What is invalidated together. A value type; any thread.
class POLYSTORE_EXPORT Scope {
 public:
  enum class Kind : std::uint8_t { all = 0, tenant = 1, model = 2, user = 3, tag = 4 };

  [[nodiscard]] static Scope all();
  [[nodiscard]] static Scope tenant(const Tenant& tenant);
  [[nodiscard]] static Scope model(std::string name);  ///< Of all tenants.
  [[nodiscard]] static Scope user(std::int64_t user_id);
  [[nodiscard]] static Scope tag(const Tenant& tenant, std::string name);

  [[nodiscard]] Kind kind() const noexcept { return kind_; }
  /// Tells scopes of one kind apart. docs/cache-key.md has its bytes.
  [[nodiscard]] const std::string& name() const noexcept { return name_; }
  /// FNV-1a of 64 bits over kind and name. Two scopes of one hash are invalidated together.
  [[nodiscard]] std::uint64_t hash() const noexcept;

  friend bool operator==(const Scope&, const Scope&) = default;

 private:
  Scope(Kind kind, std::string name);

  Kind kind_;
  std::string name_;
};

/// Names a request: equal requests have equal keys, and requests that may have different answers
/// never share one. SHA-256 over the canonical request, stable over versions of this library;
/// docs/cache-key.md describes every byte. A value type; any thread.
class POLYSTORE_EXPORT CacheKey {
 public:
  static constexpr std::size_t digest_bytes = 32;
  using Digest = std::array<std::uint8_t, digest_bytes>;

  /// Pure. Errors: invalid_argument; the field names the part of the request, the message the limit
  /// (limits.hpp) or the byte at which JSON is wrong.
  [[nodiscard]] static CacheKey of(const Request& request);

  [[nodiscard]] const Digest& digest() const noexcept { return digest_; }
  /// Hashes of the scopes that the request is in, ascending, unique.
  [[nodiscard]] std::span<const std::uint64_t> scopes() const noexcept { return scopes_; }
  /// The digest as 64 hexadecimal digits, lower case.
  [[nodiscard]] std::string to_string() const;

  friend bool operator==(const CacheKey&, const CacheKey&) = default;

 private:
  CacheKey(const Digest& digest, std::vector<std::uint64_t> scopes);

  Digest digest_{};
  std::vector<std::uint64_t> scopes_;
};

}  // namespace polystore
