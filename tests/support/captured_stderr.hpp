#pragma once

#include <unistd.h>

#include <cstdio>

namespace polystore::test {

/// What is written to stderr while it lives.
class CapturedStderr {
 public:
  CapturedStderr() : file_(std::tmpfile()), saved_(dup(2)) { dup2(fileno(file_), 2); }
  CapturedStderr(const CapturedStderr&) = delete;
  CapturedStderr& operator=(const CapturedStderr&) = delete;
  ~CapturedStderr() {
    dup2(saved_, 2);
    close(saved_);
    std::fclose(file_);
  }
  [[nodiscard]] long bytes() const { return lseek(fileno(file_), 0, SEEK_END); }

 private:
  std::FILE* file_;
  int saved_;
};

}  // namespace polystore::test
