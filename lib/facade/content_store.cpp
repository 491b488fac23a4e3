#include "polystore/content_store.hpp"

#include "polystore/limits.hpp"

#include "facade/impl.hpp"
#include "facade/validate.hpp"
#include "read/user_exporter.hpp"

#include <array>
#include <utility>

namespace polystore {

ContentStore StoreBuilder::build(StoreParts parts) {
  return ContentStore(std::make_unique<ContentStore::Impl>(std::move(parts)));
}

ContentStore::ContentStore(std::unique_ptr<Impl> impl) noexcept : impl_(std::move(impl)) {}
ContentStore::ContentStore(ContentStore&& other) noexcept = default;

ContentStore& ContentStore::operator=(ContentStore&& other) noexcept {
  ContentStore old(std::move(*this));
  impl_ = std::move(other.impl_);
  return *this;
}

ContentStore::~ContentStore() {
  close();
  // In a forked child the threads and the servers' sessions are the parent's: nothing can end them.
  if (impl_ && impl_->stamp.inherited()) (void)impl_.release();
}

ContentStore::Impl& ContentStore::live() const {
  if (!impl_ || impl_->closed || impl_->stamp.inherited()) {
    throw Error({.code = ErrorCode::closed,
                 .operation = "use a store",
                 .message = "the store is closed, moved from, or belongs to the parent of this "
                            "forked process; open a new one"});
  }
  return *impl_;
}

bool ContentStore::ensure_user(std::int64_t user_id, std::string_view name,
                               std::optional<Deadline> deadline) {
  Impl& impl = live();
  facade::check_user_id("ensure_user", user_id);
  facade::check_text("ensure_user", "name", name, limits::user_name_characters);
  return impl.parts.metadata->ensure_user(user_id, std::string(name),
                                          impl.deadline_or_standard(deadline));
}

bool ContentStore::rename_user(std::int64_t user_id, std::string_view name,
                               std::optional<Deadline> deadline) {
  Impl& impl = live();
  facade::check_user_id("rename_user", user_id);
  facade::check_text("rename_user", "name", name, limits::user_name_characters);
  return impl.parts.metadata->rename_user(user_id, std::string(name),
                                          impl.deadline_or_standard(deadline));
}

std::optional<Content> ContentStore::get(const ContentId& id, std::optional<Deadline> deadline) {
  Impl& impl = live();
  return impl.read(id, impl.deadline_or_standard(deadline));
}

std::vector<ItemResult<Content>> ContentStore::get_many(std::span<const ContentId> ids,
                                                        std::optional<Deadline> deadline) {
  Impl& impl = live();
  facade::check_batch("get_many", ids.size());
  auto found = impl.lookup.get(ids, impl.deadline_or_standard(deadline));
  std::vector<ItemResult<Content>> results;
  results.reserve(found.size());
  for (auto& item : found) results.push_back({std::move(item.content), std::move(item.error)});
  return results;
}

Page ContentStore::find(const Query& query, std::optional<Deadline> deadline) {
  Impl& impl = live();
  return impl.lookup.find(facade::checked_query(query), impl.deadline_or_standard(deadline));
}

std::vector<TextHit> ContentStore::search(const TextQuery& query,
                                          std::optional<Deadline> deadline) {
  Impl& impl = live();
  return impl.text_finder.find(facade::checked_text_query(query),
                               impl.deadline_or_standard(deadline));
}

Metadata ContentStore::update(const ContentId& id, const Patch& patch,
                              std::optional<Deadline> deadline) {
  Impl& impl = live();
  return impl.updater.update(id, facade::checked_patch(patch), impl.deadline_or_standard(deadline));
}

RenameReceipt ContentStore::rename_model(std::string_view from, std::string_view to,
                                         std::optional<Deadline> deadline) {
  Impl& impl = live();
  facade::check_text("rename_model", "from", from, limits::model_characters);
  facade::check_text("rename_model", "to", to, limits::model_characters);
  if (from == to)
    throw_invalid_argument("rename_model", "to", "is the name that it has; give another");
  const auto renamed = impl.model_renamer.run(std::string(from), std::string(to),
                                              impl.deadline_or_standard(deadline));
  return {.contents_renamed = renamed.contents,
          .outputs_pending = renamed.outputs_pending,
          .contents_skipped = renamed.skipped,
          .complete = renamed.complete};
}

EraseReceipt ContentStore::erase(const ContentId& id, std::optional<Deadline> deadline) {
  Impl& impl = live();
  const auto erased = impl.writer.erase(id, impl.deadline_or_standard(deadline));
  return {.found = erased.found, .output_pending = erased.output_pending};
}

EraseUserReceipt ContentStore::erase_user(std::int64_t user_id, std::optional<Deadline> deadline) {
  Impl& impl = live();
  facade::check_user_id("erase_user", user_id);
  const Deadline end = impl.deadline_or_standard(deadline);
  const auto erased = impl.user_eraser.run(user_id, end);
  if (erased.complete) impl.cache_impl.store.spread(erased.epoch, end);
  return {.user_found = erased.user_found,
          .contents_erased = erased.contents,
          .outputs_pending = erased.outputs_pending,
          .complete = erased.complete};
}

ExportReport ContentStore::export_user(std::int64_t user_id, const ExportSink& sink,
                                       const std::optional<Cursor>& after,
                                       std::optional<Deadline> deadline) {
  Impl& impl = live();
  facade::check_user_id("export_user", user_id);
  std::optional<ports::ListPosition> position;
  if (after) position = facade::checked_export_position(*after);
  return read::UserExporter(*impl.parts.metadata, impl.lookup, impl.parts.outputs->bodies())
      .run(user_id, sink, position, impl.deadline_or_standard(deadline));
}

Responses& ContentStore::responses() noexcept { return impl_->responses; }

ResponseCache& ContentStore::cache() noexcept { return impl_->cache; }

Vectors& ContentStore::vectors() noexcept { return impl_->vectors; }

Bodies& ContentStore::bodies() noexcept { return impl_->bodies; }

CacheMetrics ContentStore::metrics() const {
  const Impl& impl = live();
  return impl.cache_impl.counters.snapshot(impl.cache_impl.store.near_size_bytes());
}

Maintenance& ContentStore::maintenance() noexcept { return impl_->maintenance; }

void ContentStore::close() noexcept {
  if (!impl_ || impl_->stamp.inherited() || impl_->closed.exchange(true)) return;
  impl_->maintenance_thread.stop();
  impl_->vector_parts->close();
  impl_->body_parts->closed = true;
  impl_->lanes.close();
  impl_->cache_impl.close();
  impl_->parts.metadata->close();
  impl_->parts.outputs->close();
  impl_->parts.responses->close();
  impl_->parts.answers->close();
  if (impl_->parts.vectors) impl_->parts.vectors->close();
}

}  // namespace polystore
