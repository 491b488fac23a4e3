#pragma once

#include "polystore/bodies.hpp"
#include "polystore/content.hpp"
#include "polystore/deadline.hpp"
#include "polystore/error.hpp"
#include "polystore/export.hpp"
#include "polystore/maintenance.hpp"
#include "polystore/metrics.hpp"
#include "polystore/options.hpp"
#include "polystore/query.hpp"
#include "polystore/response_cache.hpp"
#include "polystore/responses.hpp"
#include "polystore/text_query.hpp"
#include "polystore/user_export.hpp"
#include "polystore/vectors.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace polystore {

/// What became of one item of a batch: a value or an error. get_many leaves both out for an id that
/// names nothing.
template <class T>
struct ItemResult {
  std::optional<T> value{};
  std::optional<Error> error{};
};

/// Gets what became of a put_async. Called once, from a thread of the store; it must neither block
/// for long nor throw, and may call put_async again.
using PutCallback = std::function<void(const ItemResult<ContentId>&)>;

/// What erase has done by the time it returns.
struct EraseReceipt {
  bool found = false;           ///< There was such a content. It is gone for every reader.
  bool output_pending = false;  ///< Its read copy is still to be removed: relay does it.
};

/// What erase_user has done by the time it returns.
struct EraseUserReceipt {
  bool user_found = false;           ///< The user was known when the call began.
  std::int64_t contents_erased = 0;  ///< By this call, as far as it knows. No reader sees them.
  std::int64_t outputs_pending = 0;  ///< Of their read copies, still to be removed: relay does it.
  bool complete = false;             ///< The user is not known and owns nothing. Else: call again.
};

/// What rename_model has done by the time it returns.
struct RenameReceipt {
  std::int64_t contents_renamed = 0;  ///< By this call, as far as it knows; so for every reader.
  std::int64_t outputs_pending = 0;   ///< Of their read copies, still to be written: relay does it.
  std::int64_t contents_skipped = 0;  ///< Left, for their outputs are lost or damaged: see verify.
  bool complete = false;              ///< Nothing else has the old name. Else: call again.
};

/// Keeps what an AI application generates: metadata (the truth) in one store, outputs as read
/// copies in a second, disposable responses in a third, embedding vectors with the responses or of
/// their own; embedded by default.
///
/// Deadlines: a call ends by its deadline (or OpenOptions::deadline) + 100 ms.
/// Errors: polystore::Error; docs/errors.md has the codes. Beside those that are named, every call
/// may give overloaded, access_denied, schema_mismatch, closed or internal. Absence is an empty
/// optional.
/// Threads: every member from any thread, but move, assignment and destruction.
/// Fork: a child must not use a store that it inherited: it gets `closed`; open one there.
/// After move: only destruction and assignment. After close: `closed`.
class POLYSTORE_EXPORT ContentStore {
 public:
  /// Connects and brings the schemas up to date. A response cache or an output store that is down
  /// is not an error: open takes up to 3 s longer then, and puts go through the outbox.
  /// Errors: invalid_argument (an option or URL; the field names it), unavailable, access_denied,
  /// not_found (the server has no such database), schema_mismatch, unsupported, deadline_exceeded,
  /// data_loss (the file is no SQLite database). A retry is safe.
  [[nodiscard]] static ContentStore open(const OpenOptions& options = {});

  ContentStore(ContentStore&& other) noexcept;
  ContentStore& operator=(ContentStore&& other) noexcept;
  ContentStore(const ContentStore&) = delete;
  ContentStore& operator=(const ContentStore&) = delete;
  /// As close(), then waits for the puts and the maintenance step under way, at most until their
  /// deadlines.
  ~ContentStore();

  /// Makes a user known, who may then own contents. True if it was new; a known one keeps its name.
  /// Errors: invalid_argument ("user_id" not positive, "name" empty, over 255 characters, not
  /// UTF-8 or with NUL), unavailable, deadline_exceeded. A retry is safe.
  bool ensure_user(std::int64_t user_id, std::string_view name,
                   std::optional<Deadline> deadline = std::nullopt);

