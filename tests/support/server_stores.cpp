#include "support/server_stores.hpp"

#include "polystore/content_id.hpp"

#include "support/servers.hpp"

#include <catch2/catch_test_macros.hpp>
#include <libpq-fe.h>
#include <mariadb/mysql.h>
#include <mongoc/mongoc.h>

#include <signal.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <stdexcept>

namespace polystore::test {
namespace {

std::string new_name() {
  std::string name = "polystore_test_";
  for (const char c : ContentId::generate().to_string()) {
    if (c != '-') name += c;
  }
  return name;
}

// scheme://authority/path?options with another path.
std::string with_path(const std::string& url, const std::string& path) {
  const auto authority = url.find("://") + 3;
  const auto end = url.find_first_of("/?", authority);
  const auto options = url.find('?', authority);
  return url.substr(0, end) + "/" + path +
         (options == std::string::npos ? "" : url.substr(options));
}

std::string run_sql(const std::string& url, const std::string& sql) {
  const std::unique_ptr<PGconn, decltype(&PQfinish)> connection(PQconnectdb(url.c_str()),
                                                                &PQfinish);
  const std::unique_ptr<PGresult, decltype(&PQclear)> result(PQexec(connection.get(), sql.c_str()),
                                                             &PQclear);
  const auto status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw std::runtime_error(PQresultErrorMessage(result.get()));
  }
  if (status == PGRES_COMMAND_OK || PQntuples(result.get()) == 0) return {};
  return PQgetvalue(result.get(), 0, 0);
}

// "scheme://user:password@host:port/…"
struct Authority {
  std::string user;
  std::string password;
  std::string host;
  unsigned port;
};

Authority authority_of(const std::string& url) {
  const auto begin = url.find("://") + 3;
  const auto colon = url.find(':', begin);
  const auto at = url.find('@', colon);
  const auto port = url.find(':', at);
  return {.user = url.substr(begin, colon - begin),
          .password = url.substr(colon + 1, at - colon - 1),
          .host = url.substr(at + 1, port - at - 1),
          .port = static_cast<unsigned>(std::stoul(url.substr(port + 1)))};
}

// libmariadb has SIGPIPE ignored in the whole process, which would hide what others do.
void initialise_mysql() {
  static const int initialised = [] {
    struct sigaction before {};
    sigaction(SIGPIPE, nullptr, &before);
    const int result = mysql_library_init(0, nullptr, nullptr);
    sigaction(SIGPIPE, &before, nullptr);
    return result;
  }();
  if (initialised != 0) throw std::runtime_error("libmariadb can't be initialised");
}

std::string run_mysql(const std::string& url, const char* database, const std::string& sql) {
  initialise_mysql();
  const Authority to = authority_of(url);
  const std::unique_ptr<MYSQL, decltype(&mysql_close)> connection(mysql_init(nullptr),
                                                                  &mysql_close);
  MYSQL* const c = connection.get();
  if (mysql_real_connect(c, to.host.c_str(), to.user.c_str(), to.password.c_str(), database,
                         to.port, nullptr, 0) == nullptr ||
      mysql_real_query(c, sql.data(), sql.size()) != 0) {
    throw std::runtime_error(mysql_error(c));
  }
  const std::unique_ptr<MYSQL_RES, decltype(&mysql_free_result)> result(mysql_store_result(c),
                                                                        &mysql_free_result);
  const MYSQL_ROW row = result ? mysql_fetch_row(result.get()) : nullptr;
  return row == nullptr || row[0] == nullptr ? "" : row[0];
}

}  // namespace

ScratchMysql::ScratchMysql() : name_(new_name()) {
  const std::string server_url = require_server("MYSQL_URL");
  url_ = with_path(server_url, name_);
  (void)run_mysql(url_, nullptr, "CREATE DATABASE " + name_);
}

ScratchMysql::~ScratchMysql() {
  try {
    (void)run_mysql(url_, nullptr, "DROP DATABASE " + name_);
  } catch (const std::exception&) {
    // The scratch server goes as a whole at the end of the run.
  }
}

std::string ScratchMysql::query(const std::string& sql) const {
  return run_mysql(url_, name_.c_str(), sql);
}

ScratchPostgres::ScratchPostgres()
    : server_url_(require_server("POSTGRES_URL")),
      name_(new_name()),
      url_(with_path(server_url_, name_)) {
  (void)run_sql(server_url_, "CREATE DATABASE " + name_);
}

ScratchPostgres::~ScratchPostgres() {
  try {
    (void)run_sql(server_url_, "DROP DATABASE " + name_ + " WITH (FORCE)");
  } catch (const std::exception&) {
    // The scratch server goes as a whole at the end of the run.
  }
}

std::string ScratchPostgres::query(const std::string& sql) const { return run_sql(url_, sql); }

struct ScratchMongo::Client {
  explicit Client(const std::string& url) {
    static const int initialised = (mongoc_init(), 0);
    (void)initialised;
    const std::unique_ptr<mongoc_uri_t, decltype(&mongoc_uri_destroy)> uri(
        mongoc_uri_new(url.c_str()), &mongoc_uri_destroy);
    pool = mongoc_client_pool_new(uri.get());
    client = mongoc_client_pool_pop(pool);
  }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;
  ~Client() {
    mongoc_client_pool_push(pool, client);
    mongoc_client_pool_destroy(pool);
  }
  mongoc_client_pool_t* pool = nullptr;
  mongoc_client_t* client = nullptr;
};

ScratchMongo::ScratchMongo() : name_(new_name()) {
  const std::string server = require_server("MONGO_URL");
  url_ = with_path(server, name_);
  client_ = std::make_unique<Client>(server);
}

ScratchMongo::~ScratchMongo() {
  try {
    (void)command(R"({"dropDatabase":1})");
  } catch (const std::exception&) {
    // The scratch server goes as a whole at the end of the run.
  }
}

std::string ScratchMongo::command(const std::string& json) const {
  bson_error_t error{};
  bson_t command;
  bson_t reply;
  if (!bson_init_from_json(&command, json.c_str(), -1, &error)) {
    throw std::runtime_error(error.message);
  }
  const bool good = mongoc_client_command_simple(client_->client, name_.c_str(), &command, nullptr,
                                                 &reply, &error);
  char* text = bson_as_relaxed_extended_json(&reply, nullptr);
  const std::string result = text == nullptr ? "" : text;
  bson_free(text);
  bson_destroy(&reply);
  bson_destroy(&command);
  if (!good) throw std::runtime_error(error.message);
  return result;
}

ScratchRedis::ScratchRedis()
    : server_url_(require_server("REDIS_URL")), number_(std::to_string(getpid() % 4095 + 1)) {
  url_ = with_path(server_url_, number_);
  (void)cli("flushdb");
}

std::string ScratchRedis::cli(const std::string& arguments) const {
  const std::string command =
      "redis-cli -u '" + server_url_ + "' -n " + number_ + " " + arguments + " 2>/dev/null";
  const std::unique_ptr<std::FILE, decltype(&pclose)> pipe(popen(command.c_str(), "r"), &pclose);
  if (!pipe) throw std::runtime_error("redis-cli could not be run");
  std::string output;
  std::array<char, 4096> buffer{};
  while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe.get())) {
    output.append(buffer.data(), size);
  }
  if (output.ends_with('\n')) output.pop_back();
  return output;
}

}  // namespace polystore::test
