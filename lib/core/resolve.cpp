#include "core/resolve.hpp"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>

#include <cstring>
#include <future>
#include <memory>
#include <thread>

namespace polystore::detail {
namespace {

struct Lookup {
  int status = EAI_FAIL;
  std::vector<SocketAddress> addresses;
};

Lookup look_up(const std::string& host, std::uint16_t port, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags | AI_NUMERICSERV;
  addrinfo* list = nullptr;
  Lookup lookup;
  lookup.status = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &list);
  if (lookup.status != 0) return lookup;
  const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> owner(list, &freeaddrinfo);
  for (const addrinfo* entry = list; entry != nullptr; entry = entry->ai_next) {
    SocketAddress address;
    std::memcpy(&address.storage, entry->ai_addr, entry->ai_addrlen);
    address.length = entry->ai_addrlen;
    lookup.addresses.push_back(address);
  }
  return lookup;
}

Error resolve_error(ErrorCode code, Backend backend, const char* message) {
  return Error({.code = code,
                .backend = backend,
                .retryable = true,
                .operation = "resolve the host name",
                .message = message});
}

}  // namespace

std::string SocketAddress::numeric_host() const {
  char text[INET6_ADDRSTRLEN + 32] = {};
  if (getnameinfo(reinterpret_cast<const sockaddr*>(&storage), length, text, sizeof text, nullptr,
                  0, NI_NUMERICHOST) != 0) {
    return {};
  }
  return text;
}

std::vector<SocketAddress> resolve(const std::string& host, std::uint16_t port, Deadline deadline,
                                   Backend backend) {
  Lookup lookup = look_up(host, port, AI_NUMERICHOST);
  if (lookup.status == EAI_NONAME) {
    auto promise = std::make_shared<std::promise<Lookup>>();
    auto future = promise->get_future();
    std::thread([promise, host, port] {
      try {
        promise->set_value(look_up(host, port, AI_ADDRCONFIG));
      } catch (...) {
        promise->set_exception(std::current_exception());
      }
    }).detach();
    if (future.wait_until(deadline.time()) != std::future_status::ready) {
      throw resolve_error(ErrorCode::deadline_exceeded, backend,
                          "the name service did not answer before the deadline");
    }
    lookup = future.get();
  }
  if (lookup.status != 0 || lookup.addresses.empty()) {
    throw resolve_error(ErrorCode::unavailable, backend,
                        "the host name of the URL has no address; check its spelling and the DNS");
  }
  return std::move(lookup.addresses);
}

}  // namespace polystore::detail
