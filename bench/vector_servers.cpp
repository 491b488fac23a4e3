#include "vector_servers.hpp"

#include <hiredis/hiredis.h>
#include <libpq-fe.h>

#include <endian.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <future>
#include <stdexcept>
#include <utility>

namespace bench {
namespace {

template <class Number>
void append(std::string& bytes, Number number) {
  bytes.append(reinterpret_cast<const char*>(&number), sizeof number);
}

// As pgvector's vector_recv reads it: the dimensions, nothing, the numbers, all big-endian.
void append_vector(std::string& bytes, const Values& values) {
  append(bytes, htobe16(static_cast<std::uint16_t>(values.size())));
  append(bytes, std::uint16_t{0});
  for (const float value : values) append(bytes, htobe32(std::bit_cast<std::uint32_t>(value)));
}

class PgVector : public VectorLibrary {
 public:
  explicit PgVector(const std::string& url) : connection_(PQconnectdb(url.c_str()), &PQfinish) {
    require(PQstatus(connection_.get()) == CONNECTION_OK);
    // Two processes build, as two threads build the libraries.
    run("SET maintenance_work_mem = '4GB'; SET max_parallel_maintenance_workers = 1; "
        "SET plan_cache_mode = force_generic_plan");
  }

  void build(const std::vector<Values>& vectors) override {
    run("DROP TABLE IF EXISTS bench_vectors; CREATE TABLE bench_vectors (id integer, numbers "
        "vector(" +
        std::to_string(vectors[0].size()) + "))");
    copy_in(vectors);
    run("CREATE INDEX ON bench_vectors USING hnsw (numbers vector_ip_ops) WITH (m = 16, "
        "ef_construction = 200)");
    run("VACUUM ANALYZE bench_vectors");
  }

  void set_width(std::size_t width) override {
    run("SET hnsw.ef_search = " + std::to_string(width));
  }

  [[nodiscard]] Found search(const Values& query, std::size_t k) const override {
    if (prepared_for_ != k) {
      check(PQprepare(
          connection_.get(), "nearest",
          ("SELECT id FROM bench_vectors ORDER BY numbers <#> $1 LIMIT " + std::to_string(k))
              .c_str(),
          0, nullptr));
      prepared_for_ = k;
    }
    parameter_.clear();
    append_vector(parameter_, query);
    const char* value = parameter_.data();
    const int length = static_cast<int>(parameter_.size());
    const int binary = 1;
    const Result result =
        check(PQexecPrepared(connection_.get(), "nearest", 1, &value, &length, &binary, binary));
    Found rows;
    for (int row = 0; row < PQntuples(result.get()); ++row) {
      std::uint32_t number = 0;
      std::memcpy(&number, PQgetvalue(result.get(), row, 0), sizeof number);
      rows.push_back(be32toh(number));
    }
    return rows;
  }

 private:
  using Result = std::unique_ptr<PGresult, void (*)(PGresult*)>;

  void require(bool good) const {
    if (!good)
      throw std::runtime_error(std::string("pgvector: ") + PQerrorMessage(connection_.get()));
  }
  Result check(PGresult* made) const {
    Result result(made, &PQclear);
    const ExecStatusType status = PQresultStatus(made);
    require(status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK || status == PGRES_COPY_IN);
    return result;
  }
  Result run(const std::string& sql) const { return check(PQexec(connection_.get(), sql.c_str())); }

