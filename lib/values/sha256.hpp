#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

// OpenSSL's EVP_MD_CTX.
struct evp_md_ctx_st;

namespace polystore::values {

/// SHA-256 (FIPS 180-4) over a sequence of bytes, numbers and texts. Numbers take 8 bytes, the
/// highest first; a text is its length as a number, then its bytes, so that no two sequences of
/// the same kinds give the same bytes. One thread.
class Sha256 {
 public:
  using Digest = std::array<std::uint8_t, 32>;

  /// Errors: internal, as of all members.
  Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  ~Sha256();

  void add_byte(std::uint8_t byte) {
    if (buffered_ == buffer_.size()) flush();
    buffer_[buffered_++] = byte;
  }
  void add_number(std::uint64_t number);
  void add_text(std::string_view text);
  void add_bytes(const void* bytes, std::size_t size);

  /// The last call.
  [[nodiscard]] Digest finish();

 private:
  struct FreeContext {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  using Context = std::unique_ptr<evp_md_ctx_st, FreeContext>;

  static Context& spare() noexcept;
  void flush();

  Context context_;
  std::size_t buffered_ = 0;
  // Gathers what is small: each update of OpenSSL's costs as much as hashing 30 bytes.
  std::array<std::uint8_t, 2048> buffer_;
};

}  // namespace polystore::values
