# The pages are files like any other and are built into the program (server/pages.cpp serves them).
file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/server/pages/*.*)
rtctl_embed(${target} rtctl_pages ${pages})

# SOCI hides its type information, which the vptr check of UBSan would have to link against.
if(RTCTL_SANITIZE MATCHES "undefined" OR RTCTL_FUZZ)
  file(GLOB soci_users ${CMAKE_SOURCE_DIR}/src/server/*sql*_*.cpp)
  set_source_files_properties(${soci_users} PROPERTIES COMPILE_OPTIONS -fno-sanitize=vptr)
endif()