  void copy_in(const std::vector<Values>& vectors) const {
    run("COPY bench_vectors FROM STDIN (FORMAT binary)");
    std::string bytes("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
    for (std::uint32_t i = 0; i < vectors.size(); ++i) {
      append(bytes, htobe16(2));
      append(bytes, htobe32(4));
      append(bytes, htobe32(i));
      append(bytes, htobe32(static_cast<std::uint32_t>(4 + 4 * vectors[i].size())));
      append_vector(bytes, vectors[i]);
      if (bytes.size() < (1U << 20) && i + 1 < vectors.size()) continue;
      require(PQputCopyData(connection_.get(), bytes.data(), static_cast<int>(bytes.size())) == 1);
      bytes.clear();
    }
    append(bytes, htobe16(0xFFFF));
    require(PQputCopyData(connection_.get(), bytes.data(), static_cast<int>(bytes.size())) == 1);
    require(PQputCopyEnd(connection_.get(), nullptr) == 1);
    while (PGresult* result = PQgetResult(connection_.get())) check(result);
  }

  std::unique_ptr<PGconn, void (*)(PGconn*)> connection_;
  mutable std::size_t prepared_for_ = 0;
  mutable std::string parameter_;
};

// A command of arguments that may hold any bytes.
class RedisPeer {
 public:
  explicit RedisPeer(const std::string& url) : context_(nullptr, &redisFree) {
    const std::size_t colon = url.rfind(':');
    context_.reset(
        redisConnect(url.substr(8, colon - 8).c_str(), std::stoi(url.substr(colon + 1))));
    if (!context_ || context_->err != 0) throw std::runtime_error("cannot connect to Redis 8");
  }

  void send(const std::vector<std::string>& arguments) {
    std::vector<const char*> data;
    std::vector<std::size_t> sizes;
    for (const auto& argument : arguments) {
      data.push_back(argument.data());
      sizes.push_back(argument.size());
    }
    redisAppendCommandArgv(context_.get(), static_cast<int>(data.size()), data.data(),
                           sizes.data());
  }
  using Reply = std::unique_ptr<redisReply, void (*)(void*)>;
  Reply receive() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK) {
      throw std::runtime_error(std::string("Redis 8: ") + context_->errstr);
    }
    Reply owned(static_cast<redisReply*>(reply), &freeReplyObject);
    if (owned->type == REDIS_REPLY_ERROR) throw std::runtime_error(owned->str);
    return owned;
  }
  Reply call(const std::vector<std::string>& arguments) {
    send(arguments);
    return receive();
  }

 private:
  std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
};

std::string bytes_of(const Values& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)};
}

class RedisSet : public VectorLibrary {
 public:
  RedisSet(std::string url, RedisNumbers numbers)
      : url_(std::move(url)),
        quantization_(numbers == RedisNumbers::int8 ? "Q8" : "NOQUANT"),
        peer_(url_) {}

  // CAS: the server looks for neighbours in a thread for each connection.
  void build(const std::vector<Values>& vectors) override {
    peer_.call({"FLUSHALL"});
    constexpr std::size_t connections = 2;
    std::vector<std::future<void>> parts;
    for (std::size_t first = 0; first < connections; ++first) {
      parts.push_back(std::async(std::launch::async, [&, first] {
        RedisPeer peer(url_);
        for (std::size_t i = first; i < vectors.size(); i += connections) {
          peer.call({"VADD", "bench", "FP32", bytes_of(vectors[i]), std::to_string(i), "CAS",
                     quantization_, "EF", "200", "M", "16"});
        }
      }));
    }
    for (auto& part : parts) part.get();
  }

  void set_width(std::size_t width) override { width_ = std::to_string(width); }

  [[nodiscard]] Found search(const Values& query, std::size_t k) const override {
    // NOTHREAD: a hand-over to a thread and back would take longer.
    const auto reply = peer_.call({"VSIM", "bench", "FP32", bytes_of(query), "COUNT",
                                   std::to_string(k), "EF", width_, "NOTHREAD"});
    Found rows;
    for (std::size_t i = 0; i < reply->elements; ++i) {
      rows.push_back(static_cast<std::uint32_t>(std::stoul(reply->element[i]->str)));
    }
    return rows;
  }

 private:
  const std::string url_;
  const std::string quantization_;
  std::string width_ = "100";
  mutable RedisPeer peer_;
};

}  // namespace

std::unique_ptr<VectorLibrary> make_pgvector(const std::string& url) {
  return std::make_unique<PgVector>(url);
}

std::unique_ptr<VectorLibrary> make_redis_set(const std::string& url, RedisNumbers numbers) {
  return std::make_unique<RedisSet>(url, numbers);
}

}  // namespace bench
