#include "raw_reads.hpp"

#include "raw_postgres.hpp"

#include <mongoc/mongoc.h>
#include <polystore/content_id.hpp>

#include <array>
#include <stdexcept>

namespace bench {
namespace {

constexpr const char* join = R"(
SELECT c.title, m.name, u.name, c.generated_at, c.version, c.prompt_tokens, c.completion_tokens,
       c.latency_us,
       ARRAY(SELECT t.name FROM content_tags ct JOIN tags t ON t.id = ct.tag_id
             WHERE ct.content_id = c.id ORDER BY t.name)
FROM ai_generated_content c JOIN models m ON m.id = c.model_id JOIN users u ON u.id = c.user_id
WHERE c.id = $1::text::uuid)";

}  // namespace

struct RawReads::Session {
  Session(const std::string& postgres_url, const std::string& mongo_url)
      : postgres(PQconnectdb(postgres_url.c_str())), client(mongoc_client_new(mongo_url.c_str())) {
    require(postgres, Result(PQprepare(postgres, "join", join, 1, nullptr)));
    mongoc_client_set_error_api(client, 2);
    const auto* database = mongoc_uri_get_database(mongoc_client_get_uri(client));
    documents = mongoc_client_get_collection(client, database, "aiGenerated");
    mongoc_write_concern_t* concern = mongoc_write_concern_new();
    mongoc_write_concern_set_wmajority(concern, 600'000);
    mongoc_write_concern_set_journal(concern, true);
    mongoc_collection_set_write_concern(documents, concern);
    mongoc_write_concern_destroy(concern);
  }
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;
  ~Session() {
    PQfinish(postgres);
    mongoc_collection_destroy(documents);
    mongoc_client_destroy(client);
  }

  PGconn* postgres;
  mongoc_client_t* client;
  mongoc_collection_t* documents = nullptr;
};

RawReads::RawReads(const std::string& postgres_url, const std::string& mongo_url,
                   std::size_t callers) {
  mongoc_init();
  for (std::size_t i = 0; i < callers; ++i) {
    sessions_.push_back(std::make_unique<Session>(postgres_url, mongo_url));
  }
}

RawReads::~RawReads() = default;

void RawReads::read_joined(std::size_t caller, const std::string& id) {
  PGconn* connection = sessions_[caller]->postgres;
  const std::array texts{id.c_str()};
  const Result row(PQexecPrepared(connection, "join", 1, texts.data(), nullptr, nullptr, 0));
  require(connection, row);
  if (PQntuples(row.get()) != 1) throw std::runtime_error("the row is not there");
  read_document(caller, id);
}

void RawReads::read_document(std::size_t caller, const std::string& id) {
  const auto bytes = polystore::ContentId::parse(id).value().bytes();
  bson_t filter = BSON_INITIALIZER;
  bson_append_binary(&filter, "_id", -1, BSON_SUBTYPE_UUID, bytes.data(), bytes.size());
  mongoc_cursor_t* cursor =
      mongoc_collection_find_with_opts(sessions_[caller]->documents, &filter, nullptr, nullptr);
  const bson_t* document = nullptr;
  const bool found = mongoc_cursor_next(cursor, &document);
  mongoc_cursor_destroy(cursor);
  bson_destroy(&filter);
  if (!found) throw std::runtime_error("the document is not there");
}

void RawReads::rename_model(const std::string& from, const std::string& to) {
  Session& session = *sessions_.front();
  const std::array texts{from.c_str(), to.c_str()};
  require(session.postgres,
          Result(PQexecParams(session.postgres, "UPDATE models SET name = $2 WHERE name = $1", 2,
                              nullptr, texts.data(), nullptr, nullptr, 0)));
  bson_error_t error{};
  bson_t* filter = BCON_NEW("modelUsed", BCON_UTF8(from.c_str()));
  bson_t* change = BCON_NEW("$set", "{", "modelUsed", BCON_UTF8(to.c_str()), "}");
  const bool good =
      mongoc_collection_update_many(session.documents, filter, change, nullptr, nullptr, &error);
  bson_destroy(filter);
  bson_destroy(change);
  if (!good) throw std::runtime_error(error.message);
}

}  // namespace bench
