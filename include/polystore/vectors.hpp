#pragma once

#include "polystore/deadline.hpp"
#include "polystore/export.hpp"
#include "polystore/request.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace polystore {

/// What "near" means.
enum class Metric : std::uint8_t {
  cosine,  ///< The angle; lengths play no part. A vector of length zero has none and is refused.
  dot,     ///< The dot product: larger is nearer.
  l2,      ///< Euclidean distance.
};

/// How the numbers of a vector are kept.
enum class VectorEncoding : std::uint8_t {
  float32,
  int8,  ///< A quarter of the memory; each number is rounded to 1/127 of the vector's largest.
};

/// Vectors that can be compared. What a space is never changes once it is there.
struct VectorSpace {
  /// 1 to limits::vector_space_characters of a-z, A-Z, 0-9, '_', '-' and '.'.
  std::string name = "default";
  std::size_t dimensions = 0;  ///< 1 to limits::vector_dimensions.
  Metric metric = Metric::cosine;
  VectorEncoding encoding = VectorEncoding::float32;

  friend bool operator==(const VectorSpace&, const VectorSpace&) = default;
};

/// Names a vector.
struct VectorName {
  Tenant tenant;
  std::string id{};  ///< 1 to limits::vector_id_bytes of UTF-8 without NUL.
  std::string space = "default";

  friend bool operator==(const VectorName&, const VectorName&) = default;
};

/// An embedding, and what searches can ask for.
struct Vector {
  VectorName name;
  /// As many as the space has dimensions, each within ± limits::vector_number.
  std::vector<float> values{};
  std::string model{};              ///< That made it; may be empty. At most model_characters.
  std::vector<std::string> tags{};  ///< As of a Draft: repeats are dropped; kept sorted.
  /// What get gives back with it: any bytes, up to limits::vector_payload_bytes.
  std::string payload{};

  friend bool operator==(const Vector&, const Vector&) = default;
};

/// Which vectors a search may find: those of one tenant and no others, with the model, if one is
/// named, and with all of the tags.
struct VectorFilter {
  Tenant tenant;
  std::string space = "default";
  std::optional<std::string> model{};
  std::vector<std::string> tags{};
};

/// A vector that was found.
struct Neighbour {
  std::string id{};
  /// Cosine: the cosine of the angle, 1 for the same direction, -1 for the opposite one. Dot: the
  /// product. L2: the distance.
  float score = 0;

  friend bool operator==(const Neighbour&, const Neighbour&) = default;
};

/// What this process knows of the vectors.
struct VectorStatus {
  bool loaded = false;           ///< All that was there has been read: searches are answered.
  std::uint64_t vectors = 0;     ///< That a search can find.
  std::uint64_t not_linked = 0;  ///< Of these, still to be linked: searches compare each of them.
};

/// Embedding vectors and the search for the nearest. They are durable in Redis or SQLite, shared by
/// all processes that name the same one, and served from an index in this process's memory.
///
/// The first call makes this process read all vectors, in a thread of the store; until that is done
/// searches wait. From then on the index follows what others change, within a second while the
/// server answers. What this process changes its next search sees.
///
/// Made by ContentStore::vectors(); valid as long as the store is neither moved from nor destroyed.
/// Threads: any. Deadline: where none is given, OpenOptions::deadline.
/// Errors of every member: invalid_argument (with the field; vectors are numbered in it where there
/// are several), unavailable, deadline_exceeded, overloaded, access_denied, data_loss, closed.
class POLYSTORE_EXPORT Vectors {
 public:
  struct Parts;

  explicit Vectors(std::shared_ptr<Parts> parts) noexcept;
  Vectors(const Vectors&) = delete;
  Vectors& operator=(const Vectors&) = delete;
  ~Vectors();

  /// Makes a space that need not be cosine and float32, which is what a put makes. True if this
  /// call made it. Errors: also conflict ("space") when there is one of that name that differs. A
  /// retry is safe.
  bool ensure_space(const VectorSpace& space, std::optional<Deadline> deadline = std::nullopt);

  /// The space of that name, or nothing.
  [[nodiscard]] std::optional<VectorSpace> space(std::string_view name,
                                                 std::optional<Deadline> deadline = std::nullopt);

  /// Stores a vector in place of what has its name. A space that is not there is made by it.
  /// Durable when it returns, as far as the server is. Errors: invalid_argument also with field
  /// "values" (another number of dimensions than the space's, not finite, or without a direction).
  /// Retry: safe, also after outcome() == unknown.
  void put(const Vector& vector, std::optional<Deadline> deadline = std::nullopt);

  /// As put, for up to limits::items_per_batch at once. When it fails, some may be stored.
  void put_many(std::span<const Vector> vectors, std::optional<Deadline> deadline = std::nullopt);

  /// The vector as the server has it, or nothing. An int8 space gives the rounded numbers.
  [[nodiscard]] std::optional<Vector> get(const VectorName& name,
                                          std::optional<Deadline> deadline = std::nullopt);

  /// Removes a vector for good: no search that begins afterwards finds it, in another process a
  /// second later. True if it was there. A retry is safe.
  bool erase(const VectorName& name, std::optional<Deadline> deadline = std::nullopt);

  /// Up to k vectors that are nearest to `query`, nearest first. In memory: it blocks only while
  /// this process has not read all vectors yet. Fewer than a few thousand candidates are compared
  /// one by one; beyond that the index is searched, which may miss one now and then. One that is
  /// being replaced at the time may be left out.
  /// k is 1 to limits::neighbours. Errors: also unavailable when the server was not heard of for
  /// VectorOptions::longest_lag. A retry is safe.
  [[nodiscard]] std::vector<Neighbour> nearest(std::span<const float> query, std::size_t k,
                                               const VectorFilter& filter,
                                               std::optional<Deadline> deadline = std::nullopt);

  /// Reads all vectors and links them, so that searches are fast from the first. Blocks until that
  /// is done. A retry goes on where the time ran out.
  void load(std::optional<Deadline> deadline = std::nullopt);

  /// Never blocks.
  [[nodiscard]] VectorStatus status() const;

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace polystore
