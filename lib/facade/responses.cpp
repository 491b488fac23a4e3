#include "polystore/responses.hpp"

#include "facade/validate.hpp"
#include "ports/cache_port.hpp"

namespace polystore {

Deadline Responses::deadline_or_standard(std::optional<Deadline> deadline) const noexcept {
  return deadline ? *deadline : Deadline::after(standard_deadline_);
}

void Responses::set(std::string_view key, std::string_view value, std::chrono::milliseconds ttl,
                    std::optional<Deadline> deadline) {
  facade::check_response_key("set a response", key);
  facade::check_response(value, ttl);
  cache_->set(key, value, ttl, deadline_or_standard(deadline));
}

std::optional<std::string> Responses::get(std::string_view key, std::optional<Deadline> deadline) {
  facade::check_response_key("get a response", key);
  return cache_->get(key, deadline_or_standard(deadline));
}

bool Responses::erase(std::string_view key, std::optional<Deadline> deadline) {
  facade::check_response_key("erase a response", key);
  return cache_->erase(key, deadline_or_standard(deadline));
}

}  // namespace polystore