  /// Gives a user another name, at once for every reader: no read copy holds it. False for a user
  /// who is not known. Errors: as ensure_user. A retry is safe.
  bool rename_user(std::int64_t user_id, std::string_view name,
                   std::optional<Deadline> deadline = std::nullopt);

  /// Stores a content. When it returns, the content is durable and readable by everybody.
  /// Errors: invalid_argument (a field of the draft), not_found ("user_id" is not known), conflict
  /// ("id" is taken by other content, or was erased), unavailable, deadline_exceeded, overloaded.
  /// Retry: safe with the same Draft::id; after outcome() == unknown give the id, or it may be
  /// stored twice.
  ContentId put(const Draft& draft, std::optional<Deadline> deadline = std::nullopt);

  /// As put, without waiting: the result comes through the future, or the callback, by the
  /// deadline. Puts under way at once share commits. Errors: of this call, invalid_argument,
  /// overloaded (too many wait; nothing was written; retry later) and closed; the others come with
  /// the result.
  [[nodiscard]] std::future<ContentId> put_async(const Draft& draft,
                                                 std::optional<Deadline> deadline = std::nullopt);
  void put_async(const Draft& draft, PutCallback done,
                 std::optional<Deadline> deadline = std::nullopt);

  /// As put for each, sharing the work; a bad draft fails alone. One result per draft, in order.
  /// Errors: invalid_argument for more than limits::items_per_batch; the others are in the results.
  std::vector<ItemResult<ContentId>> put_many(std::span<const Draft> drafts,
                                              std::optional<Deadline> deadline = std::nullopt);

  /// The content, or nothing for an id that names none.
  /// Errors: unavailable, deadline_exceeded, data_loss. A retry is safe.
  [[nodiscard]] std::optional<Content> get(const ContentId& id,
                                           std::optional<Deadline> deadline = std::nullopt);

  /// As get for each, sharing the work. One result per id, in order.
  /// Errors: invalid_argument for more than limits::items_per_batch; the others are in the results.
  [[nodiscard]] std::vector<ItemResult<Content>> get_many(
      std::span<const ContentId> ids, std::optional<Deadline> deadline = std::nullopt);

  /// Lists metadata, newest first, a page at a time.
  /// Errors: invalid_argument (a field of the query), unavailable, deadline_exceeded. A retry is
  /// safe.
  [[nodiscard]] Page find(const Query& query, std::optional<Deadline> deadline = std::nullopt);

  /// Contents that have all words of a text, best first, of equal scores the higher id first. What
  /// is still in the outbox is found when the output store has it (docs/adr/0032 has that, and how
  /// each store splits words). The metadata are those of now: what was erased is not found.
  /// Errors: invalid_argument (a field of the query), unsupported (no OpenOptions::text_search),
  /// unavailable, deadline_exceeded. A retry is safe.
  [[nodiscard]] std::vector<TextHit> search(const TextQuery& query,
                                            std::optional<Deadline> deadline = std::nullopt);

  /// Changes fields of a content, all together, and returns its new metadata: the version is one
  /// higher. Whoever reads after that sees the change. Without Patch::expected_version the last of
  /// several updates at once wins, field by field.
  /// A repeat of the put that made the content stays a success, and undoes no update: it is told
  /// by what was put, not by what was made of it.
  /// Errors: invalid_argument (a field of the patch; "patch" when it changes nothing), not_found
  /// ("id" names no content, or an erased one), conflict ("expected_version" is another than the
  /// content's), unavailable, deadline_exceeded, data_loss (its output is lost).
  /// Retry: safe, also after outcome() == unknown; with expected_version it is a conflict if it had
  /// taken effect.
  Metadata update(const ContentId& id, const Patch& patch,
                  std::optional<Deadline> deadline = std::nullopt);

  /// Gives every content of the model `from` the model `to`, which may have contents already. Each
  /// is an update of its own, so that its read copy follows in the order of its versions; they are
  /// committed in batches. An update of a content at the same time keeps both changes. Contents
  /// that are put as `from` meanwhile may stay so: put them as `to` before. Where time or a server
  /// fails after a batch was done, it returns with complete == false: what is renamed stays so, and
  /// the next call goes on. Cached answers are found by their requests, which it does not touch.
  /// Errors, when nothing was done: invalid_argument ("from" or "to" empty, over
  /// limits::model_characters, not UTF-8 or with NUL; "to" when it is `from`), unavailable,
  /// deadline_exceeded. A retry is safe.
  RenameReceipt rename_model(std::string_view from, std::string_view to,
                             std::optional<Deadline> deadline = std::nullopt);

