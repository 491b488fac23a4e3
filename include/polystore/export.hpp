#pragma once

/// Marks a symbol that users of the library may link against. Everything else is hidden.
#if defined(__GNUC__)
#define POLYSTORE_EXPORT __attribute__((visibility("default")))
#else
#define POLYSTORE_EXPORT
#endif
