#include "values/content_json.hpp"

#include "values/body_chunk.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <openssl/evp.h>

#include <array>
#include <charconv>
#include <chrono>
#include <span>

namespace polystore::values {
namespace {

using ordered = nlohmann::ordered_json;

// "2026-01-02T03:04:05.678Z"
std::string time_text(Timestamp time) {
  const auto day = std::chrono::floor<std::chrono::days>(time);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

ordered tenant_json(const Tenant& tenant) {
  return tenant.is_shared() ? ordered(nullptr) : ordered(tenant.name());
}

// What was stored came through checks, but a database may have been written by something else.
std::string dump(const ordered& json) {
  return json.dump(-1, ' ', false, ordered::error_handler_t::replace);
}

// Each number in the fewest digits that give the same float.
std::string numbers_json(const std::vector<float>& values) {
  std::string json = "[";
  std::array<char, 32> text{};
  for (const float value : values) {
    if (json.size() > 1) json += ',';
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    json.append(text.data(), end);
  }
  return json + "]";
}

// Adds a field whose JSON is made already to an object.
void add_field(std::string& object, std::string_view name, std::string_view json) {
  object.pop_back();
  object.append(",\"").append(name).append("\":").append(json).append("}");
}

std::string metadata_json(const Metadata& metadata) {
  return dump({{"type", "content"},
               {"id", metadata.id.to_string()},
               {"version", metadata.version},
               {"title", metadata.title},
               {"model", metadata.model},
               {"user_id", metadata.user_id},
               {"tenant", tenant_json(metadata.tenant)},
               {"generated_at", time_text(metadata.generated_at)},
               {"tags", metadata.tags},
               {"usage",
                {{"prompt_tokens", metadata.usage.prompt_tokens},
                 {"completion_tokens", metadata.usage.completion_tokens},
                 {"latency_us", metadata.usage.latency.count()}}}});
}

std::string embedding_json(const Embedding& embedding) {
  std::string json = dump({{"tenant", tenant_json(embedding.tenant)},
                           {"space", embedding.space},
                           {"model", embedding.model}});
  add_field(json, "values", numbers_json(embedding.values));
  return json;
}

std::string base64(std::span<const std::byte> bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');  // OpenSSL ends it with a NUL
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                                   reinterpret_cast<const unsigned char*>(bytes.data()),
                                   static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

}  // namespace

std::string user_line(std::int64_t user_id, std::string_view name, Timestamp created_at) {
  return dump({{"type", "user"},
               {"id", user_id},
               {"name", name},
               {"created_at", time_text(created_at)}}) +
         "\n";
}

std::string content_line(const Content& content) {
  std::string line = metadata_json(content.metadata);
  add_field(line, "output", content.output.to_json());
  if (content.embedding) add_field(line, "embedding", embedding_json(*content.embedding));
  if (const auto& body = content.body) {
    add_field(line, "body",
              dump({{"size_bytes", body->size_bytes},
                    {"media_type", body->media_type},
                    {"sha256", fmt::format("{:02x}", fmt::join(body->sha256, ""))},
                    {"chunks", body_chunks(*body)}}));
  }
  return line + "\n";
}

std::string lost_content_line(const Metadata& metadata) {
  std::string line = metadata_json(metadata);
  add_field(line, "output_lost", "true");
  return line + "\n";
}

std::string body_line(const ContentId& content, std::int32_t chunk,
                      const std::optional<std::vector<std::byte>>& bytes) {
  std::string line =
      dump({{"type", "body"}, {"content_id", content.to_string()}, {"chunk", chunk}});
  if (bytes) {
    add_field(line, "base64", '"' + base64(*bytes) + '"');
  } else {
    add_field(line, "lost", "true");
  }
  return line + "\n";
}

}  // namespace polystore::values
