#pragma once

#include <libpq-fe.h>

#include <chrono>

/// The object ids of the built-in types: fixed by pg_type.dat, so the server's headers, which most
/// machines lack, are not needed.
namespace polystore::postgres::oid {

inline constexpr Oid boolean = 16;
inline constexpr Oid bytea = 17;
inline constexpr Oid name = 19;
inline constexpr Oid int8 = 20;
inline constexpr Oid int2 = 21;
inline constexpr Oid int4 = 23;
inline constexpr Oid text = 25;
inline constexpr Oid float8 = 701;
inline constexpr Oid varchar = 1043;
inline constexpr Oid timestamptz = 1184;
inline constexpr Oid uuid = 2950;

inline constexpr Oid bytea_array = 1001;
inline constexpr Oid text_array = 1009;
inline constexpr Oid varchar_array = 1015;
inline constexpr Oid int8_array = 1016;
inline constexpr Oid float8_array = 1022;
inline constexpr Oid timestamptz_array = 1185;
inline constexpr Oid uuid_array = 2951;

}  // namespace polystore::postgres::oid

namespace polystore::postgres {

/// 2000-01-01, from which timestamptz counts microseconds.
inline constexpr std::chrono::seconds server_epoch{946'684'800};

}  // namespace polystore::postgres
