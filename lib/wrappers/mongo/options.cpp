#include "polystore/mongo/options.hpp"

#include "polystore/error.hpp"

#include "core/url.hpp"

namespace polystore::mongo {
namespace {

void check_database(const std::string& name, std::string_view field) {
  // The server's own rules for names.
  if (name.empty() || name.size() > 63 || name.find_first_of("/\\. \"$") != std::string::npos) {
    throw_invalid_argument(
        "read a URL", field,
        "must end in /database, a name of 1 to 63 bytes without /\\.\"$ or space");
  }
}

bool read_bool(const detail::Url& url, std::string_view name, std::string_view field) {
  const std::string value = url.option(name).value_or("false");
  if (value == "true" || value == "false") return value == "true";
  throw_invalid_argument("read a URL", field,
                         "the option '" + std::string(name) + "' must be true or false");
}

}  // namespace

ConnectOptions ConnectOptions::from_url(std::string_view url_text, std::string_view field) {
  const detail::Url url = detail::parse_url(url_text, field);
  if (url.scheme != "mongodb") {
    throw_invalid_argument("read a URL", field, "must begin with mongodb://");
  }
  detail::refuse_unknown_options(
      url, field, {"replicaSet", "authSource", "directConnection", "appName", "pool_size"});
  check_database(url.path, field);
  ConnectOptions options;
  if (!url.endpoints.empty()) options.hosts.clear();
  for (const auto& endpoint : url.endpoints) {
    options.hosts.push_back({endpoint.host, endpoint.port.value_or(Host{}.port)});
  }
  options.user = url.user;
  options.password = url.password;
  if (options.user.has_value() != options.password.has_value()) {
    throw_invalid_argument("read a URL", field, "names a user without a password, or the reverse");
  }
  options.database = url.path;
  options.replica_set = url.option("replicaSet");
  options.auth_source = url.option("authSource").value_or(options.auth_source);
  options.direct_connection = read_bool(url, "directConnection", field);
  if (options.direct_connection && options.hosts.size() > 1) {
    throw_invalid_argument("read a URL", field, "asks for directConnection to several hosts");
  }
  options.app_name = url.option("appName").value_or(options.app_name);
  if (options.app_name.size() > 128) {
    throw_invalid_argument("read a URL", field, "the option 'appName' is longer than 128 bytes");
  }
  if (const auto size = detail::integer_option(url, field, "pool_size", 1, 1000)) {
    options.pool_size = static_cast<std::size_t>(*size);
  }
  return options;
}

}  // namespace polystore::mongo
