# Faster tools where they are installed: neither changes what is built.
find_program(HERALD_CCACHE ccache)
if(HERALD_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${HERALD_CCACHE})
  if(HERALD_PRECOMPILE)
    # Else it keeps nothing that reads a precompiled header.
    list(PREPEND CMAKE_CXX_COMPILER_LAUNCHER
      env CCACHE_SLOPPINESS=pch_defines,time_macros)
  endif()
endif()
find_program(HERALD_MOLD mold)
if(HERALD_MOLD)
  add_link_options(-fuse-ld=mold)
endif()
