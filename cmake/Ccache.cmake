# ccache where present. The base directory makes a hit possible between two clones of the same tree.
find_program(RTCTL_CCACHE ccache)
if(RTCTL_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  foreach(language C CXX)
    set(CMAKE_${language}_COMPILER_LAUNCHER
        ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${RTCTL_CCACHE})
  endforeach()
endif()