  /// Removes a content for every reader; its id is never used again. An output store that is down
  /// is no error: the relay removes the read copy later.
  /// Errors: unavailable, deadline_exceeded. A retry is safe; `found` is false if the first erase
  /// had taken effect.
  EraseReceipt erase(const ContentId& id, std::optional<Deadline> deadline = std::nullopt);

  /// Erases all contents of a user, as erase does, and then the user, in batches. Once complete, a
  /// put of that user is not_found ("user_id"), until ensure_user makes the id known anew. Puts
  /// under way at once either fail so or are erased, too.
  /// Where time or a server fails after a batch was done, it returns with complete == false: what
  /// is erased stays so, and the next call goes on. Once complete, no answer is given any more that
  /// a ResponseCache stored for a request of the user before. It does not touch responses().
  /// Errors, when nothing was done: invalid_argument ("user_id" not positive), unavailable,
  /// deadline_exceeded. A retry is safe.
  EraseUserReceipt erase_user(std::int64_t user_id,
                              std::optional<Deadline> deadline = std::nullopt);

  /// Hands everything that is stored about a user to a sink, as lines of JSON: first the user, then
  /// each content as get gives it, oldest first. Holds 16 contents in memory at a time. `after`:
  /// only what comes after a line of an earlier call. What is put meanwhile is exported unless it
  /// is dated back; what is erased meanwhile is left out. docs/maintenance.md has the form of a
  /// line and what is not in it: cached answers and vectors that belong to no content. Ends at the
  /// deadline with what it has, if that is a line. What the sink throws goes to the caller;
  /// ExportedLine::next of the last line goes on then, as after every Error. Errors:
  /// invalid_argument ("user_id" not positive, "after" from elsewhere), unavailable,
  /// deadline_exceeded. A retry is safe.
  ExportReport export_user(std::int64_t user_id, const ExportSink& sink,
                           const std::optional<Cursor>& after = std::nullopt,
                           std::optional<Deadline> deadline = std::nullopt);

  /// The disposable responses. Valid as long as this store is neither moved from nor destroyed.
  [[nodiscard]] Responses& responses() noexcept;

  /// The answers of models. Valid as responses() is.
  [[nodiscard]] ResponseCache& cache() noexcept;

  /// Embedding vectors. Valid as responses() is.
  [[nodiscard]] Vectors& vectors() noexcept;

  /// Large parts of outputs, streamed. Valid as responses() is.
  [[nodiscard]] Bodies& bodies() noexcept;

  /// What the cache of answers did since the store was opened, in this process. Never blocks for
  /// long. Errors: closed.
  [[nodiscard]] CacheMetrics metrics() const;

  /// The relay and what else keeps the stores in step. Valid as responses() is.
  [[nodiscard]] Maintenance& maintenance() noexcept;

  /// Starts a thread that keeps the stores in step by itself: it relays what the output store
  /// missed, and sweeps if asked to. Never blocks. It runs until close(), which does not wait for
  /// it; the destructor does, for at most a step's deadline. Several stores, in several processes
  /// too, may each have one.
  /// Errors: invalid_argument (a field of the options), conflict (it was started before: the
  /// options of a store's maintenance can't be changed), overloaded (the system gives no thread),
  /// closed.
  void start_maintenance(const MaintenanceOptions& options = {});

  /// Ends all sessions. Later calls throw `closed`, and so do puts that wait for their turn; those
  /// under way are finished. Never throws, never waits for a server.
  void close() noexcept;

 private:
  struct Impl;
  friend class StoreBuilder;
  explicit ContentStore(std::unique_ptr<Impl> impl) noexcept;
  [[nodiscard]] Impl& live() const;

  std::unique_ptr<Impl> impl_;
};

}  // namespace polystore
