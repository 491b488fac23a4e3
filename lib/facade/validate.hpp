#pragma once

#include "polystore/content.hpp"
#include "polystore/maintenance.hpp"
#include "polystore/query.hpp"
#include "polystore/text_query.hpp"

#include "ports/metadata_port.hpp"

#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

/// The argument checks of the facade. All are pure and throw invalid_argument with the field, the
/// limit and what to do; none shows the argument's text.
namespace polystore::facade {

/// Text of 1 to `most` characters, UTF-8 without NUL.
void check_text(std::string_view operation, std::string_view field, std::string_view text,
                std::size_t most);

/// A positive number.
void check_user_id(std::string_view operation, std::int64_t user_id);

/// Shared, or a name within its limits.
void check_tenant(std::string_view operation, const Tenant& tenant);

/// Printable ASCII within its limit; may be empty.
void check_media_type(std::string_view operation, std::string_view type);

/// Tags within their limits, sorted, each once.
std::vector<std::string> checked_tags(std::string_view operation, std::vector<std::string> tags);

/// The draft with its tags sorted and unique.
Draft checked_draft(const Draft& draft);

/// The patch with its tags sorted and unique.
Patch checked_patch(const Patch& patch);

ports::FindParams checked_query(const Query& query);

ports::TextSearch checked_text_query(const TextQuery& query);

/// Where an export goes on.
ports::ListPosition checked_export_position(const Cursor& after);

void check_retention(std::string_view operation, const RetentionRule& rule);

void check_maintenance(const MaintenanceOptions& options);

void check_batch(std::string_view operation, std::size_t items);

void check_response_key(std::string_view operation, std::string_view key);
void check_response(std::string_view value, std::chrono::milliseconds ttl);

}  // namespace polystore::facade
