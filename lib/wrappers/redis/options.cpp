#include "polystore/redis/options.hpp"

#include "polystore/error.hpp"

#include "core/url.hpp"
#include "core/whole_number.hpp"

#include <memory>
#include <utility>

namespace polystore::redis {
namespace {

std::uint16_t read_database(const std::string& path, std::string_view field) {
  if (path.empty()) return 0;
  const auto database = detail::whole_number<std::uint16_t>(path);
  if (!database) {
    throw_invalid_argument("read a URL", field,
                           "must end in /database, a number from 0 to 65535, or in nothing");
  }
  return *database;
}

constexpr std::uint16_t sentinel_port = 26379;

std::shared_ptr<Sentinels> read_sentinels(const detail::Url& url, std::string_view field) {
  SentinelOptions options{.master = url.option("master").value_or(""),
                          .user = url.option("sentinel_user"),
                          .password = url.option("sentinel_password")};
  if (options.master.empty()) {
    throw_invalid_argument("read a URL", field,
                           "names sentinels, but not their master; write ?master=name, as in "
                           "'sentinel monitor name …'");
  }
  if (options.user && !options.password) {
    throw_invalid_argument("read a URL", field,
                           "has the option sentinel_user without sentinel_password");
  }
  for (const auto& endpoint : url.endpoints) {
    options.endpoints.push_back(
        {.host = endpoint.host, .port = endpoint.port.value_or(sentinel_port)});
  }
  if (options.endpoints.empty()) options.endpoints.push_back({"localhost", sentinel_port});
  return std::make_shared<Sentinels>(std::move(options));
}

void read_nodes(const detail::Url& url, ConnectOptions& options) {
  for (const auto& endpoint : url.endpoints) {
    options.cluster.push_back(
        {.host = endpoint.host, .port = endpoint.port.value_or(options.port)});
  }
  if (options.cluster.empty()) options.cluster.push_back({options.host, options.port});
  options.host = options.cluster.front().host;
  options.port = options.cluster.front().port;
}

void read_server(const detail::Url& url, std::string_view field, ConnectOptions& options) {
  if (url.endpoints.size() > 1) {
    throw_invalid_argument("read a URL", field,
                           "names several hosts; name one, or begin with redis+sentinel:// or "
                           "redis+cluster://");
  }
  if (url.endpoints.empty()) return;
  options.host = url.endpoints.front().host;
  options.port = url.endpoints.front().port.value_or(options.port);
}

}  // namespace

ConnectOptions ConnectOptions::from_url(std::string_view url_text, std::string_view field) {
  const detail::Url url = detail::parse_url(url_text, field);
  if (url.scheme.starts_with("rediss")) {
    throw Error({.code = ErrorCode::unsupported,
                 .operation = "read a URL",
                 .field = std::string(field),
                 .message = "rediss:// asks for TLS, which this version does not offer; use "
                            "redis:// over a trusted network or a TLS tunnel"});
  }
  const bool by_sentinels = url.scheme == "redis+sentinel" || url.scheme == "redis-sentinel";
  const bool is_cluster = url.scheme == "redis+cluster" || url.scheme == "redis-cluster";
  if (url.scheme != "redis" && !by_sentinels && !is_cluster) {
    throw_invalid_argument("read a URL", field,
                           "must begin with redis://, redis+sentinel:// or redis+cluster://");
  }
  ConnectOptions options;
  if (by_sentinels) {
    detail::refuse_unknown_options(
        url, field, {"client_name", "pool_size", "master", "sentinel_user", "sentinel_password"});
    options.sentinels = read_sentinels(url, field);
  } else {
    detail::refuse_unknown_options(url, field, {"client_name", "pool_size"});
    is_cluster ? read_nodes(url, options) : read_server(url, field, options);
  }
  options.password = url.password;
  if (url.user && !url.user->empty()) options.user = url.user;
  if (options.user && !options.password) {
    throw_invalid_argument("read a URL", field,
                           "names a user without a password; write user:password@, or :password@ "
                           "for the default user");
  }
  options.database = read_database(url.path, field);
  if (is_cluster && options.database != 0) {
    throw_invalid_argument("read a URL", field, "names a database, but a cluster has only 0");
  }
  options.client_name = url.option("client_name").value_or(options.client_name);
  if (options.client_name.find_first_of(" \n") != std::string::npos) {
    throw_invalid_argument("read a URL", field, "the option client_name must not have spaces");
  }
  if (const auto size = detail::integer_option(url, field, "pool_size", 1, 1000)) {
    options.pool_size = static_cast<std::size_t>(*size);
  }
  return options;
}

}  // namespace polystore::redis
