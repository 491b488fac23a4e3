#include "polystore/sqlite/options.hpp"

#include "polystore/error.hpp"

#include "core/url.hpp"

namespace polystore::sqlite {

ConnectOptions ConnectOptions::from_url(std::string_view url, std::string_view field) {
  if (detail::scheme_of(url) != "sqlite") {
    throw_invalid_argument("read a URL", field, "must be of the form sqlite:path");
  }
  // The common parser reads scheme://authority/path; here all before the options is the path.
  std::string_view rest = url.substr(url.find(':') + 1);
  if (rest.starts_with("//")) rest.remove_prefix(2);
  const auto query = rest.find('?');
  const std::string_view path = rest.substr(0, query);
  const std::string_view options =
      query == std::string_view::npos ? std::string_view() : rest.substr(query);
  const detail::Url parsed =
      detail::parse_url(std::string("sqlite:///").append(path).append(options), field);
  detail::refuse_unknown_options(parsed, field, {"pool_size"});
  if (parsed.path.empty() || parsed.path.front() == ':') {
    throw_invalid_argument("read a URL", field,
                           "names no file; write sqlite:path, relative or absolute");
  }
  ConnectOptions result{.path = parsed.path};
  if (const auto size = detail::integer_option(parsed, field, "pool_size", 1, 1000)) {
    result.pool_size = static_cast<std::size_t>(*size);
  }
  return result;
}

}  // namespace polystore::sqlite
