# The least a server can do, and streams that only count: server_run.py holds `rtctl serve` against them.
foreach(name server_bare server_listen)
  add_executable(bench_${name} ${name}.cpp)
  target_link_libraries(bench_${name} PRIVATE rtctl_compiler)
endforeach()
