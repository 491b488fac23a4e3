#include "polystore/mongo/pool.hpp"

#include "polystore/error.hpp"

#include "wrappers/mongo/driver.hpp"
#include "wrappers/mongo/driver_pool.hpp"

#include <string>

namespace polystore::mongo {
namespace {

// Times in milliseconds, as the driver counts them.
constexpr int connect_timeout_ms = 2000;
constexpr int longest_read_ms = 600'000;  // the deadline of each call is what ends it
constexpr int heartbeat_ms = 500;         // the least that the driver allows
constexpr int selection_timeout_ms = 10;  // Client::await_server repeats it until the deadline

void require(bool good) {
  if (good) return;
  throw Error({.code = ErrorCode::invalid_argument,
               .backend = Backend::mongo,
               .operation = "open a pool",
               .message =
                   "libmongoc refuses the host names, the user, the database or an option of "
                   "the URL (it is not shown: it may hold a password)"});
}

std::string host_list(const std::vector<Host>& hosts) {
  std::string list;
  for (const auto& host : hosts) {
    const bool is_ipv6 = host.name.find(':') != std::string::npos;
    list += list.empty() ? "" : ",";
    list += (is_ipv6 ? "[" + host.name + "]" : host.name) + ":" + std::to_string(host.port);
  }
  return list;
}

// Only host names go through the driver's URI parser: its messages quote what it does not like.
UriHandle make_uri(const ConnectOptions& options) {
  bson_error_t error{};
  UriHandle uri(
      mongoc_uri_new_with_error(("mongodb://" + host_list(options.hosts) + "/").c_str(), &error));
  require(uri != nullptr);
  mongoc_uri_t* raw = uri.get();
  bool good = mongoc_uri_set_database(raw, options.database.c_str()) &&
              mongoc_uri_set_appname(raw, options.app_name.c_str());
  if (options.user && options.password) {
    good = good && mongoc_uri_set_username(raw, options.user->c_str()) &&
           mongoc_uri_set_password(raw, options.password->c_str()) &&
           mongoc_uri_set_auth_source(raw, options.auth_source.c_str());
  }
  if (options.replica_set) {
    good = good &&
           mongoc_uri_set_option_as_utf8(raw, MONGOC_URI_REPLICASET, options.replica_set->c_str());
  }
  if (options.direct_connection) {
    good = good && mongoc_uri_set_option_as_bool(raw, MONGOC_URI_DIRECTCONNECTION, true);
  }
  good = good &&
         mongoc_uri_set_option_as_int32(raw, MONGOC_URI_MAXPOOLSIZE,
                                        static_cast<int>(options.pool_size)) &&
         mongoc_uri_set_option_as_int32(raw, MONGOC_URI_CONNECTTIMEOUTMS, connect_timeout_ms) &&
         mongoc_uri_set_option_as_int32(raw, MONGOC_URI_SOCKETTIMEOUTMS, longest_read_ms) &&
         mongoc_uri_set_option_as_int32(raw, MONGOC_URI_HEARTBEATFREQUENCYMS, heartbeat_ms) &&
         mongoc_uri_set_option_as_int32(raw, MONGOC_URI_SERVERSELECTIONTIMEOUTMS,
                                        selection_timeout_ms) &&
         mongoc_uri_set_option_as_int32(raw, MONGOC_URI_WAITQUEUETIMEOUTMS, selection_timeout_ms) &&
         // A retry of the driver's would select a server again, past the deadline.
         mongoc_uri_set_option_as_bool(raw, MONGOC_URI_RETRYWRITES, false) &&
         mongoc_uri_set_option_as_bool(raw, MONGOC_URI_RETRYREADS, false);
  require(good);
  return uri;
}

std::shared_ptr<DriverPool> make_driver_pool(const ConnectOptions& options) {
  initialise_driver();
  const UriHandle uri = make_uri(options);
  bson_error_t error{};
  DriverPoolHandle pool(mongoc_client_pool_new_with_error(uri.get(), &error));
  require(pool != nullptr && mongoc_client_pool_set_error_api(pool.get(), 2));
  return std::make_shared<DriverPool>(std::move(pool));
}

}  // namespace

ClientPool make_pool(const ConnectOptions& options) {
  return ClientPool(
      {.max_size = options.pool_size},
      [driver_pool = make_driver_pool(options)](Deadline) {
        return std::make_unique<Client>(driver_pool);
      },
      [](Client& client) { return client.healthy(); });
}

}  // namespace polystore::mongo
