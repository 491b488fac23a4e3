#pragma once

#include "polystore/mongo/pool.hpp"

#include "support/servers.hpp"

#include <catch2/catch_test_macros.hpp>

#include <chrono>
#include <string>
#include <utility>

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

/// Sets one of mongod's fail points, until the end of its scope.
class MongoServerFault {
 public:
  /// `mode_and_data` as configureFailPoint takes them: R"("alwaysOn","data":{…})".
  MongoServerFault(std::string name, const std::string& mode_and_data)
      : name_(std::move(name)), pool_(mongo::make_pool(mongo_options())) {
    configure(mode_and_data);
  }
  MongoServerFault(const MongoServerFault&) = delete;
  MongoServerFault& operator=(const MongoServerFault&) = delete;
  ~MongoServerFault() {
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
        "admin",
        bson_of(R"({"configureFailPoint":")" + name_ + R"(","mode":)" + mode_and_data + "}"),
        deadline);
  }

  std::string name_;
  mongo::ClientPool pool_;
};

/// Makes the server fail commands of the clients of one appName, until the end of its scope.
/// `data` is what failCommand takes, for example R"("failCommands":["insert"],"errorCode":91)".
class MongoFailPoint : public MongoServerFault {
 public:
  explicit MongoFailPoint(const std::string& app_name, const std::string& data,
                          const std::string& mode = R"("alwaysOn")")
      : MongoServerFault("failCommand",
                         mode + R"(,"data":{"appName":")" + app_name + "\"," + data + "}") {}
};

}  // namespace polystore::test
