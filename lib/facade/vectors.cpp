#include "facade/vectors.hpp"

#include "polystore/error.hpp"

#include "facade/validate.hpp"
#include "facade/validate_vectors.hpp"

#include <utility>

namespace polystore {
namespace {

// Says which one of several is wrong.
Error numbered(const Error& error, std::size_t index) {
  ErrorInfo info = error.info();
  info.field = "vectors[" + std::to_string(index) + "]." + info.field;
  return Error(std::move(info));
}

std::vector<Vector> checked_vectors(std::span<const Vector> vectors) {
  facade::check_batch("put vectors", vectors.size());
  std::vector<Vector> checked;
  checked.reserve(vectors.size());
  for (const Vector& vector : vectors) {
    try {
      checked.push_back(facade::checked_vector(vector));
    } catch (const Error& error) {
      throw numbered(error, checked.size());
    }
  }
  return checked;
}

}  // namespace

vector::Service& Vectors::Parts::live() {
  if (closed || stamp.inherited()) {
    throw Error({.code = ErrorCode::closed,
                 .operation = "use vectors",
                 .message = "the store is closed, or belongs to the parent of this forked "
                            "process; open a new one"});
  }
  if (!service) {
    throw Error({.code = ErrorCode::unsupported,
                 .operation = "use vectors",
                 .message = "this store was put together without them"});
  }
  return *service;
}

Vectors::Vectors(std::shared_ptr<Parts> parts) noexcept : parts_(std::move(parts)) {}
Vectors::~Vectors() = default;

bool Vectors::ensure_space(const VectorSpace& space, std::optional<Deadline> deadline) {
  facade::check_space(space);
  return parts_->live().ensure_space(space, parts_->deadline_or_standard(deadline));
}

std::optional<VectorSpace> Vectors::space(std::string_view name, std::optional<Deadline> deadline) {
  facade::check_space_name("find a space", name);
  return parts_->live().space(std::string(name), parts_->deadline_or_standard(deadline));
}

void Vectors::put(const Vector& vector, std::optional<Deadline> deadline) {
  const Vector checked = facade::checked_vector(vector);
  parts_->live().put({&checked, 1}, parts_->deadline_or_standard(deadline));
}

void Vectors::put_many(std::span<const Vector> vectors, std::optional<Deadline> deadline) {
  const auto checked = checked_vectors(vectors);
  parts_->live().put(checked, parts_->deadline_or_standard(deadline));
}

std::optional<Vector> Vectors::get(const VectorName& name, std::optional<Deadline> deadline) {
  facade::check_vector_name("get a vector", name);
  return parts_->live().get(name, parts_->deadline_or_standard(deadline));
}

bool Vectors::erase(const VectorName& name, std::optional<Deadline> deadline) {
  facade::check_vector_name("erase a vector", name);
  return parts_->live().erase(name, parts_->deadline_or_standard(deadline));
}

std::vector<Neighbour> Vectors::nearest(std::span<const float> query, std::size_t k,
                                        const VectorFilter& filter,
                                        std::optional<Deadline> deadline) {
  facade::check_search(query, k);
  return parts_->live().nearest(query, k, facade::checked_filter(filter),
                                parts_->deadline_or_standard(deadline));
}

void Vectors::load(std::optional<Deadline> deadline) {
  parts_->live().load(parts_->deadline_or_standard(deadline));
}

VectorStatus Vectors::status() const {
  return parts_->closed || !parts_->service ? VectorStatus{} : parts_->service->status();
}

}  // namespace polystore
