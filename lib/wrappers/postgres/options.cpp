#include "polystore/postgres/options.hpp"

#include "core/url.hpp"

#include <utility>

namespace polystore::postgres {
namespace {

constexpr std::uint16_t default_port = 5432;

[[noreturn]] void refuse(std::string_view field, std::string_view message) {
  throw_invalid_argument("read a URL", field, message);
}

std::vector<Host> hosts_of(const detail::Url& url, std::string_view field) {
  const auto directory = url.option("host");
  const auto port = detail::integer_option(url, field, "port", 1, 65535);
  if (!directory) {
    if (port)
      refuse(field, "the option 'port' goes with 'host'; else write it after the host name");
    if (url.endpoints.empty()) {
      refuse(field,
             "the URL names no host; write postgresql://localhost/name, or "
             "postgresql:///name?host=/var/run/postgresql for a Unix socket");
    }
    std::vector<Host> hosts;
    for (const auto& endpoint : url.endpoints) {
      if (endpoint.host.starts_with('/')) {
        refuse(field, "a Unix socket's directory goes into the option 'host'");
      }
      hosts.push_back({.name = endpoint.host, .port = endpoint.port.value_or(default_port)});
    }
    return hosts;
  }
  if (!url.endpoints.empty() || !directory->starts_with('/')) {
    refuse(field,
           "the option 'host' is for the directory of a Unix socket: it begins with '/', and no "
           "other host is named");
  }
  return {{.name = *directory, .port = static_cast<std::uint16_t>(port.value_or(default_port))}};
}

}  // namespace

ConnectOptions ConnectOptions::from_url(std::string_view text, std::string_view field) {
  detail::Url url = detail::parse_url(text, field);
  if (url.scheme != "postgresql" && url.scheme != "postgres") {
    refuse(field, "the URL must begin with postgresql://");
  }
  detail::refuse_unknown_options(url, field,
                                 {"application_name", "host", "pool_size", "port", "search_path"});
  ConnectOptions options;
  options.hosts = hosts_of(url, field);
  options.user = std::move(url.user);
  options.password = std::move(url.password);
  if (!url.path.empty()) options.database = std::move(url.path);
  if (auto name = url.option("application_name")) options.application_name = std::move(*name);
  if (auto path = url.option("search_path")) options.search_path = std::move(*path);
  if (const auto size = detail::integer_option(url, field, "pool_size", 1, 1000)) {
    options.pool_size = static_cast<std::size_t>(*size);
  }
  return options;
}

}  // namespace polystore::postgres
