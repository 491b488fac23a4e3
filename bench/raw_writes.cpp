#include "raw_writes.hpp"

#include "raw_postgres.hpp"

#include <mongoc/mongoc.h>
#include <polystore/content_id.hpp>

#include <array>
#include <condition_variable>
#include <mutex>
#include <stdexcept>
#include <vector>

namespace bench {
namespace {

void run(PGconn* connection, const char* sql) {
  require(connection, Result(PQexec(connection, sql)));
}

template <std::size_t Count>
void run_prepared(PGconn* connection, const char* name,
                  const std::array<const char*, Count>& texts) {
  require(connection, Result(PQexecPrepared(connection, name, static_cast<int>(Count), texts.data(),
                                            nullptr, nullptr, 0)));
}

PGconn* connect(const std::string& url) {
  PGconn* connection = PQconnectdb(url.c_str());
  if (PQstatus(connection) != CONNECTION_OK) throw std::runtime_error(PQerrorMessage(connection));
  const auto prepare = [&](const char* name, const char* sql) {
    require(connection, Result(PQprepare(connection, name, sql, 0, nullptr)));
  };
  prepare(
      "row",
      "INSERT INTO ai_generated_content (id, title, title_words, model_id, generated_at, "
      "user_id, prompt_tokens, completion_tokens, latency_us, content_hash, version) "
      "SELECT $1::uuid, $2::text, regexp_split_to_array(lower($2::text), ' '), models.id, now(), "
      "$4::int8, 0, 0, 0, sha256($5::text::bytea), 1 FROM models WHERE name = $3::text");
  prepare("tag",
          "INSERT INTO content_tags (content_id, tag_id, generated_at) "
          "SELECT $1::uuid, id, now() FROM tags WHERE name = $2::text");
  return connection;
}

void insert_document(mongoc_collection_t* collection, const polystore::ContentId& id,
                     const Sample& sample) {
  bson_error_t error{};
  bson_t output;
  if (!bson_init_from_json(&output, sample.output_json.data(),
                           static_cast<ssize_t>(sample.output_json.size()), &error)) {
    throw std::runtime_error(error.message);
  }
  bson_t* document = bson_new();
  bson_append_binary(document, "_id", -1, BSON_SUBTYPE_UUID, id.bytes().data(),
                     polystore::ContentId::size_bytes);
  bson_append_int64(document, "version", -1, 1);
  bson_append_utf8(document, "title", -1, sample.title.c_str(), -1);
  bson_append_utf8(document, "modelUsed", -1, sample.model.c_str(), -1);
  bson_append_now_utc(document, "generatedAt", -1);
  bson_append_int64(document, "userId", -1, sample.user_id);
  bson_t tags;
  bson_append_array_begin(document, "tags", -1, &tags);
  bson_append_utf8(&tags, "0", -1, sample.tag.c_str(), -1);
  bson_append_array_end(document, &tags);
  bson_append_document(document, "output", -1, &output);
  const bool good = mongoc_collection_insert_one(collection, document, nullptr, nullptr, &error);
  bson_destroy(document);
  bson_destroy(&output);
  if (!good) throw std::runtime_error(error.message);
}

/// Things that one caller at a time uses.
template <class T>
class Shared {
 public:
  void add(T one) { free_.push_back(one); }
  T take() {
    std::unique_lock lock(mutex_);
    freed_.wait(lock, [this] { return !free_.empty(); });
    T one = free_.back();
    free_.pop_back();
    return one;
  }
  void give_back(T one) {
    {
      const std::lock_guard lock(mutex_);
      free_.push_back(one);
    }
    freed_.notify_one();
  }
  std::vector<T>& all() { return free_; }

 private:
  std::mutex mutex_;
  std::condition_variable freed_;
  std::vector<T> free_;
};

}  // namespace

struct RawWriter::Pools {
  struct Session {
    PGconn* postgres = nullptr;
    mongoc_client_t* client = nullptr;
    mongoc_collection_t* collection = nullptr;
  };
  Shared<Session> sessions;
  mongoc_client_pool_t* clients = nullptr;
};

RawWriter::RawWriter(const std::string& postgres_url, const std::string& mongo_url,
                     std::size_t connections)
    : pools_(std::make_unique<Pools>()) {
  mongoc_init();
  mongoc_uri_t* uri = mongoc_uri_new(mongo_url.c_str());
  mongoc_uri_set_option_as_int32(uri, MONGOC_URI_MAXPOOLSIZE, static_cast<int>(connections));
  pools_->clients = mongoc_client_pool_new(uri);
  mongoc_client_pool_set_error_api(pools_->clients, 2);
  mongoc_write_concern_t* concern = mongoc_write_concern_new();
  mongoc_write_concern_set_wmajority(concern, 10'000);
  mongoc_write_concern_set_journal(concern, true);
  for (std::size_t i = 0; i < connections; ++i) {
    Pools::Session session{.postgres = connect(postgres_url),
                           .client = mongoc_client_pool_pop(pools_->clients)};
    session.collection =
        mongoc_client_get_collection(session.client, mongoc_uri_get_database(uri), "aiGenerated");
    mongoc_collection_set_write_concern(session.collection, concern);
    pools_->sessions.add(session);
  }
  mongoc_write_concern_destroy(concern);
  mongoc_uri_destroy(uri);
}

RawWriter::~RawWriter() {
  for (auto& session : pools_->sessions.all()) {
    PQfinish(session.postgres);
    mongoc_collection_destroy(session.collection);
    mongoc_client_pool_push(pools_->clients, session.client);
  }
  mongoc_client_pool_destroy(pools_->clients);
}

void RawWriter::put(const Sample& sample) {
  const auto session = pools_->sessions.take();
  const auto content_id = polystore::ContentId::generate();
  const std::string id = content_id.to_string();
  const std::string user = std::to_string(sample.user_id);
  run(session.postgres, "BEGIN");
  run_prepared<5>(
      session.postgres, "row",
      {id.c_str(), sample.title.c_str(), sample.model.c_str(), user.c_str(), sample.title.c_str()});
  run_prepared<2>(session.postgres, "tag", {id.c_str(), sample.tag.c_str()});
  insert_document(session.collection, content_id, sample);
  run(session.postgres, "COMMIT");
  pools_->sessions.give_back(session);
}

}  // namespace bench
