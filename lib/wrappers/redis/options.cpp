#include "polystore/redis/options.hpp"

#include "polystore/error.hpp"

#include "core/url.hpp"

#include <charconv>

namespace polystore::redis {
namespace {

constexpr std::uint16_t most_databases = 65535;

std::uint16_t read_database(const std::string& path, std::string_view field) {
  if (path.empty()) return 0;
  std::uint32_t database = 0;
  const char* end = path.data() + path.size();
  const auto result = std::from_chars(path.data(), end, database);
  if (result.ec != std::errc() || result.ptr != end || database > most_databases) {
    throw_invalid_argument("read a URL", field,
                           "must end in /database, a number from 0 to 65535, or in nothing");
  }
  return static_cast<std::uint16_t>(database);
}

}  // namespace

ConnectOptions ConnectOptions::from_url(std::string_view url_text, std::string_view field) {
  const detail::Url url = detail::parse_url(url_text, field);
  if (url.scheme == "rediss") {
    throw Error({.code = ErrorCode::unsupported,
                 .operation = "read a URL",
                 .field = std::string(field),
                 .message = "rediss:// asks for TLS, which this version does not offer; use "
                            "redis:// over a trusted network or a TLS tunnel"});
  }
  if (url.scheme != "redis")
    throw_invalid_argument("read a URL", field, "must begin with redis://");
  detail::refuse_unknown_options(url, field, {"client_name", "pool_size"});
  if (url.endpoints.size() > 1) {
    throw_invalid_argument("read a URL", field, "names several hosts; name one");
  }
  ConnectOptions options;
  if (!url.endpoints.empty()) {
    options.host = url.endpoints.front().host;
    options.port = url.endpoints.front().port.value_or(options.port);
  }
  options.password = url.password;
  if (url.user && !url.user->empty()) options.user = url.user;
  if (options.user && !options.password) {
    throw_invalid_argument("read a URL", field,
                           "names a user without a password; write user:password@, or :password@ "
                           "for the default user");
  }
  options.database = read_database(url.path, field);
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
