#pragma once

#include <mariadb/mysql.h>

#include <memory>

/// The owners of libmariadb's handles.
namespace polystore::mysql {

struct HandleDeleter {
  void operator()(MYSQL* connection) const noexcept { mysql_close(connection); }
  void operator()(MYSQL_RES* result) const noexcept { mysql_free_result(result); }
};

using MysqlConn = std::unique_ptr<MYSQL, HandleDeleter>;
using MysqlRes = std::unique_ptr<MYSQL_RES, HandleDeleter>;

}  // namespace polystore::mysql
