#pragma once

#include "polystore/mongo/pool.hpp"

#include "support/servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <string>

namespace polystore::test {

inline mongo::Bson bson_of(const std::string& json) {
  mongo::Bson bson;
  bson_t parsed;
  bson_error_t error{};
  if (!bson_init_from_json(&parsed, json.c_str(), -1, &error)) FAIL(error.message);
  bson_concat(bson.get(), &parsed);
  bson_destroy(&parsed);
  return bson;
}

inline std::string json_of(const mongo::Bson& bson) {
  char* text = bson_as_relaxed_extended_json(bson.get(), nullptr);
  std::string json = text == nullptr ? "" : text;
  bson_free(text);
  return json;
}

inline mongo::ConnectOptions mongo_options() {
  return mongo::ConnectOptions::from_url(require_server("MONGO_URL"), "url");
}

/// Only one process at a time has it, of those that run tests on this machine; until the end of its
/// scope.
class OneOfAll {
 public:
  explicit OneOfAll(const std::string& what)
      : file_(::open((std::filesystem::temp_directory_path() / ("polystore-" + what)).c_str(),
                     O_CREAT | O_RDWR | O_CLOEXEC, 0666)) {
    REQUIRE(file_ >= 0);
    REQUIRE(::flock(file_, LOCK_EX) == 0);
  }
  OneOfAll(const OneOfAll&) = delete;
  OneOfAll& operator=(const OneOfAll&) = delete;
  ~OneOfAll() { ::close(file_); }

 private:
  int file_;
};

/// Makes the server fail commands of the clients of one appName, until the end of its scope. A
/// server has one such fail point, so other tests wait for it.
/// `data` is what failCommand takes, for example R"("failCommands":["insert"],"errorCode":91)".
class MongoFailPoint {
 public:
  explicit MongoFailPoint(const std::string& app_name, const std::string& data,
                          const std::string& mode = R"("alwaysOn")")
      : pool_(mongo::make_pool(mongo_options())) {
    configure(mode + R"(,"data":{"appName":")" + app_name + "\"," + data + "}");
  }
  MongoFailPoint(const MongoFailPoint&) = delete;
  MongoFailPoint& operator=(const MongoFailPoint&) = delete;
  ~MongoFailPoint() {
    try {
      configure(R"("off")");
    } catch (const Error&) {
      // the server goes with the test run
    }
  }

 private:
  void configure(const std::string& mode_and_data) {
    const auto deadline = Deadline::after(std::chrono::seconds(20));
    (void)pool_.acquire(deadline)->run(
        "admin", bson_of(R"({"configureFailPoint":"failCommand","mode":)" + mode_and_data + "}"),
        deadline);
  }

  OneOfAll alone_{"mongo-fail-point"};
  mongo::ClientPool pool_;
};

}  // namespace polystore::test
