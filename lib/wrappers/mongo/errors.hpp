#pragma once

#include "polystore/error.hpp"
#include "polystore/mongo/classify.hpp"

#include <string>

namespace polystore::mongo {

/// An Error in our own words: the driver's and the server's quote passwords and documents.
Error make_error(const Classification& classification, std::string operation,
                 std::string native_code);

}  // namespace polystore::mongo
