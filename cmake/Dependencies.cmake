# Everything comes from Debian 12 packages; `./dev deps` installs them.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(Boost 1.81 CONFIG REQUIRED COMPONENTS headers)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
find_package(nlohmann_json REQUIRED)
find_package(yaml-cpp REQUIRED)
find_package(tl-expected REQUIRED)
find_package(CLI11 REQUIRED)
find_path(RTCTL_TOML toml++/toml.h REQUIRED) # headers are all of it
find_package(CURL REQUIRED)
find_package(OpenSSL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(PostgreSQL REQUIRED)
find_package(prometheus-cpp CONFIG REQUIRED)
find_package(doctest REQUIRED)
pkg_check_modules(nats REQUIRED IMPORTED_TARGET libnats) # its own CMake config is broken in Debian 12

# Asio and Beast are compiled once, in src/base/boost.cpp.
add_library(rtctl_boost INTERFACE)
target_link_libraries(rtctl_boost INTERFACE Boost::headers Threads::Threads OpenSSL::SSL)
target_compile_definitions(rtctl_boost INTERFACE BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION
                           BOOST_ASIO_NO_DEPRECATED)

# A shared library costs the start of every command, also of those that make no use of it: the dynamic linker binds
# it, and looks into it for the symbols of all others. Where Debian has an archive that goes into the program.
# (Sanitizers keep the shared ones: they would report what the archives were not compiled for.)
function(rtctl_archive variable name)
  if(NOT RTCTL_SANITIZE AND NOT RTCTL_FUZZ)
    find_library(${variable} NAMES lib${name}.a ${name} REQUIRED)
  else()
    find_library(${variable} NAMES ${name} REQUIRED)
  endif()
endfunction()
rtctl_archive(RTCTL_YAML yaml-cpp)
foreach(name soci_core soci_sqlite3 soci_postgresql sqlite3)
  rtctl_archive(RTCTL_${name} ${name})
endforeach()

# SOCI ships no CMake config in Debian 12.
add_library(rtctl_soci INTERFACE)
target_include_directories(rtctl_soci SYSTEM INTERFACE /usr/include/soci ${PostgreSQL_INCLUDE_DIRS})
target_link_libraries(rtctl_soci INTERFACE ${RTCTL_soci_sqlite3} ${RTCTL_soci_postgresql} ${RTCTL_soci_core}
                      ${RTCTL_sqlite3} PostgreSQL::PostgreSQL ${CMAKE_DL_LIBS})
