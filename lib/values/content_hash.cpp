#include "values/content_hash.hpp"

#include "polystore/error.hpp"

#include <openssl/evp.h>

#include <memory>
#include <span>
#include <string_view>

namespace polystore::values {
namespace {

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new(), &EVP_MD_CTX_free) {
    check(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }

  void add(std::span<const std::byte> bytes) {
    add(static_cast<std::int64_t>(bytes.size()));
    check(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  void add(std::string_view text) { add(std::as_bytes(std::span(text))); }
  void add(std::int64_t number) {
    std::array<std::uint8_t, 8> big_endian{};
    for (std::size_t i = 0; i < big_endian.size(); ++i) {
      big_endian[i] =
          static_cast<std::uint8_t>(static_cast<std::uint64_t>(number) >> (8 * (7 - i)));
    }
    check(EVP_DigestUpdate(context_.get(), big_endian.data(), big_endian.size()) == 1);
  }

  std::array<std::uint8_t, 32> finish() {
    std::array<std::uint8_t, 32> digest{};
    unsigned int length = 0;
    check(EVP_DigestFinal_ex(context_.get(), digest.data(), &length) == 1 &&
          length == digest.size());
    return digest;
  }

 private:
  static void check(bool good) {
    if (good) return;
    throw Error({.code = ErrorCode::internal,
                 .operation = "hash a content",
                 .message = "OpenSSL's SHA-256 failed"});
  }

  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context_;
};

}  // namespace

std::array<std::uint8_t, 32> content_hash(const Draft& draft) {
  Sha256 hash;
  hash.add(std::string_view("polystore content 1"));
  hash.add(draft.title);
  hash.add(draft.model);
  hash.add(draft.user_id);
  hash.add(static_cast<std::int64_t>(draft.tags.size()));
  for (const auto& tag : draft.tags) hash.add(tag);
  hash.add(draft.usage.prompt_tokens);
  hash.add(draft.usage.completion_tokens);
  hash.add(std::int64_t{draft.usage.latency.count()});
  hash.add(std::int64_t{draft.generated_at ? 1 : 0});
  if (draft.generated_at) hash.add(std::int64_t{draft.generated_at->time_since_epoch().count()});
  hash.add(draft.output.bson());
  return hash.finish();
}

}  // namespace polystore::values
