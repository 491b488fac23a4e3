#include "values/sha256.hpp"

#include "polystore/error.hpp"

#include <openssl/evp.h>

#include <cstring>
#include <utility>

namespace polystore::values {
namespace {

void check(bool good) {
  if (good) return;
  throw Error(
      {.code = ErrorCode::internal, .operation = "hash", .message = "OpenSSL's SHA-256 failed"});
}

// EVP_sha256() would be looked up among the providers at each use, which takes longer than hashing
// 500 bytes.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA2-256", nullptr);
  check(fetched != nullptr);
  return fetched;
}

}  // namespace

void Sha256::FreeContext::operator()(evp_md_ctx_st* context) const noexcept {
  EVP_MD_CTX_free(context);
}

// A context that no Sha256 of this thread uses.
Sha256::Context& Sha256::spare() noexcept {
  thread_local Context context;
  return context;
}

// The buffer is not cleared: only what was written is read.
// NOLINTNEXTLINE(cppcoreguidelines-pro-type-member-init)
Sha256::Sha256() : context_(std::move(spare())) {
  if (context_ == nullptr) context_.reset(EVP_MD_CTX_new());
  check(context_ != nullptr && EVP_DigestInit_ex2(context_.get(), algorithm(), nullptr) == 1);
}

Sha256::~Sha256() { spare() = std::move(context_); }

void Sha256::add_number(std::uint64_t number) {
  std::array<std::uint8_t, 8> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(number >> (8 * (7 - i)));
  }
  add_bytes(bytes.data(), bytes.size());
}

void Sha256::add_text(std::string_view text) {
  add_number(text.size());
  add_bytes(text.data(), text.size());
}

void Sha256::add_bytes(const void* bytes, std::size_t size) {
  if (size > buffer_.size() - buffered_) flush();
  if (size > buffer_.size()) {
    check(EVP_DigestUpdate(context_.get(), bytes, size) == 1);
  } else if (size != 0) {
    std::memcpy(buffer_.data() + buffered_, bytes, size);
    buffered_ += size;
  }
}

Sha256::Digest Sha256::finish() {
  flush();
  Digest digest{};
  unsigned int length = 0;
  check(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1 && length == digest.size());
  return digest;
}

void Sha256::flush() {
  check(EVP_DigestUpdate(context_.get(), buffer_.data(), buffered_) == 1);
  buffered_ = 0;
}

}  // namespace polystore::values
