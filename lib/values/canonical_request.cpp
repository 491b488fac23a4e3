#include "values/canonical_request.hpp"

#include "polystore/cache_key.hpp"
#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "values/canonical_json.hpp"
#include "values/canonical_text.hpp"
#include "values/scope_name.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace polystore::values {
namespace {

constexpr std::string_view operation = "make a cache key";

void refuse_count(const FieldName& field, std::size_t count, std::size_t most) {
  if (count <= most) return;
  throw_invalid_argument(
      operation, field.to_string(),
      "are " + std::to_string(count) + ", the limit is " + std::to_string(most) + "; give fewer");
}

std::size_t size_of(const Request& request) {
  std::size_t bytes = request.tenant.name().size() + request.model.size() + request.prompt.size() +
                      request.sampling.extra.size() + request.tools.size() +
                      request.tool_choice.size() + request.response_format.size() +
                      request.context.size();
  for (const Message& message : request.messages) {
    bytes +=
        message.role.size() + message.content.size() + message.name.size() + message.extra.size();
  }
  for (const std::string& stop : request.sampling.stop) bytes += stop.size();
  for (const std::string& tag : request.tags) bytes += tag.size();
  return bytes;
}

void check_sizes(const Request& request) {
  refuse_count({"messages"}, request.messages.size(), limits::messages_per_request);
  refuse_count({"sampling.stop"}, request.sampling.stop.size(), limits::stops_per_request);
  refuse_count({"tags"}, request.tags.size(), limits::tags_per_request);
  if (const std::size_t bytes = size_of(request); bytes > limits::request_bytes) {
    throw_invalid_argument(operation, "request",
                           "has " + std::to_string(bytes) + " bytes of text, the limit is " +
                               std::to_string(limits::request_bytes) + "; shorten it");
  }
  if (request.prompt.empty() && request.messages.empty()) {
    throw_invalid_argument(operation, "prompt",
                           "is empty, and there are no messages; give one of them");
  }
}

// Writes the fields in the order in which they are called for.
class RequestHasher {
 public:
  RequestDigest digest(const Request& request) {
    check_sizes(request);
    hash_.add_text("polystore request 1");
    scopes_.reserve(request.tags.size() + 4);
    scopes_.push_back(scope_hash(Scope::Kind::all, {}));
    add_tenant(request.tenant);
    add_model(request.model);
    add_text(request.prompt, {"prompt"});
    add_messages(request.messages);
    add_sampling(request.sampling);
    add_json(request.tools, {"tools"});
    add_json(request.tool_choice, {"tool_choice"});
    add_json(request.response_format, {"response_format"});
    add_json(request.context, {"context"});
    add_user(request.user_id);
    add_tags(request.tags);
    std::sort(scopes_.begin(), scopes_.end());
    scopes_.erase(std::unique(scopes_.begin(), scopes_.end()), scopes_.end());
    return {.digest = hash_.finish(), .scopes = std::move(scopes_)};
  }

 private:
  void add_tenant(const Tenant& tenant) {
    hash_.add_byte(tenant.is_shared() ? 0 : 1);
    tenant_scope_ = shared_tenant_scope;
    if (!tenant.is_shared()) {
      const std::string_view name =
          canonical_name(tenant.name(), limits::tenant_characters, operation, {"tenant"}, scratch_);
      hash_.add_text(name);
      tenant_scope_.assign(named_tenant_scope).append(name);
    }
    scopes_.push_back(scope_hash(Scope::Kind::tenant, tenant_scope_));
  }

  void add_model(std::string_view model) {
    const std::string_view name =
        canonical_name(model, limits::model_characters, operation, {"model"}, scratch_);
    hash_.add_text(name);
    scopes_.push_back(scope_hash(Scope::Kind::model, name));
  }

  void add_messages(const std::vector<Message>& messages) {
    hash_.add_number(messages.size());
    for (std::size_t i = 0; i < messages.size(); ++i) {
      add_text(messages[i].role, {"messages", i, "role"});
      add_text(messages[i].content, {"messages", i, "content"});
      add_text(messages[i].name, {"messages", i, "name"});
      add_object(messages[i].extra, {"messages", i, "extra"});
    }
  }

  void add_sampling(const Sampling& sampling) {
    add_double(sampling.temperature, {"sampling.temperature"});
    add_double(sampling.top_p, {"sampling.top_p"});
    add_double(sampling.min_p, {"sampling.min_p"});
    add_double(sampling.typical_p, {"sampling.typical_p"});
    add_double(sampling.presence_penalty, {"sampling.presence_penalty"});
    add_double(sampling.frequency_penalty, {"sampling.frequency_penalty"});
    add_double(sampling.repetition_penalty, {"sampling.repetition_penalty"});
    add_whole(sampling.top_k);
    add_whole(sampling.max_tokens);
    add_whole(sampling.seed);
    hash_.add_number(sampling.stop.size());
    for (std::size_t i = 0; i < sampling.stop.size(); ++i) {
      add_text(sampling.stop[i], {"sampling.stop", i});
    }
    add_object(sampling.extra, {"sampling.extra"});
  }

  void add_user(std::optional<std::int64_t> user_id) {
    if (user_id && *user_id <= 0) throw_invalid_argument(operation, "user_id", "must be 1 or more");
    add_whole(user_id);
    if (user_id) scopes_.push_back(scope_hash(Scope::Kind::user, std::to_string(*user_id)));
  }

  void add_tags(const std::vector<std::string>& tags) {
    std::vector<std::string> names;
    for (std::size_t i = 0; i < tags.size(); ++i) {
      names.emplace_back(
          canonical_name(tags[i], limits::tag_characters, operation, {"tags", i}, scratch_));
    }
    std::sort(names.begin(), names.end());
    names.erase(std::unique(names.begin(), names.end()), names.end());
    hash_.add_number(names.size());
    for (const std::string& name : names) {
      hash_.add_text(name);
      scopes_.push_back(scope_hash(Scope::Kind::tag, tag_scope_name(tenant_scope_, name)));
    }
  }

  void add_text(std::string_view text, const FieldName& field) {
    hash_.add_text(canonical_text(text, operation, field, scratch_));
  }

  void add_json(std::string_view json, const FieldName& field) {
    hash_.add_byte(json.empty() ? 0 : 1);
    if (!json.empty()) values::add_json(hash_, json, use_of(field));
  }

  void add_object(std::string_view json, const FieldName& field) {
    hash_.add_byte(json.empty() ? 0 : 1);
    if (!json.empty()) add_json_object(hash_, json, use_of(field));
  }

  static JsonUse use_of(const FieldName& field) {
    return {.operation = operation, .field = field, .levels = limits::request_json_levels};
  }

  void add_double(std::optional<double> number, const FieldName& field) {
    hash_.add_byte(number ? 1 : 0);
    if (!number) return;
    if (!std::isfinite(*number)) {
      throw_invalid_argument(operation, field.to_string(), "must be a finite number");
    }
    hash_.add_number(std::bit_cast<std::uint64_t>(*number + 0.0));  // -0 becomes 0
  }

  void add_whole(std::optional<std::int64_t> number) {
    hash_.add_byte(number ? 1 : 0);
    if (number) hash_.add_number(static_cast<std::uint64_t>(*number));
  }

  Sha256 hash_;
  std::vector<std::uint64_t> scopes_;
  std::string tenant_scope_;
  std::string scratch_;
};

}  // namespace

RequestDigest digest_request(const Request& request) { return RequestHasher().digest(request); }

}  // namespace polystore::values
