#include "polystore/mysql/options.hpp"

#include "core/url.hpp"

#include <utility>

namespace polystore::mysql {
namespace {

constexpr std::uint16_t default_port = 3306;

[[noreturn]] void refuse(std::string_view field, std::string_view message) {
  throw_invalid_argument("read a URL", field, message);
}

std::vector<Host> hosts_of(const detail::Url& url, std::string_view field) {
  if (const auto socket = url.option("socket")) {
    if (!url.endpoints.empty() || !socket->starts_with('/')) {
      refuse(field,
             "the option 'socket' is the path of a Unix socket: it begins with '/', and no host is "
             "named");
    }
    return {{.name = *socket}};
  }
  if (url.endpoints.empty()) {
    refuse(field,
           "the URL names no host; write mysql://localhost/name, or "
           "mysql:///name?socket=/run/mysqld/mysqld.sock for a Unix socket");
  }
  std::vector<Host> hosts;
  for (const auto& endpoint : url.endpoints) {
    if (endpoint.host.starts_with('/')) {
      refuse(field, "a Unix socket's path goes into the option 'socket'");
    }
    hosts.push_back({.name = endpoint.host, .port = endpoint.port.value_or(default_port)});
  }
  return hosts;
}

}  // namespace

ConnectOptions ConnectOptions::from_url(std::string_view text, std::string_view field) {
  detail::Url url = detail::parse_url(text, field);
  if (url.scheme != "mysql" && url.scheme != "mariadb") {
    refuse(field, "the URL must begin with mysql://");
  }
  detail::refuse_unknown_options(url, field, {"application_name", "pool_size", "socket"});
  ConnectOptions options;
  options.hosts = hosts_of(url, field);
  options.user = std::move(url.user);
  options.password = std::move(url.password);
  if (url.path.empty()) refuse(field, "the URL names no database; write mysql://host/name");
  options.database = std::move(url.path);
  if (auto name = url.option("application_name")) options.application_name = std::move(*name);
  if (const auto size = detail::integer_option(url, field, "pool_size", 1, 1000)) {
    options.pool_size = static_cast<std::size_t>(*size);
  }
  return options;
}

}  // namespace polystore::mysql
