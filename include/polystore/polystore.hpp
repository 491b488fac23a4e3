#pragma once

/// Everything but the driver wrappers.
#include "polystore/content.hpp"
#include "polystore/content_id.hpp"
#include "polystore/content_store.hpp"
#include "polystore/deadline.hpp"
#include "polystore/document.hpp"
#include "polystore/error.hpp"
#include "polystore/health.hpp"
#include "polystore/limits.hpp"
#include "polystore/maintenance.hpp"
#include "polystore/options.hpp"
#include "polystore/query.hpp"
#include "polystore/responses.hpp"
#include "polystore/vector_options.hpp"
#include "polystore/vectors.hpp"
#include "polystore/version.hpp"
