#include "core/url.hpp"

#include "core/whole_number.hpp"

#include <algorithm>
#include <cctype>
#include <charconv>

namespace polystore::detail {
namespace {

class Parser {
 public:
  Parser(std::string_view text, std::string_view field) : rest_(text), field_(field) {}

  Url run() {
    if (rest_.find('\0') != std::string_view::npos) fail("has a NUL byte");
    url_.scheme = scheme_of(rest_);
    const auto separator = rest_.find("://");
    if (url_.scheme.empty() || separator != url_.scheme.size()) fail("must begin with scheme://");
    rest_.remove_prefix(separator + 3);
    if (const auto query = rest_.find('?'); query != std::string_view::npos) {
      parse_options(rest_.substr(query + 1));
      rest_ = rest_.substr(0, query);
    }
    // An unescaped '/' or '@' in a password would shift what follows into the host: refused below
    // because what is left is then no valid host or port.
    if (const auto slash = rest_.find('/'); slash != std::string_view::npos) {
      url_.path = decode(rest_.substr(slash + 1), "path");
      rest_ = rest_.substr(0, slash);
    }
    if (const auto at = rest_.rfind('@'); at != std::string_view::npos) {
      parse_credentials(rest_.substr(0, at));
      rest_.remove_prefix(at + 1);
    }
    parse_endpoints();
    return std::move(url_);
  }

 private:
  [[noreturn]] void fail(std::string_view what) const {
    throw_invalid_argument(
        "read a URL", field_,
        std::string("the URL ")
            .append(what)
            .append("; expected scheme://user:password@host:port/name?option=value, with special "
                    "characters percent-encoded (the URL is not shown: it may hold a password)"));
  }

  [[nodiscard]] std::string decode(std::string_view text, std::string_view part) const {
    std::string decoded;
    decoded.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '%') {
        decoded.push_back(text[i]);
        continue;
      }
      unsigned value = 0;
      const char* first = text.data() + i + 1;
      if (i + 2 >= text.size() || std::from_chars(first, first + 2, value, 16).ptr != first + 2 ||
          value == 0) {
        fail(std::string("has a bad percent escape in its ").append(part));
      }
      decoded.push_back(static_cast<char>(value));
      i += 2;
    }
    return decoded;
  }

  void parse_credentials(std::string_view text) {
    if (text.find('@') != std::string_view::npos) {
      fail("has an unescaped '@' in its user name or password (write %40)");
    }
    const auto colon = text.find(':');
    url_.user = decode(text.substr(0, colon), "user name");
    if (colon == std::string_view::npos) return;
    const auto password = text.substr(colon + 1);
    if (password.find(':') != std::string_view::npos) {
      fail("has an unescaped ':' in its password (write %3A)");
    }
    url_.password = decode(password, "password");
  }

  void parse_endpoints() {
    if (rest_.empty()) return;
    std::string_view list = rest_;
    for (;;) {
      const auto comma = list.find(',');
      url_.endpoints.push_back(parse_endpoint(list.substr(0, comma)));
      if (comma == std::string_view::npos) return;
      list.remove_prefix(comma + 1);
    }
  }

  [[nodiscard]] Endpoint parse_endpoint(std::string_view text) const {
    Endpoint endpoint;
    std::string_view port;
    if (text.starts_with('[')) {
      const auto close = text.find(']');
      if (close == std::string_view::npos) fail("has an IPv6 address without its ']'");
      endpoint.host = std::string(text.substr(1, close - 1));
      port = text.substr(close + 1);
    } else {
      const auto colon = text.find(':');
      endpoint.host = decode(text.substr(0, colon), "host");
      if (colon != std::string_view::npos) port = text.substr(colon);
    }
    if (endpoint.host.empty()) fail("has an empty host name");
    if (!std::all_of(endpoint.host.begin(), endpoint.host.end(), is_host_character)) {
      fail("has a character in its host name that no host name has");
    }
    if (!port.empty()) endpoint.port = parse_port(port);
    return endpoint;
  }

  static bool is_host_character(char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("-._:%/").find(c) != std::string_view::npos;
  }

  [[nodiscard]] std::uint16_t parse_port(std::string_view text) const {
    const auto port = whole_number<std::uint16_t>(text.substr(1));
    if (text[0] != ':' || port.value_or(0) == 0) {
      fail(
          "has a port that is not a number from 1 to 65535 (or an unescaped character in its "
          "password)");
    }
    return *port;
  }

  void parse_options(std::string_view text) {
    while (!text.empty()) {
      const auto ampersand = text.find('&');
      const std::string_view pair = text.substr(0, ampersand);
      const auto equals = pair.find('=');
      if (equals == 0 || equals == std::string_view::npos) {
        fail("has an option that is not of the form name=value");
      }
      std::string name = decode(pair.substr(0, equals), "options");
      if (url_.option(name)) fail("has the same option twice");
      url_.options.emplace_back(std::move(name), decode(pair.substr(equals + 1), "options"));
      if (ampersand == std::string_view::npos) return;
      text.remove_prefix(ampersand + 1);
    }
  }

  std::string_view rest_;
  std::string_view field_;
  Url url_;
};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

// A name is shown only when it looks like one: a mangled URL can put a secret in its place.
std::string printable_name(std::string_view name) {
  const bool plain =
      name.size() <= 40 && std::all_of(name.begin(), name.end(), [](char c) {
        return std::isalpha(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
      });
  return plain ? std::string("'").append(name).append("'") : std::string("(unprintable name)");
}

}  // namespace

std::optional<std::string> Url::option(std::string_view name) const {
  for (const auto& [key, value] : options) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::string scheme_of(std::string_view url) {
  const std::string_view scheme = url.substr(0, url.find(':'));
  const bool plain = scheme.size() < url.size() && scheme.size() <= 20 &&
                     std::all_of(scheme.begin(), scheme.end(), [](unsigned char c) {
                       return std::isalnum(c) != 0 || c == '+' || c == '-' || c == '.';
                     });
  return plain ? lower(scheme) : std::string();
}

Url parse_url(std::string_view text, std::string_view field) { return Parser(text, field).run(); }

void refuse_unknown_options(const Url& url, std::string_view field,
                            const std::vector<std::string_view>& known) {
  for (const auto& [name, value] : url.options) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    const std::string folded = lower(name);
    if (folded.starts_with("tls") || folded.starts_with("ssl")) {
      throw Error({.code = ErrorCode::unsupported,
                   .operation = "read a URL",
                   .field = std::string(field),
                   .message = "the option " + printable_name(name) +
                              " asks for TLS, which this version does not offer; remove it and "
                              "connect over a trusted network or a TLS tunnel"});
    }
    std::string list;
    for (const auto& option : known) list.append(list.empty() ? "" : ", ").append(option);
    throw_invalid_argument("read a URL", field,
                           "the option " + printable_name(name) + " is not known; known are: " +
                               (list.empty() ? std::string("none") : list));
  }
}

std::optional<std::int64_t> integer_option(const Url& url, std::string_view field,
                                           std::string_view name, std::int64_t low,
                                           std::int64_t high) {
  const auto text = url.option(name);
  if (!text) return std::nullopt;
  const auto value = whole_number<std::int64_t>(*text);
  if (!value || *value < low || *value > high) {
    throw_invalid_argument("read a URL", field,
                           "the option " + printable_name(name) + " must be a whole number from " +
                               std::to_string(low) + " to " + std::to_string(high));
  }
  return value;
}

}  // namespace polystore::detail
