# rtctl_embed(<target> <symbol> <file>...): puts files into the program. For each file `a-b.css` the
# linker symbols <symbol>_a_b_css_begin and <symbol>_a_b_css_end frame its bytes (no NUL added).
function(rtctl_embed target symbol)
  set(assembly ".section .rodata\n")
  foreach(file IN LISTS ARGN)
    get_filename_component(name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${name} name)
    string(APPEND assembly ".global ${symbol}_${name}_begin\n${symbol}_${name}_begin:\n.incbin \"${file}\"\n"
           ".global ${symbol}_${name}_end\n${symbol}_${name}_end:\n.byte 0\n")
  endforeach()
  string(APPEND assembly ".section .note.GNU-stack,\"\",%progbits\n")
  set(output ${CMAKE_BINARY_DIR}/embed_${symbol}.S)
  file(GENERATE OUTPUT ${output} CONTENT "${assembly}")
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${ARGN}" GENERATED TRUE)
  target_sources(${target} PRIVATE ${output})
endfunction()
