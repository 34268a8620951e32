# The pages are files like any other and are built into the program (server/pages.cpp serves them).
file(GLOB pages CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/src/server/pages/*.*)
rtctl_embed(${target} rtctl_pages ${pages})
