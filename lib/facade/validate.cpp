#include "facade/validate.hpp"

#include "polystore/error.hpp"
#include "polystore/limits.hpp"

#include "facade/validate_vectors.hpp"
#include "values/cursor.hpp"
#include "values/text.hpp"

#include <algorithm>
#include <string>

namespace polystore::facade {
namespace {

using std::chrono::day;
using std::chrono::January;
using std::chrono::sys_days;
using std::chrono::year;

constexpr Timestamp earliest = sys_days(year(1) / January / day(1));
constexpr std::chrono::years longest_age{1000};
constexpr Timestamp end_of_time = sys_days(year(10000) / January / day(1));

void check_time(std::string_view operation, std::string_view field, Timestamp time) {
  if (time < earliest || time >= end_of_time) {
    throw_invalid_argument(operation, field, "must lie in the years 1 to 9999");
  }
}

void check_usage(std::string_view operation, const Usage& usage) {
  if (usage.prompt_tokens < 0 || usage.completion_tokens < 0 || usage.latency.count() < 0) {
    throw_invalid_argument(operation, "usage", "has a negative number; use zero or more");
  }
}

void check_one_embedding(std::string_view operation, const std::optional<Embedding>& embedding,
                         const Embedder& embedder) {
  if (embedding && embedder) {
    throw_invalid_argument(operation, "embedder",
                           "and an embedding are both given; leave one of them out");
  }
}

}  // namespace

void check_text(std::string_view operation, std::string_view field, std::string_view text,
                std::size_t most) {
  const auto characters = values::count_characters(text);
  if (!characters) {
    throw_invalid_argument(operation, field, "must be UTF-8 without a NUL character");
  }
  if (*characters == 0) throw_invalid_argument(operation, field, "must not be empty");
  if (*characters > most) {
    throw_invalid_argument(operation, field,
                           "has " + std::to_string(*characters) + " characters, the limit is " +
                               std::to_string(most) + "; shorten it");
  }
}

void check_user_id(std::string_view operation, std::int64_t user_id) {
  if (user_id <= 0) throw_invalid_argument(operation, "user_id", "must be 1 or more");
}

void check_tenant(std::string_view operation, const Tenant& tenant) {
  if (tenant.is_shared()) return;
  check_text(operation, "tenant", tenant.name(), limits::tenant_characters);
}

void check_media_type(std::string_view operation, std::string_view type) {
  if (type.size() > limits::media_type_bytes) {
    throw_invalid_argument(operation, "media_type",
                           "has " + std::to_string(type.size()) + " bytes, the limit is " +
                               std::to_string(limits::media_type_bytes) + "; shorten it");
  }
  if (!std::ranges::all_of(type, [](char c) { return c >= ' ' && c <= '~'; })) {
    throw_invalid_argument(operation, "media_type", "must be printable ASCII, as in \"image/png\"");
  }
}

std::vector<std::string> checked_tags(std::string_view operation, std::vector<std::string> tags) {
  if (tags.size() > limits::tags_per_content) {
    throw_invalid_argument(
        operation, "tags",
        "are more than " + std::to_string(limits::tags_per_content) + "; use fewer");
  }
  for (const auto& tag : tags) check_text(operation, "tags", tag, limits::tag_characters);
  std::sort(tags.begin(), tags.end());
  tags.erase(std::unique(tags.begin(), tags.end()), tags.end());
  return tags;
}

Draft checked_draft(const Draft& draft) {
  check_text("put", "title", draft.title, limits::title_characters);
  check_text("put", "model", draft.model, limits::model_characters);
  check_user_id("put", draft.user_id);
  check_tenant("put", draft.tenant);
  check_usage("put", draft.usage);
  if (draft.generated_at) check_time("put", "generated_at", *draft.generated_at);
  if (draft.id && draft.id->is_nil()) {
    throw_invalid_argument("put", "id", "is nil; leave it out, or use ContentId::generate()");
  }
  Draft checked = draft;
  checked.tags = checked_tags("put", std::move(checked.tags));
  check_one_embedding("put", draft.embedding, draft.embedder);
  if (draft.embedder) checked.embedding = draft.embedder(draft.title, draft.output);
  checked.embedder = nullptr;
  if (checked.embedding) check_embedding("put", *checked.embedding);
  return checked;
}

Patch checked_patch(const Patch& patch) {
  if (!patch.title && !patch.model && !patch.tags && !patch.usage && !patch.output &&
      !patch.embedding && !patch.embedder) {
    throw_invalid_argument("update", "patch", "changes nothing; give at least one field");
  }
  if (patch.title) check_text("update", "title", *patch.title, limits::title_characters);
  if (patch.model) check_text("update", "model", *patch.model, limits::model_characters);
  if (patch.usage) check_usage("update", *patch.usage);
  if (patch.expected_version && *patch.expected_version < 1) {
    throw_invalid_argument("update", "expected_version",
                           "must be 1 or more; take the version that was read");
  }
  check_one_embedding("update", patch.embedding, patch.embedder);
  if (patch.embedding) check_embedding("update", *patch.embedding);
  Patch checked = patch;
  if (patch.embedder) {
    checked.embedder = [embedder = patch.embedder](std::string_view title, const Document& output) {
      Embedding made = embedder(title, output);
      check_embedding("update", made);
      return made;
    };
  }
  if (checked.tags) checked.tags = checked_tags("update", std::move(*checked.tags));
  return checked;
}

ports::FindParams checked_query(const Query& query) {
  if (query.limit < 1 || query.limit > limits::page_items) {
    throw_invalid_argument("find", "limit",
                           "must be 1 to " + std::to_string(limits::page_items) +
                               "; read further pages with the cursor");
  }
  if (query.user_id) check_user_id("find", *query.user_id);
  if (query.tenant) check_tenant("find", *query.tenant);
  if (query.model) check_text("find", "model", *query.model, limits::model_characters);
  if (query.since) check_time("find", "since", *query.since);
  if (query.until) check_time("find", "until", *query.until);
  ports::FindParams params{.user_id = query.user_id,
                           .tenant = query.tenant,
                           .model = query.model,
                           .tags = checked_tags("find", query.tags),
                           .since = query.since,
                           .until = query.until,
                           .limit = query.limit};
  if (!query.title_words.empty()) {
    check_text("find", "title_words", query.title_words, limits::title_characters);
    params.title_words = values::fold_words(query.title_words);
    if (params.title_words.empty()) {
      throw_invalid_argument("find", "title_words", "has no letter or digit; leave it out");
    }
  }
  if (query.after) {
    const auto position = values::decode_cursor(*query.after);
    check_time("find", "after", position.generated_at);
    params.after = ports::ListPosition{position.generated_at, position.id};
  }
  return params;
}

ports::TextSearch checked_text_query(const TextQuery& query) {
  if (query.limit < 1 || query.limit > limits::page_items) {
    throw_invalid_argument("search", "limit",
                           "must be 1 to " + std::to_string(limits::page_items) +
                               "; what is further down the list, more words would find");
  }
  if (query.user_id) check_user_id("search", *query.user_id);
  if (query.tenant) check_tenant("search", *query.tenant);
  if (query.model) check_text("search", "model", *query.model, limits::model_characters);
  check_text("search", "text", query.text, limits::search_characters);
  const std::size_t words = values::fold_words(query.text).size();
  if (words == 0) throw_invalid_argument("search", "text", "has no letter or digit; add a word");
  if (words > limits::search_words) {
    throw_invalid_argument("search", "text",
                           "has " + std::to_string(words) + " different words, the limit is " +
                               std::to_string(limits::search_words) + "; use fewer");
  }
  return {.text = query.text,
          .user_id = query.user_id,
          .tenant = query.tenant,
          .model = query.model,
          .limit = query.limit};
}

ports::ListPosition checked_export_position(const Cursor& after) {
  const auto position = values::decode_cursor(after, "export_user");
  check_time("export_user", "after", position.generated_at);
  return {position.generated_at, position.id};
}

void check_retention(std::string_view operation, const RetentionRule& rule) {
  if (!rule.older_than && !rule.tenant && !rule.model) {
    throw_invalid_argument(operation, "rule",
                           "meets everything; give it an age, a tenant or a model");
  }
  if (rule.older_than && (rule.older_than->count() <= 0 || *rule.older_than > longest_age)) {
    throw_invalid_argument(operation, "older_than", "must be more than 0, up to 1000 years");
  }
  if (rule.tenant) check_tenant(operation, *rule.tenant);
  if (rule.model) check_text(operation, "model", *rule.model, limits::model_characters);
  if (rule.batch < 1 || rule.batch > limits::items_per_batch) {
    throw_invalid_argument(operation, "batch",
                           "must be 1 to " + std::to_string(limits::items_per_batch));
  }
}

void check_maintenance(const MaintenanceOptions& options) {
  using std::chrono::milliseconds;
  const auto check = [](std::string_view field, milliseconds span, milliseconds least) {
    if (span < least || span > Deadline::max_span) {
      throw_invalid_argument("start_maintenance", field,
                             "must be " + std::to_string(least.count()) + " ms to 24 hours");
    }
  };
  check("relay_pause", options.relay_pause, milliseconds(1));
  check("sweep_pause", options.sweep_pause, milliseconds(0));
  check("retention_pause", options.retention_pause, milliseconds(1));
  check("step_deadline", options.step_deadline, milliseconds(1));
  for (const RetentionRule& rule : options.retention) {
    check_retention("start_maintenance", rule);
    if (rule.dry_run) {
      throw_invalid_argument("start_maintenance", "dry_run",
                             "tells nobody of anything here; use apply_retention");
    }
  }
}

void check_batch(std::string_view operation, std::size_t items) {
  if (items > limits::items_per_batch) {
    throw_invalid_argument(
        operation, "items",
        "are more than " + std::to_string(limits::items_per_batch) + "; split the call");
  }
}

void check_response_key(std::string_view operation, std::string_view key) {
  if (key.size() > limits::response_key_bytes) {
    throw_invalid_argument(operation, "key",
                           "has " + std::to_string(key.size()) + " bytes, the limit is " +
                               std::to_string(limits::response_key_bytes) + "; hash long keys");
  }
  check_text(operation, "key", key, limits::response_key_bytes);
}

void check_response(std::string_view value, std::chrono::milliseconds ttl) {
  if (value.size() > limits::response_bytes) {
    throw_invalid_argument("set a response", "value",
                           "has " + std::to_string(value.size()) + " bytes, the limit is " +
                               std::to_string(limits::response_bytes) + "; store less");
  }
  if (ttl < limits::shortest_ttl || ttl > limits::longest_ttl) {
    throw_invalid_argument(
        "set a response", "ttl",
        "must be 1 millisecond to " + std::to_string(limits::longest_ttl.count()) + " hours");
  }
}

}  // namespace polystore::facade
