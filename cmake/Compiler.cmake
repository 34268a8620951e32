# Flags that every target of the project gets, as one INTERFACE target.
# Options structs are filled by designated initialisers that leave out what keeps its default, so the
# warning about missing initialisers is off.
add_library(rtctl_compiler INTERFACE)
target_compile_options(rtctl_compiler INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough
  -Wno-missing-field-initializers>)
target_compile_definitions(rtctl_compiler INTERFACE RTCTL_VERSION="${PROJECT_VERSION}")

if(RTCTL_WERROR)
  target_compile_options(rtctl_compiler INTERFACE $<$<COMPILE_LANGUAGE:CXX>:-Werror>)
endif()

if(RTCTL_SANITIZE)
  target_compile_options(rtctl_compiler INTERFACE -fsanitize=${RTCTL_SANITIZE} -fno-omit-frame-pointer
                         -fno-sanitize-recover=all)
  target_link_options(rtctl_compiler INTERFACE -fsanitize=${RTCTL_SANITIZE})
  if(RTCTL_SANITIZE MATCHES "thread")
    # TSan does not understand std::atomic_thread_fence, which Asio uses otherwise.
    target_compile_definitions(rtctl_compiler INTERFACE BOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()

if(RTCTL_FUZZ)
  target_compile_options(rtctl_compiler INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-omit-frame-pointer)
  target_link_options(rtctl_compiler INTERFACE -fsanitize=address,undefined)
endif()

# Debug information makes linking the slowest step; gold, which comes with binutils, needs half the time.
find_program(RTCTL_GOLD ld.gold)
if(RTCTL_GOLD AND CMAKE_BUILD_TYPE STREQUAL "Debug" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_link_options(rtctl_compiler INTERFACE -fuse-ld=gold)
endif()

if(RTCTL_LTO)
  include(CheckIPOSupported)
  check_ipo_supported(RESULT lto_works OUTPUT lto_why)
  if(lto_works)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
  else()
    message(STATUS "Link-time optimisation is off: ${lto_why}")
  endif()
endif()
