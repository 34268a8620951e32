# rtctl_embed(<target> <symbol> <file>...): puts files into the program. For each file `a-b.css` the
# linker symbols <symbol>_a_b_css_begin and <symbol>_a_b_css_end frame its bytes (no NUL added), and the
# array from <symbol>_table to <symbol>_table_end holds its name (with a NUL), begin and end.
function(rtctl_embed target symbol)
  set(assembly ".section .rodata\n")
  set(table ".section .data.rel.ro,\"aw\"\n.balign 8\n.global ${symbol}_table\n${symbol}_table:\n")
  foreach(file IN LISTS ARGN)
    get_filename_component(file_name ${file} NAME)
    string(MAKE_C_IDENTIFIER ${file_name} name)
    set(label ${symbol}_${name})
    string(APPEND assembly ".global ${label}_begin\n${label}_begin:\n.incbin \"${file}\"\n"
           ".global ${label}_end\n${label}_end:\n.byte 0\n${label}_name:\n.asciz \"${file_name}\"\n")
    string(APPEND table ".quad ${label}_name, ${label}_begin, ${label}_end\n")
  endforeach()
  string(APPEND table ".global ${symbol}_table_end\n${symbol}_table_end:\n")
  string(APPEND assembly "${table}.section .note.GNU-stack,\"\",%progbits\n")
  set(output ${CMAKE_BINARY_DIR}/embed_${symbol}.S)
  file(GENERATE OUTPUT ${output} CONTENT "${assembly}")
  set_source_files_properties(${output} PROPERTIES OBJECT_DEPENDS "${ARGN}" GENERATED TRUE)
  target_sources(${target} PRIVATE ${output})
endfunction()
